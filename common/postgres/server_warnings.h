// The warnings that a server sends beside its results, kept while this object lives.
#pragma once

#include <string>
#include <vector>

struct pg_conn;
struct pg_result;

namespace walden {

class ServerWarnings {
 public:
  explicit ServerWarnings(pg_conn* connection);
  ServerWarnings(const ServerWarnings&) = delete;
  ServerWarnings& operator=(const ServerWarnings&) = delete;
  ~ServerWarnings();

  // Of each a thousand at most: a server with a broken disk can send one for each page.
  //
  // Those of the code that sends a file's pages: almost always of wrong checksums.
  [[nodiscard]] const std::vector<std::string>& of_pages() const { return of_pages_; }
  // The others, as of a file that is left out; not that the server waits for its archiver, which
  // its client sees by itself.
  [[nodiscard]] const std::vector<std::string>& others() const { return others_; }

 private:
  static void receive(void* self, const pg_result* notice);

  pg_conn* connection_;
  void (*receiver_before_)(void*, const pg_result*);
  std::vector<std::string> of_pages_;
  std::vector<std::string> others_;
};

}  // namespace walden

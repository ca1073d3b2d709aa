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

  // Those of PostgreSQL's backup code, which are almost always of pages whose checksum is wrong. A
  // thousand at most: a server with a broken disk can send one for each page.
  [[nodiscard]] const std::vector<std::string>& of_backup() const { return warnings_; }

 private:
  static void receive(void* self, const pg_result* notice);

  pg_conn* connection_;
  void (*receiver_before_)(void*, const pg_result*);
  std::vector<std::string> warnings_;
};

}  // namespace walden

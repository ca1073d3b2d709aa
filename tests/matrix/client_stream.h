// The client's side of a connection, with or without TLS.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/bytes/file_descriptor.h"

struct ssl_ctx_st;
struct ssl_st;

namespace walden::testing {

// A certificate with its key, from one PEM file, for any number of connections.
class TlsContext {
 public:
  explicit TlsContext(const std::string& pem_file);  // throws

  [[nodiscard]] ssl_ctx_st* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

class ClientStream {
 public:
  // `tls` may be null, and must outlive it otherwise.
  ClientStream(FileDescriptor socket, const TlsContext* tls);
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;
  ~ClientStream();

  // What is there, and waits for something; empty when the client has left, or does not like the
  // certificate.
  [[nodiscard]] std::string receive();
  [[nodiscard]] bool send(std::string_view bytes);
  [[nodiscard]] int fd() const { return socket_.get(); }
  // Something was received already that poll(2) does not show.
  [[nodiscard]] bool has_pending() const;

 private:
  [[nodiscard]] bool shake_hands();

  FileDescriptor socket_;
  struct Free {
    void operator()(ssl_st* session) const;
  };
  std::unique_ptr<ssl_st, Free> session_;  // null without TLS
  bool greeted_ = false;
};

}  // namespace walden::testing

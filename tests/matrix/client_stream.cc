#include "tests/matrix/client_stream.h"

#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace walden::testing {

TlsContext::TlsContext(const std::string& pem_file) : context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* const context = context_.get();
  if (context == nullptr || SSL_CTX_use_certificate_chain_file(context, pem_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, pem_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("cannot use the certificate in " + pem_file);
  }
  // A session that is taken up again would not look at the certificate.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
}

void TlsContext::Free::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

void ClientStream::Free::operator()(SSL* session) const {
  SSL_free(session);
}

ClientStream::ClientStream(FileDescriptor socket, const TlsContext* tls)
    : socket_(std::move(socket)) {
  if (tls == nullptr) return;
  // OpenSSL writes without MSG_NOSIGNAL.
  sigset_t broken_pipe;
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  session_.reset(SSL_new(tls->get()));
  SSL_set_fd(session_.get(), socket_.get());
}

ClientStream::~ClientStream() = default;

bool ClientStream::shake_hands() {
  if (session_ && !greeted_) greeted_ = SSL_accept(session_.get()) == 1;
  return !session_ || greeted_;
}

std::string ClientStream::receive() {
  std::array<char, 65536> piece{};
  if (!shake_hands()) return {};
  const auto count = session_ ? SSL_read(session_.get(), piece.data(), piece.size())
                              : ::recv(socket_.get(), piece.data(), piece.size(), 0);
  return count > 0 ? std::string(piece.data(), static_cast<std::size_t>(count)) : std::string();
}

bool ClientStream::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = session_
                           ? SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool ClientStream::has_pending() const {
  return session_ && SSL_pending(session_.get()) > 0;
}

}  // namespace walden::testing

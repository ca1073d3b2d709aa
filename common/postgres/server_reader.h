// One command on a libpq connection, read without ever waiting blindly: a server that has died, or
// hangs, is found by its silence, and a person who wants to stop is heard within a second.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/bytes/bytes.h"

struct pg_conn;
struct pg_result;

namespace walden {

struct ClearResult {
  void operator()(pg_result* result) const;
};
using ServerResult = std::unique_ptr<pg_result, ClearResult>;

struct FreeMemory {
  void operator()(char* memory) const;
};

// One message of a COPY; its bytes are libpq's.
class CopyPiece {
 public:
  CopyPiece(char* data, int size) : data_(data), size_(static_cast<std::size_t>(size)) {}
  [[nodiscard]] ByteView bytes() const {
    return {reinterpret_cast<const std::uint8_t*>(data_.get()), size_};
  }

 private:
  std::unique_ptr<char, FreeMemory> data_;
  std::size_t size_;
};

class ServerReader {
 public:
  // `doing` is for errors: "take a base backup". `cancel` may be null.
  ServerReader(pg_conn* connection, std::string doing, const std::atomic<bool>* cancel);

  [[nodiscard]] Result<> send(const std::string& command);
  // Null after the command's last result. An error of the server is a result, not an Error here.
  // `patience`: how long the server may be silent.
  [[nodiscard]] Result<ServerResult> next_result(std::chrono::seconds patience);
  // Nothing at the end of the COPY, or where an error ended it: next_result() tells.
  [[nodiscard]] Result<std::optional<CopyPiece>> next_copy(std::chrono::seconds patience);
  // Sends a piece of a COPY to the server, or its end.
  [[nodiscard]] Result<> put_copy(ByteView bytes, std::chrono::seconds patience);
  [[nodiscard]] Result<> end_copy(std::chrono::seconds patience);
  // What is waited for from now on must come before `deadline`, however much or little the server
  // says meanwhile; else the wait ends with `error`. Takes the place of `patience`.
  void expect_by(std::chrono::steady_clock::time_point deadline, Error error);
  void expect_no_more() { expected_.reset(); }  // `patience` counts again
  // Asks the server to give up, and takes for a moment what it still sends. The connection is of no
  // more use afterwards.
  void cancel_at_server();

  [[nodiscard]] const std::string& doing() const { return doing_; }

 private:
  struct Expected {
    std::chrono::steady_clock::time_point deadline;
    Error error;
  };
  [[nodiscard]] Result<> wait(std::chrono::seconds patience);
  [[nodiscard]] Result<> flush(std::chrono::seconds patience);
  [[nodiscard]] Result<bool> readable_within(std::chrono::milliseconds limit);
  [[nodiscard]] bool drain();
  [[nodiscard]] bool cancelled() const { return cancel_ != nullptr && *cancel_; }

  pg_conn* connection_;
  std::string doing_;
  const std::atomic<bool>* cancel_;
  std::optional<Expected> expected_;
};

}  // namespace walden

// Reads every archive of a base backup through the tar reader and remembers what was there.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/postgres/base_backup_stream.h"
#include "common/postgres/tar_reader.h"

namespace walden::testing {

class CountingConsumer final : public BaseBackupConsumer, public TarVisitor {
 public:
  BackupStart start;
  std::vector<std::string> calls;              // in order, repeated ones once
  std::map<std::string, std::uint64_t> files;  // with their sizes, as counted
  std::set<std::string> directories;
  std::string manifest;
  std::uint64_t bytes = 0;
  std::uint64_t fail_after = ~std::uint64_t{0};    // then archive_data() is an error
  std::uint64_t cancel_after = ~std::uint64_t{0};  // then `cancel` is set
  std::atomic<bool> cancel = false;
  std::uint64_t bytes_after_cancel = 0;
  bool cancel_when_waiting = false;

  Result<> started(const BackupStart& begun) override {
    start = begun;
    return call("started");
  }
  Result<> begin_archive(const BackupTablespace& tablespace) override {
    prefix_ = tablespace.oid == 0 ? "" : "pg_tblspc/" + std::to_string(tablespace.oid) + "/";
    tar_ = std::make_unique<TarReader>(static_cast<TarVisitor&>(*this));
    return call("begin " + std::to_string(tablespace.oid));
  }
  Result<> archive_data(ByteView tar) override {
    TRY(call("data"));
    bytes += tar.size();
    if (cancel) bytes_after_cancel += tar.size();
    if (bytes > cancel_after) cancel = true;
    if (bytes > fail_after) return fail(ErrorKind::local_io, "the consumer has no room");
    return tar_->write(tar);
  }
  Result<> end_archive() override {
    TRY(call("end"));
    return tar_->finish();
  }
  Result<> manifest_data(ByteView piece) override {
    manifest.append(text_of(piece));
    return call("manifest");
  }

  void waiting_for_archiver() override {
    EXPECT_TRUE(call("waiting"));
    if (cancel_when_waiting) cancel = true;
  }

  Result<> begin_member(const TarMember& member) override {
    current_ = nullptr;
    if (member.kind == TarMember::Kind::directory) directories.insert(prefix_ + member.path);
    if (member.kind == TarMember::Kind::file) current_ = &files[prefix_ + member.path];
    return {};
  }
  Result<> content(ByteView piece) override {
    *current_ += piece.size();
    return {};
  }
  Result<> end_member() override { return {}; }

 private:
  Result<> call(const std::string& name) {
    if (calls.empty() || calls.back() != name) calls.push_back(name);
    return {};
  }
  std::string prefix_;
  std::unique_ptr<TarReader> tar_;
  std::uint64_t* current_ = nullptr;
};

}  // namespace walden::testing

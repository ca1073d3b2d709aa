// The tar stream of BASE_BACKUP.
//
// input: step | mend the headers' sums? | tar
#include <algorithm>

#include "common/postgres/relative_path.h"
#include "common/postgres/tar_header.h"
#include "common/postgres/tar_reader.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/tar_sums.h"

namespace walden::testing {
namespace {

// Members begin and end in turn, and each file has the bytes that its header said.
class Watcher final : public TarVisitor {
 public:
  Result<> begin_member(const TarMember& member) override {
    must(!open_, "a member begins after the last one has ended");
    must(stays_below(member.path), "no member leads elsewhere");
    must(member.kind == TarMember::Kind::file || member.size == 0, "only files have content");
    open_ = true;
    left_ = member.size;
    record(bytes_of(member.path));
    return {};
  }
  Result<> content(ByteView bytes) override {
    must(open_ && bytes.size() <= left_, "no more content than the header said");
    left_ -= bytes.size();
    record(bytes);
    return {};
  }
  Result<> end_member() override {
    must(open_ && left_ == 0, "a member ends when all of it was there");
    open_ = false;
    return {};
  }
  [[nodiscard]] bool in_member() const { return open_; }
  [[nodiscard]] const Buffer& seen() const { return seen_; }

 private:
  void record(ByteView bytes) { seen_.insert(seen_.end(), bytes.begin(), bytes.end()); }

  bool open_ = false;
  std::uint64_t left_ = 0;
  Buffer seen_;
};

bool read(ByteView tar, std::size_t step, Watcher& watcher) {
  TarReader reader(watcher);
  if (!write_in_steps(reader, tar, step) || !reader.finish()) return false;
  must(!watcher.in_member(), "a stream that ended well ends between members");
  return true;
}

void run(Input input) {
  const std::size_t step = input.byte();
  const bool mend = input.byte() % 2 == 1;
  Buffer tar(input.rest().begin(), input.rest().end());
  if (mend) mend_tar_sums(tar);
  Watcher whole;
  Watcher pieces;
  must(read(tar, 0, whole) == read(tar, step, pieces), "the pieces do not matter");
  must(whole.seen() == pieces.seen(), "the pieces change nothing of what is read");
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}

#include "wal-push-worker/push_service.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "common/bytes/files.h"
#include "common/call/called_program.h"
#include "common/program/human.h"
#include "common/program/report.h"
#include "common/store/s3_store.h"
#include "wal-push-worker/waiting_segments.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

// With the demanded one, and 15 MiB for the program itself, at most 96 MiB.
constexpr std::uint64_t kMemoryAhead = 60U << 20U;
// Of one push beside the sealed bytes: two frames, the compressor's tables, the connection's
// buffers.
constexpr std::uint64_t kMemoryOfOne = 5U << 20U;
// So many wait for the store at once while as many as there are cores compress.
constexpr unsigned kPushesAhead = 8;

// A segment that does not compress at all, but never more than an upload keeps.
std::uint64_t most_memory_for(std::uint64_t segment_size) {
  const std::uint64_t parts = std::uint64_t{kS3PartSize} * (kS3PartsInFlight + 1);
  return std::min(segment_size + segment_size / 64, parts) + kMemoryOfOne;
}

// A standby or a logical subscriber may read the segment still, and would have to from disk.
bool is_read_by_others(const fs::path& data_directory) {
  std::error_code unknown;
  return !fs::is_empty(data_directory / "pg_replslot", unknown) || unknown;
}

}  // namespace

PushService::PushService(PushTarget target, fs::path data_directory, Notes& notes,
                         std::unique_ptr<PushAlarm> alarm)
    : target_(std::move(target)),
      data_directory_(std::move(data_directory)),
      memory_(kMemoryAhead),
      notes_(notes),
      alarm_(std::move(alarm)),
      ahead_(
          data_directory_ / "pg_wal", [this](const auto& segment) { return push_segment(segment); },
          kPushesAhead) {}

CallAnswer PushService::answer(const CallRequest& request, const Say& say) {
  const Instant began = now();
  const auto pushed = push(request, say);
  if (pushed) return {.kind = CallAnswer::Kind::done, .exit_code = kPushDurable};
  if (is_for_the_caller(pushed.error())) {
    refused_ = true;
    return {.kind = CallAnswer::Kind::leave};
  }
  {
    const std::lock_guard lock(mutex_);
    failure_ = Failure{request.name, pushed.error(), began};
  }
  return {.kind = CallAnswer::Kind::done,
          .exit_code = kPushFailed,
          .text = report_text(kWalPush.name, pushed.error(),
                              effect_of_failure(data_directory_ / request.path))};
}

// A call that was sent away does the work by itself, and the telling.
void PushService::after(const CallAnswer& answer) {
  if (!alarm_ || answer.kind != CallAnswer::Kind::done) return;
  if (answer.exit_code == kPushDurable) return alarm_->succeeded();
  std::unique_lock lock(mutex_);
  const auto failure = std::exchange(failure_, std::nullopt);
  lock.unlock();
  if (failure) alarm_->failed(failure->file, failure->why, failure->began);
}

bool PushService::is_needed() {
  return !refused_;
}

Result<> PushService::push(const CallRequest& request, const Say& say) {
  const WalName name = TRY(WalName::parse(request.name));
  const fs::path path = data_directory_ / request.path;
  const bool is_plain = path.filename() == request.name && name.kind == WalFileKind::segment;
  if (is_plain) return ahead_.demand(name);
  const auto tell = [&](const std::string& text) { say(line_text(kWalPush.name, text)); };
  auto pushed = push_file(target_, path, name, {.say = tell});
  if (!pushed) ahead_.hold();
  return pushed;
}

Result<> PushService::push_segment(const SegmentPush& segment) {
  const std::uint64_t size = TRY(identity_of(segment.path)).size;
  const std::uint64_t most = most_memory_for(size);
  if (!segment.demanded && most > kMemoryAhead / 2) {
    return fail(ErrorKind::transient, "a segment of this size is not pushed beside another");
  }
  auto share = segment.demanded ? memory_.take(most) : memory_.wait_for(most);
  if (!segment.demanded && !segment.is_wanted()) {
    return fail(ErrorKind::transient, "nobody has asked for segments meanwhile");
  }
  // One thread each while others are at work as well; alone, the segment gets all.
  TRY(push_file(
      target_, segment.path, segment.name,
      {.say = [this](const std::string& text) { notes_.add(line_text(kWalPush.name, text)); },
       .sealed = [&](std::uint64_t stored) { share.shrink(stored + kMemoryOfOne); },
       .threads = segment.demanded ? target_.sealing.threads : 1}));
  if (!is_read_by_others(data_directory_)) drop_from_page_cache(segment.path);
  return {};
}

}  // namespace walden

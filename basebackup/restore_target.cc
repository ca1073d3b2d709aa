#include "basebackup/restore_target.h"

#include <fmt/format.h>

#include <charconv>

#include "common/program/human.h"

namespace walden {
namespace {

constexpr std::size_t kMaxRestorePointName = 63;  // MAXFNAMELEN less its NUL (xlog_internal.h)
constexpr std::uint32_t kFirstNormalXid = 3;

Result<> check_combination(const TargetOptions& options) {
  const int targets = int{options.time.has_value()} + int{options.lsn.has_value()} +
                      int{options.xid.has_value()} + int{options.name.has_value()} +
                      int{options.immediate};
  if (targets > 1) {
    return fail(ErrorKind::usage,
                "only one of --target-time, --target-lsn, --target-xid, --target-name and "
                "--target-immediate can be given",
                "Keep the one that you know best.");
  }
  if (options.exclusive && !options.time && !options.lsn && !options.xid) {
    return fail(ErrorKind::usage, "--target-exclusive needs a target that can be left out",
                "It goes with --target-time, --target-lsn or --target-xid.");
  }
  if (targets == 0 && options.action && *options.action != "promote") {
    return fail(ErrorKind::usage,
                fmt::format("--target-action {} needs a target to act at", *options.action),
                "Without a target all WAL is replayed and the server opens.");
  }
  return {};
}

// "748:12" is how nobody writes it; psql shows the 64 bits with the epoch, of which WAL has 32.
Result<std::uint32_t> parse_xid(const std::string& text) {
  std::uint64_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  const auto xid = static_cast<std::uint32_t>(number);
  if (error == std::errc() && end == last && xid >= kFirstNormalXid) return xid;
  return fail(ErrorKind::usage, fmt::format("\"{}\" is not a transaction id", text),
              "It is the number that pg_current_xact_id() or txid_current() gave.");
}

Result<std::string> check_name(const std::string& name) {
  if (!name.empty() && name.size() <= kMaxRestorePointName &&
      name.find('\n') == std::string::npos) {
    return name;
  }
  return fail(ErrorKind::usage, fmt::format("\"{}\" cannot be a restore point's name", name),
              "It is the text that pg_create_restore_point() got: 1 to 63 bytes.");
}

Result<Lsn> parse_lsn(const std::string& text) {
  const auto lsn = Lsn::parse(text);
  if (lsn) return *lsn;
  return fail(ErrorKind::usage, fmt::format("\"{}\" is not an LSN", text),
              "An LSN looks like A2/7C000028.");
}

}  // namespace

Result<RestoreTarget> parse_target(const TargetOptions& options) {
  TRY(check_combination(options));
  RestoreTarget target;
  target.exclusive = options.exclusive;
  if (options.time) {
    const ParsedTime parsed = TRY(parse_time(*options.time));
    target.kind = RestoreTarget::Kind::time;
    target.time = parsed.time;
    if (!parsed.zone_was_given) target.assumed_zone = parsed.zone;
  } else if (options.lsn) {
    target.kind = RestoreTarget::Kind::lsn;
    target.lsn = TRY(parse_lsn(*options.lsn));
  } else if (options.xid) {
    target.kind = RestoreTarget::Kind::xid;
    target.xid = TRY(parse_xid(*options.xid));
  } else if (options.name) {
    target.kind = RestoreTarget::Kind::name;
    target.restore_point = TRY(check_name(*options.name));
  } else if (options.immediate) {
    target.kind = RestoreTarget::Kind::immediate;
  }
  const bool latest = target.kind == RestoreTarget::Kind::latest;
  target.action = options.action.value_or(latest ? "promote" : "pause");
  return target;
}

std::string RestoreTarget::to_text() const {
  const std::string before = exclusive ? "just before " : "";
  switch (kind) {
    case Kind::latest:
      return "the end of the archived WAL";
    case Kind::immediate:
      return "the end of the backup";
    case Kind::time:
      return fmt::format("{}{} UTC", before, utc_time(time));
    case Kind::lsn:
      return fmt::format("{}LSN {}", before, lsn.to_text());
    case Kind::xid:
      return fmt::format("{}transaction {}", before, xid);
    case Kind::name:
      return fmt::format("restore point \"{}\"", restore_point);
  }
  return "an unknown target";
}

}  // namespace walden

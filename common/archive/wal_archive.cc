#include "common/archive/wal_archive.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/archive/cluster_marker.h"
#include "common/archive/list_until.h"
#include "common/bytes/sealed_reader.h"
#include "common/postgres/wal_page.h"

namespace walden {
namespace {

constexpr std::size_t kMaxHistorySize = 1U << 20U;

// Passes everything on and keeps what the page header is read from.
class HeaderTap final : public ByteSink {
 public:
  explicit HeaderTap(ByteSink& next) : next_(next) {}

  [[nodiscard]] Result<> write(ByteView bytes) override {
    const std::size_t missing = std::min(kLongPageHeaderSize - start_.size(), bytes.size());
    start_.insert(start_.end(), bytes.begin(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(missing));
    return next_.write(bytes);
  }
  [[nodiscard]] ByteView start() const { return start_; }

 private:
  ByteSink& next_;
  Buffer start_;
};

Result<> check_fetched_segment(const WalName& name, std::uint64_t system_identifier, ByteView start,
                               std::uint64_t size) {
  if (name.kind != WalFileKind::segment && name.kind != WalFileKind::partial) return {};
  const WalSegmentHeader header = TRY(parse_segment_header(start));
  TRY(check_segment(name, header, size));
  if (header.system_identifier == system_identifier) return {};
  return fail(ErrorKind::corrupt,
              fmt::format("it was written by system {}, this cluster is system {}",
                          header.system_identifier, system_identifier));
}

}  // namespace

Result<SealedSummary> WalArchive::fetch(const WalName& name, const Opening& opening,
                                        ByteSink& sink) {
  auto fetched = read(name, opening, sink);
  if (fetched || fetched.error().kind != ErrorKind::absent) return fetched;
  TRY(confirm_absence(names_.wal(name)));
  return fetched;
}

Result<SealedSummary> WalArchive::read(const WalName& name, const Opening& opening,
                                       ByteSink& sink) {
  const std::string object = names_.wal(name);
  HeaderTap tap(sink);
  SealedReader reader(opening, names_.identity(object), tap);
  TRY(store_.read(object, {}, reader));
  SealedSummary summary = TRY(reader.finish());
  auto checked =
      check_fetched_segment(name, names_.system_identifier(), tap.start(), summary.plaintext_size);
  if (!checked) return std::unexpected(checked.error().within(object));
  return summary;
}

// Looks twice, with the marker in between, where a file system may be mounted between a first look
// and the marker: every segment that is there would turn into a proven absence.
Result<> WalArchive::confirm_absence(std::string_view object) {
  const ClusterMarker marker = TRY(read_marker(store_, names_.cluster()));
  TRY(check_system(marker));
  if (!store_.may_be_unmounted()) return {};
  const auto again = store_.stat(object);
  if (!again && again.error().kind == ErrorKind::absent) return {};
  if (!again) return std::unexpected(again.error());
  return fail(ErrorKind::transient,
              fmt::format("{} came into {} just now", object, store_.describe()));
}

// A mistyped cluster that exists has a marker too. Another system than the one it was set up for is
// its own only once something of it is there (pg_upgrade, initdb).
Result<> WalArchive::check_system(const ClusterMarker& marker) {
  if (marker.system_identifier == names_.system_identifier()) return {};
  bool any = false;
  const auto listed =
      list_until(store_, {names_.system_prefix(), {}}, [&](const ObjectEntry&) -> Result<bool> {
        any = true;
        return false;
      });
  if (!listed) {
    // A listing proves no absence, whatever the store calls its failure.
    Error doubt = listed.error();
    if (doubt.kind == ErrorKind::absent) doubt.kind = ErrorKind::transient;
    return std::unexpected(std::move(doubt));
  }
  if (any) return {};
  return fail(ErrorKind::configuration,
              fmt::format("cluster \"{}\" in {} is the archive of system {} and has nothing of "
                          "this server's system {}",
                          names_.cluster(), store_.describe(), marker.system_identifier,
                          names_.system_identifier()),
              "See whether cluster and store are the right ones for this server.");
}

Result<bool> WalArchive::has(const WalName& name) {
  const std::string object = names_.wal(name);
  auto found = store_.stat(object);
  if (found) return true;
  if (found.error().kind != ErrorKind::absent) return std::unexpected(std::move(found).error());
  TRY(confirm_absence(object));
  return false;
}

Result<std::vector<Timeline>> WalArchive::timelines_with_history() {
  const std::string prefix = names_.wal_prefix();
  std::vector<Timeline> timelines;
  std::string after;
  for (bool more = true; more;) {
    more = false;
    TRY(list_until(store_, {prefix, after}, [&](const ObjectEntry& entry) -> Result<bool> {
      const std::string_view rest = std::string_view(entry.name).substr(prefix.size());
      const auto slash = rest.find('/');
      if (slash != std::string_view::npos) {
        // Segments: on behind the last of this timeline ('0' follows '/'), however many they are.
        after = prefix + std::string(rest.substr(0, slash)) + "0";
        more = true;
        return false;
      }
      const auto name = WalName::parse(rest);
      if (name && name->kind == WalFileKind::timeline_history) timelines.push_back(name->timeline);
      return true;
    }));
  }
  return timelines;
}

Result<TimelineHistory> WalArchive::history(Timeline timeline, const Opening& opening) {
  if (timeline == 1) return TimelineHistory::without_parents(1);
  WalName name;
  name.kind = WalFileKind::timeline_history;
  name.timeline = timeline;
  BufferSink content(kMaxHistorySize);
  TRY(fetch(name, opening, content));
  auto history = TimelineHistory::parse(timeline, text_of(content.buffer()));
  if (!history) return std::unexpected(history.error().within(names_.wal(name)));
  return history;
}

}  // namespace walden

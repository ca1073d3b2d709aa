#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "basebackup/html_text.h"
#include "basebackup/status_html.h"
#include "common/program/human.h"

namespace walden {
namespace {

using std::chrono::seconds;

// In the picture's own units.
constexpr double kLeft = 90;
constexpr double kWidth = 880;
constexpr double kRight = kLeft + kWidth;
constexpr double kBackups = 24;
constexpr double kWal = 62;
constexpr double kPromises = 100;
constexpr double kBar = 18;
constexpr double kAxis = 134;
constexpr double kHeight = 160;
constexpr double kLeastWidth = 3;  // what is short must be seen all the same

class Timeline {
 public:
  Timeline(const JudgedCluster& cluster, const Policy& policy)
      : status_(cluster.status), policy_(policy), end_(status_.now) {}

  std::string draw() {
    if (!find_begin()) return {};
    ticks();
    promises();
    restorable();
    for (const WalHoleFact& hole : status_.holes) draw_hole(hole);
    for (const BackupFact& backup : status_.backups) draw_backup(backup);
    label(kBackups, "backups");
    label(kWal, "WAL");
    const bool promised = policy_.retention.recovery_window || policy_.objectives.rpo;
    if (promised) label(kPromises, "promised");
    return fmt::format(
        "<svg viewBox=\"0 0 1000 {}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n"
        "<figcaption>{}</figcaption>",
        kHeight, "Recovery timeline: backups, WAL, gaps and objectives", shapes_, caption());
  }

 private:
  bool find_begin() {
    std::optional<Instant> begin = status_.window_begin;
    for (const BackupFact& backup : status_.backups) {
      const auto time = backup.started ? backup.started : backup.taken();
      if (time && (!begin || *time < *begin)) begin = time;
    }
    if (!begin && status_.wal) begin = status_.wal->stored;
    if (!begin) return false;
    if (status_.wal) end_ = std::max(end_, status_.wal->stored);
    // The objectives are seen whole, and a young cluster does not fill the picture with a second.
    const auto least = std::max(policy_.objectives.rpo.value_or(seconds(0)) * 4, seconds(600));
    begin_ = std::min(*begin, back(end_, least));
    return true;
  }

  static Instant back(Instant time, seconds by) {
    return {time.microseconds - std::chrono::microseconds(by).count()};
  }
  [[nodiscard]] double x_of(Instant time) const {
    const auto whole = static_cast<double>(end_.microseconds - begin_.microseconds);
    const auto part = static_cast<double>(time.microseconds - begin_.microseconds);
    return std::clamp(kLeft + kWidth * part / whole, kLeft, kRight);
  }

  void bar(std::string_view kind, double y, Instant from, Instant to, const std::string& title) {
    const double left = std::min(x_of(from), kRight - kLeastWidth);
    const double width = std::max(x_of(to) - left, kLeastWidth);
    shapes_ += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" rx=\"2\">"
        "<title>{}</title></rect>\n",
        kind, left, y, width, kBar, html_text(title));
  }
  void label(double y, std::string_view text) {
    shapes_ += fmt::format("<text x=\"0\" y=\"{}\">{}</text>\n", y + 14, text);
  }

  void ticks() {
    constexpr int kCount = 4;
    const bool short_span = end_.microseconds - begin_.microseconds < 172'800'000'000;
    for (int i = 0; i <= kCount; ++i) {
      const Instant time{begin_.microseconds +
                         (end_.microseconds - begin_.microseconds) * i / kCount};
      const double x = x_of(time);
      const std::string text = utc_time(time);
      const std::string_view anchor = i == 0 ? "start" : i == kCount ? "end" : "middle";
      shapes_ += fmt::format(
          "<line class=\"tick\" x1=\"{0:.1f}\" y1=\"16\" x2=\"{0:.1f}\" y2=\"{1}\"/>"
          "<text x=\"{0:.1f}\" y=\"{2}\" text-anchor=\"{3}\">{4}</text>\n",
          x, kAxis, kAxis + 18, anchor, short_span ? text.substr(5, 11) : text.substr(0, 10));
    }
  }

  void promises() {
    if (const auto& window = policy_.retention.recovery_window) {
      bar("promise", kPromises, back(end_, *window), end_,
          fmt::format("recovery window: any moment of the last {}", human_duration(*window)));
    }
    if (const auto& rpo = policy_.objectives.rpo) {
      bar("backup", kPromises, back(end_, *rpo), end_,
          fmt::format("RPO: the newest WAL must be from here on, {}", human_duration(*rpo)));
    }
  }

  // To where WAL is known to be stored, which is later than the last transaction that is known.
  void restorable() {
    if (!status_.window_begin) return;
    Instant end = status_.window_end.value_or(*status_.window_begin);
    const bool open = std::ranges::any_of(status_.holes, [](const auto& hole) { return !hole.to; });
    if (status_.wal && !open) end = std::max(end, status_.wal->stored);
    bar("bar", kWal, *status_.window_begin, end,
        fmt::format("can be restored: {} to {} UTC", utc_time(*status_.window_begin),
                    utc_time(end)));
  }

  void draw_hole(const WalHoleFact& hole) {
    const auto from = hole.from ? hole.from : hole.to;
    if (!from) return;
    bar("lost", kWal, *from, hole.to.value_or(end_),
        fmt::format("{} missing: {} to {}", human_count(hole.count, "segment"), hole.first,
                    hole.last));
  }

  void draw_backup(const BackupFact& backup) {
    const auto from = backup.started ? backup.started : backup.taken();
    if (!from) return;
    const bool good = backup.damaged.empty() && backup.consistent.value_or(true);
    bar(good ? "backup" : "lost", kBackups, *from, backup.taken().value_or(*from),
        fmt::format("{}{}", backup.id, good ? "" : ": cannot be restored"));
  }

  [[nodiscard]] std::string caption() const {
    if (!status_.window_begin || !status_.window_end) return "Nothing is known to be restorable.";
    return fmt::format(
        "Any moment from {} to {}{} UTC can be restored{}. Times in UTC.",
        utc_time(*status_.window_begin), status_.window_end_is_least ? "at least " : "",
        utc_time(*status_.window_end), status_.holes.empty() ? "" : ", but for the gaps in red");
  }

  const ClusterStatus& status_;
  const Policy& policy_;
  Instant begin_;
  Instant end_;
  std::string shapes_;
};

}  // namespace

std::string status_timeline(const JudgedCluster& cluster, const Policy& policy) {
  return Timeline(cluster, policy).draw();
}

}  // namespace walden

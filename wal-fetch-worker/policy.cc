#include "wal-fetch-worker/policy.h"

#include <fmt/format.h>

#include <system_error>

#include "common/archive/data_directory.h"
#include "common/call/exit_codes.h"
#include "common/program/human.h"

namespace walden {
namespace {

constexpr std::string_view kRecoveryStops =
    "Recovery stops here rather than open a database with missing changes.";
constexpr std::string_view kStandbyAsksAgain =
    "The standby asks again, and can stream from its primary or be promoted meanwhile.";

constexpr std::string_view kOwnHistory =
    "The server is being promoted, and goes on with its own copy of this history.";

bool is_there(const std::filesystem::path& path) {
  std::error_code unknown;  // then it is taken for a recovery, which is the careful answer
  return std::filesystem::exists(path, unknown);
}

bool completes_promotion(const WalName& name, const std::filesystem::path& path) {
  if (name.kind != WalFileKind::timeline_history) return false;
  if (is_there(data_directory_of(path) / "recovery.signal")) return false;
  // The first timeline has no history at all.
  return name.timeline == 1 || is_there(path.parent_path() / name.to_text());
}

}  // namespace

FetchPolicy policy_for(const Configuration& configuration, const WalName& name,
                       const std::filesystem::path& path) {
  const bool standby = is_there(data_directory_of(path) / "standby.signal");
  if (!standby && completes_promotion(name, path)) {
    return {configuration.standby_deadline, kFetchAbsent, kOwnHistory};
  }
  if (!standby) return {configuration.fetch_deadline, kFetchDoubt, kRecoveryStops};
  if (configuration.standby_outage == "retry") {
    return {configuration.standby_deadline, kFetchAbsent, kStandbyAsksAgain};
  }
  return {configuration.standby_deadline, kFetchDoubt, kRecoveryStops};
}

Patience patience_of(const FetchPolicy& policy,
                     const std::function<void(const std::string&)>& say) {
  const auto limit = policy.deadline;
  return {limit, real_clock(), [limit, say](const Error& doubt, std::chrono::seconds passed) {
            say(fmt::format("{}; still trying ({} of {})", doubt.cause, human_duration(passed),
                            human_duration(limit)));
          }};
}

bool is_in_recovery(const std::filesystem::path& data_directory) {
  return is_there(data_directory / "recovery.signal") ||
         is_there(data_directory / "standby.signal");
}

Error with_remedy(Error doubt, const WalName& name) {
  // The marker, which is read as well, is no file of the server's.
  const bool is_its_own = doubt.cause.find(name.to_text()) != std::string::npos;
  if (doubt.kind != ErrorKind::corrupt || !is_its_own) return doubt;
  const std::string copies = fmt::format(
      "Move the damaged object away, and store the file again from the primary's pg_wal or a "
      "standby's (wal-push pg_wal/{}), or take the object from another copy of the archive. To see "
      "all that is damaged: basebackup verify",
      name.to_text());
  doubt.remedy = doubt.remedy.empty() ? copies : doubt.remedy + ". " + copies;
  return doubt;
}

}  // namespace walden

#include "wal-fetch/policy.h"

#include <system_error>

#include "common/archive/data_directory.h"
#include "common/program/exit_codes.h"

namespace walden {
namespace {

constexpr std::string_view kRecoveryStops =
    "Recovery stops here rather than open a database with missing changes.";
constexpr std::string_view kStandbyAsksAgain =
    "The standby asks again, and can stream from its primary or be promoted meanwhile.";

bool is_standby(const std::filesystem::path& path) {
  std::error_code unknown;  // then it is taken for a recovery, which is the careful answer
  return std::filesystem::exists(data_directory_of(path) / "standby.signal", unknown);
}

}  // namespace

Policy policy_for(const Configuration& configuration, const std::filesystem::path& path) {
  if (!is_standby(path)) return {configuration.fetch_deadline, kFetchDoubt, kRecoveryStops};
  if (configuration.standby_outage == "retry") {
    return {configuration.standby_deadline, kFetchAbsent, kStandbyAsksAgain};
  }
  return {configuration.standby_deadline, kFetchDoubt, kRecoveryStops};
}

Error with_remedy(Error doubt) {
  if (doubt.kind == ErrorKind::corrupt && doubt.remedy.empty()) {
    doubt.remedy =
        "Other copies: the primary's pg_wal, another store; to see all that is damaged: basebackup "
        "verify";
  }
  return doubt;
}

}  // namespace walden

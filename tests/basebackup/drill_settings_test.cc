#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "basebackup/drill_server.h"
#include "tests/support/server_user.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class DrillSettings : public ::testing::Test {
 protected:
  DrillSettings() { testing::give_to_server_user(folder_.path()); }
  std::vector<std::string> settings(bool has_settings, int version) {
    const auto place = DrillPlace::create(folder_.path(), "1");
    EXPECT_TRUE(place) << place.error().cause;
    return drill_settings(*place, has_settings, version);
  }
  testing::TemporaryDirectory folder_;
};

TEST_F(DrillSettings, LetNothingWorkBesideTheServersOwnProcesses) {
  for (const bool has_settings : {true, false}) {
    EXPECT_THAT(settings(has_settings, 150018),
                AllOf(Contains("max_worker_processes=0"), Contains("hot_standby=off")));
  }
}

// A setting that a server does not know keeps it from starting.
TEST_F(DrillSettings, NameOnlyWhatTheVersionKnows) {
  EXPECT_THAT(settings(true, 140023), Contains("stats_temp_directory=pg_stat_tmp"));
  EXPECT_THAT(settings(true, 150000), Not(Contains(HasSubstr("stats_temp_directory"))));
  EXPECT_THAT(settings(true, 160014), Not(Contains(HasSubstr("event_triggers"))));
  EXPECT_THAT(settings(true, 170010), Contains("event_triggers=off"));
}

}  // namespace
}  // namespace walden

#include "common/postgres/backup_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

class Diary final : public BaseBackupConsumer {
 public:
  std::vector<std::string> calls;

  Result<> started(const BackupStart& /*start*/) override { return {}; }
  Result<> begin_archive(const BackupTablespace& tablespace) override {
    calls.push_back("begin " + std::to_string(tablespace.oid));
    return {};
  }
  Result<> archive_data(ByteView tar) override {
    calls.push_back("data " + std::string(text_of(tar)));
    return {};
  }
  Result<> end_archive() override {
    calls.emplace_back("end");
    return {};
  }
  Result<> manifest_data(ByteView bytes) override {
    calls.push_back("manifest " + std::string(text_of(bytes)));
    return {};
  }
};

const std::string kSpace = "n16411.tar\0/mnt/space\0"s;
const std::string kBase = "nbase.tar\0\0"s;

Result<> take(const std::vector<std::string>& stream, Diary& diary) {
  const std::vector<BackupTablespace> tablespaces = {
      {.oid = 16411, .location = "/mnt/space", .size = 0}, {.oid = 0, .location = "", .size = 0}};
  BackupMessages messages(tablespaces, diary);
  for (const auto& message : stream) TRY(messages.take(bytes_of(message)));
  return messages.finish();
}

bool refuses(const std::vector<std::string>& stream) {
  Diary diary;
  const auto result = take(stream, diary);
  return !result && result.error().kind == ErrorKind::corrupt;
}

TEST(BackupMessages, ComeOutAsTheConsumersCalls) {
  Diary diary;
  const auto result =
      take({kSpace, "dab", "p"s + std::string(8, '\1'), "dc", kBase, "dd", "m", "d{}"}, diary);
  ASSERT_TRUE(result) << result.error().cause;
  EXPECT_THAT(diary.calls, ElementsAre("begin 16411", "data ab", "data c", "end", "begin 0",
                                       "data d", "end", "manifest {}"));
}

TEST(BackupMessages, RefuseNamesThatWereNotAnnounced) {
  for (const std::string& name : {"n../evil.tar\0\0"s, "n/etc/x.tar\0\0"s, "n.hidden\0\0"s,
                                  "n16412.tar\0\0"s, "n16411.tar.gz\0\0"s, "n\0\0"s}) {
    EXPECT_TRUE(refuses({name})) << name;
  }
}

TEST(BackupMessages, RefuseABeginningOfAnotherShape) {
  for (const std::string& name : {"n"s, "n16411.tar"s, "n16411.tar\0"s, "n16411.tar\0/mnt"s,
                                  "n16411.tar\0/mnt\0x"s, "n16411.tar\0/mnt\0\0"s}) {
    EXPECT_TRUE(refuses({name})) << name;
  }
}

TEST(BackupMessages, RefuseAnotherOrder) {
  EXPECT_TRUE(refuses({kBase}));
  EXPECT_TRUE(refuses({kSpace, kSpace}));
  EXPECT_TRUE(refuses({kSpace, kBase, kSpace}));
  EXPECT_TRUE(refuses({"dx"}));
  EXPECT_TRUE(refuses({"m"}));
  EXPECT_TRUE(refuses({kSpace, "m"}));
  EXPECT_TRUE(refuses({kSpace, kBase, "m", "m"}));
  EXPECT_TRUE(refuses({kSpace, kBase, "m", kBase}));
}

TEST(BackupMessages, RefuseAnEndWithoutTheManifest) {
  EXPECT_TRUE(refuses({}));
  EXPECT_TRUE(refuses({kSpace, "dx"}));
  EXPECT_TRUE(refuses({kSpace, kBase, "dx"}));
}

TEST(BackupMessages, RefuseWhatTheyDoNotKnow) {
  EXPECT_TRUE(refuses({kSpace, ""}));
  EXPECT_TRUE(refuses({kSpace, "z"}));
  EXPECT_TRUE(refuses({kSpace, "p1234"}));
  EXPECT_TRUE(refuses({kSpace, kBase, "mx"}));
}

TEST(BackupMessages, TellWhenTheLastArchiveHasEnded) {
  const std::vector<BackupTablespace> tablespaces = {
      {.oid = 16411, .location = "/mnt/space", .size = 0}, {.oid = 0, .location = "", .size = 0}};
  const std::string zeros = "d"s + std::string(1024, '\0');
  const std::string progress = "p"s + std::string(8, '\1');
  Diary diary;
  BackupMessages messages(tablespaces, diary);
  const auto ended_after = [&](const std::string& message) {
    EXPECT_TRUE(messages.take(bytes_of(message)));
    return messages.archives_ended();
  };
  for (const auto& message : {kSpace, zeros, progress, kBase, "dfile"s, progress, zeros}) {
    EXPECT_FALSE(ended_after(message));
  }
  EXPECT_TRUE(ended_after(progress));
  EXPECT_FALSE(ended_after("dit was a file's"));  // zeros of its own
  EXPECT_FALSE(ended_after(progress));
  EXPECT_FALSE(ended_after(zeros));
  EXPECT_TRUE(ended_after(progress));
  EXPECT_FALSE(ended_after("m"));
}

TEST(BaseBackupCommand, SpeaksTheGrammarOfTheVersion) {
  EXPECT_EQ(base_backup_command(150018, {.label = "it's"}),
            "BASE_BACKUP (LABEL 'it''s', PROGRESS, CHECKPOINT 'fast', WAIT false, "
            "MANIFEST 'yes', MANIFEST_CHECKSUMS 'CRC32C')");
  EXPECT_EQ(base_backup_command(140023, {.label = "it's"}),
            "BASE_BACKUP LABEL 'it''s' PROGRESS FAST NOWAIT MANIFEST 'yes' "
            "MANIFEST_CHECKSUMS 'CRC32C'");
}

TEST(BaseBackupCommand, WantsATablespaceMapOnlyOfServersThatSendAllBesideIt) {
  EXPECT_THAT(base_backup_command(160000, {}), HasSubstr("TABLESPACE_MAP"));
  EXPECT_THAT(base_backup_command(150018, {}), ::testing::Not(HasSubstr("TABLESPACE_MAP")));
}

TEST(BaseBackupCommand, LetsTheServerWaitForItsArchiverWhenThereIsADeadline) {
  const BaseBackupOptions waiting{.archive_deadline = std::chrono::seconds(1)};
  for (const int version : {130000, 140023, 150018, 170000}) {
    EXPECT_THAT(base_backup_command(version, waiting), ::testing::Not(HasSubstr("WAIT")));
    EXPECT_THAT(base_backup_command(version, {}), HasSubstr("WAIT"));
  }
}

TEST(BaseBackupCommand, LeavesOutWhatIsNotAskedFor) {
  const BaseBackupOptions gentle{.fast_checkpoint = false, .max_rate_kb = 32};
  EXPECT_THAT(base_backup_command(170000, gentle), HasSubstr("CHECKPOINT 'spread'"));
  EXPECT_THAT(base_backup_command(170000, gentle), HasSubstr("MAX_RATE 32"));
  EXPECT_THAT(base_backup_command(130000, gentle), ::testing::Not(HasSubstr("FAST")));
  EXPECT_THAT(base_backup_command(130000, {}), ::testing::Not(HasSubstr("MAX_RATE")));
}

}  // namespace
}  // namespace walden

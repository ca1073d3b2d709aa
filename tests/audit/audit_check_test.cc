#include "common/audit/audit_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/audit/audit_file.h"
#include "common/audit/write_audit.h"
#include "common/store/memory_store.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two hosts that write into one store; all is looked at from the first.
class AuditCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    key_ = std::make_shared<const SigningKey>(SigningKey::generate());
    for (int i = 0; i < 3; ++i) {
      write(here_, "push", true);
      write(here_, "list", false);
      write(there_, "restore", true);
    }
  }

  void write(const testing::TemporaryDirectory& folder, const std::string& command, bool stored) {
    AuditEvent event;
    event.time.microseconds = ++clock_ * 1'000'000;
    event.host = &folder == &here_ ? "db1" : "ops1";
    event.cluster = "orders";
    event.command = command;
    event.outcome = "done";
    const auto written =
        write_audit({folder.path(), url_, stored ? &store_ : nullptr, key_}, event);
    ASSERT_TRUE(written) << written.error().cause;
    ASSERT_FALSE(*written) << (*written)->cause;
  }

  [[nodiscard]] AuditMaterial material() {
    AuditMaterial material;
    material.cluster = "orders";
    material.store = url_;
    material.file = "audit.jsonl";
    material.lines = read_audit_file(audit_file_in(here_.path())).value();
    material.settled = material.lines.size();
    material.objects = read_audit_objects(store_, "orders").value();
    material.trusted_signers = {key_->signer()};
    return material;
  }
  static std::vector<std::string> problems(const AuditMaterial& material) {
    return check_audit(material).problems;
  }
  // The index-th object of one host.
  static std::vector<StoredAuditLine>::iterator object(AuditMaterial& material,
                                                       const std::string& host, int index) {
    auto& objects = material.objects;
    return std::ranges::find_if(objects, [&](const StoredAuditLine& stored) {
      return stored.object.contains("-" + host + "-") && index-- == 0;
    });
  }

  testing::TemporaryDirectory here_;
  testing::TemporaryDirectory there_;
  MemoryStore store_;
  std::shared_ptr<const SigningKey> key_;
  std::string url_ = "s3://here";
  std::int64_t clock_ = 0;
};

TEST_F(AuditCheck, FindsNothingWrongWithWhatWasWritten) {
  const AuditVerdict verdict = check_audit(material());
  EXPECT_THAT(verdict.problems, IsEmpty());
  ASSERT_THAT(verdict.entries, SizeIs(9));
  std::string commands;
  for (const auto& known : verdict.entries) {
    commands += known.entry.event.command.substr(0, 1);
    EXPECT_EQ(known.in_file, known.entry.event.host == "db1");
    EXPECT_EQ(known.in_store, known.entry.event.command != "list");
  }
  EXPECT_EQ(commands, "plrplrplr") << "by time, each once";
}

TEST_F(AuditCheck, NamesALineThatWasEdited) {
  for (std::size_t i = 0; i + 1 < 6; ++i) {
    AuditMaterial edited = material();
    std::string& line = edited.lines[i];
    line.replace(line.find("done"), 4, "none");
    EXPECT_THAT(problems(edited),
                Contains(HasSubstr("audit.jsonl:" + std::to_string(i + 2) + " does not follow")));
  }
}

TEST_F(AuditCheck, NamesTheNewestLineThatWasEditedWhereItIsInTheStore) {
  write(here_, "push", true);
  AuditMaterial edited = material();
  std::string& line = edited.lines.back();
  line.replace(line.find("done"), 4, "none");
  EXPECT_THAT(problems(edited), Contains(AllOf(HasSubstr("audit.jsonl:7"), HasSubstr("the same"))));
}

TEST_F(AuditCheck, NamesALineThatWasRemoved) {
  for (std::size_t i = 0; i + 1 < 6; ++i) {
    AuditMaterial shorter = material();
    shorter.lines.erase(shorter.lines.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THAT(problems(shorter),
                Contains(HasSubstr("audit.jsonl:" + std::to_string(i + 1) + " does not follow")));
  }
}

TEST_F(AuditCheck, NamesTheEndThatWasCutOffTheFile) {
  AuditMaterial shorter = material();
  shorter.lines.resize(4);
  EXPECT_THAT(problems(shorter), Contains(HasSubstr("audit.jsonl lacks the entry of")));
}

TEST_F(AuditCheck, NamesALineThatIsNone) {
  AuditMaterial torn = material();
  torn.lines.back().resize(20);
  EXPECT_THAT(problems(torn), Contains(HasSubstr("audit.jsonl:6 is no entry")));
}

TEST_F(AuditCheck, NamesAnObjectThatIsMissing) {
  AuditMaterial fewer = material();
  const std::string name = object(fewer, "db1", 2)->object;
  fewer.objects.erase(object(fewer, "db1", 2));
  EXPECT_THAT(problems(fewer), Contains(AllOf(HasSubstr(name), HasSubstr("missing"))));
}

TEST_F(AuditCheck, SeesAHoleInAnotherHostsTrailFromTheStoreAlone) {
  for (int index = 0; index < 2; ++index) {
    AuditMaterial fewer = material();
    fewer.objects.erase(object(fewer, "ops1", index));
    EXPECT_THAT(problems(fewer), Contains(AllOf(HasSubstr("an entry is missing from the store"),
                                                HasSubstr("ops1"))));
  }
}

TEST_F(AuditCheck, SeesAnObjectThatWasReplacedByASignerOfTrust) {
  AuditMaterial forged = material();
  auto stored = object(forged, "ops1", 1);
  stored->line.replace(stored->line.find("done"), 4, "none");
  EXPECT_THAT(problems(forged), Contains(HasSubstr("does not follow the entry before it")));
}

TEST_F(AuditCheck, NamesAnObjectUnderAnothersName) {
  AuditMaterial moved = material();
  object(moved, "ops1", 1)->line = object(moved, "ops1", 0)->line;
  EXPECT_THAT(problems(moved), Contains(HasSubstr("does not hold the entry of that name")));
}

TEST_F(AuditCheck, NamesAnObjectThatIsNotSignedOrByAnother) {
  AuditMaterial unsigned_one = material();
  object(unsigned_one, "db1", 0)->signer.reset();
  EXPECT_THAT(problems(unsigned_one), Contains(HasSubstr("is not signed")));

  AuditMaterial others = material();
  object(others, "db1", 0)->signer = SigningKey::generate().signer();
  EXPECT_THAT(problems(others), Contains(HasSubstr("which is not trusted")));

  others.trusted_signers.clear();
  EXPECT_THAT(problems(others), IsEmpty());
}

TEST_F(AuditCheck, NamesADamagedObject) {
  AuditMaterial damaged = material();
  object(damaged, "db1", 0)->damaged = "its checksum is wrong";
  EXPECT_THAT(problems(damaged), Contains(HasSubstr("its checksum is wrong")));
}

TEST_F(AuditCheck, HoldsNothingAgainstWhatIsWrittenMeanwhile) {
  AuditMaterial now = material();
  write(here_, "push", true);
  now.lines = read_audit_file(audit_file_in(here_.path())).value();
  EXPECT_THAT(problems(now), IsEmpty());
}

TEST_F(AuditCheck, HoldsNothingAgainstAStoreThatWasChanged) {
  url_ = "s3://elsewhere";
  write(here_, "push", false);
  write(here_, "push", false);
  AuditMaterial moved = material();
  moved.objects.clear();
  EXPECT_THAT(problems(moved), IsEmpty());
}

TEST_F(AuditCheck, OfAFileThatWasLostSeesTheTrailInTheStoreGoOn) {
  AuditMaterial lost = material();
  lost.lines.clear();
  lost.settled = 0;
  EXPECT_THAT(check_audit(lost).problems, IsEmpty());
  EXPECT_THAT(check_audit(lost).entries, SizeIs(6));
}

}  // namespace
}  // namespace walden

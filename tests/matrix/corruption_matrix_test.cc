// What is not the file that was archived is found before PostgreSQL sees a byte of it: in the
// store, and where wal-fetch's worker has files ready.
#include <gmock/gmock.h>

#include <random>

#include "common/bytes/sealed_writer.h"
#include "tests/matrix/corruption.h"
#include "tests/matrix/folder_bucket.h"
#include "tests/matrix/matrix_table.h"
#include "tests/support/archive_host.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr const char* kHistory = "00000002.history";

SegmentSpec spec_of(std::uint64_t number) {
  return {.number = number, .size = 1U << 20U};
}

std::string name_of(std::uint64_t number) {
  return segment_file_name(spec_of(number));
}

// Does not compress, so that its object has pages to harm.
std::string content_of(std::uint64_t number) {
  constexpr std::size_t kPage = 8192;
  constexpr std::size_t kHeader = 40;
  std::string bytes = segment_content(spec_of(number));
  std::mt19937 random(static_cast<unsigned>(number));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % kPage >= kHeader) bytes[i] = static_cast<char>(random());
  }
  return bytes;
}

// Segments 1 to 3 and a history.
class CorruptionTest : public ::testing::Test {
 protected:
  void SetUp() override { archive_to("orders"); }

  void archive_to(const std::string& cluster) {
    for (std::uint64_t number = 1; number <= 3; ++number) {
      write_text(host.wal() / name_of(number), content_of(number));
      push(cluster, name_of(number));
    }
    write_text(host.wal() / kHistory, "1\t0/C000028\tno recovery target specified\n");
    push(cluster, kHistory);
  }
  void push(const std::string& cluster, const std::string& name) {
    const Outcome pushed =
        run(host.push({"--worker", "off", "--store", "file://" + host.store_directory().native(),
                       "--cluster", cluster, "pg_wal/" + name, name}));
    ASSERT_EQ(pushed.exit_code, 0) << pushed.err;
    fs::remove(host.wal() / name);
  }

  // Of a cluster of the same system: only its name is another.
  fs::path object_of_another_cluster(const std::string& name) {
    DirectoryStore store(host.store_directory());
    const auto marked = create_marker(store, {"others", kSystem, "2026-11-21T00:00:00Z"});
    EXPECT_TRUE(marked);
    archive_to("others");
    const ObjectNames names("others", kSystem);
    return host.store_directory() / names.wal(WalName::parse(name).value());
  }

  // Sealed under the segment's own name, as a careless program would have done.
  static std::string object_of_recycled_file(const std::string& name) {
    const ObjectNames names("orders", kSystem);
    BufferSink object(std::size_t{4} << 20U);
    auto writer =
        SealedWriter::create({}, names.identity(names.wal(WalName::parse(name).value())), object);
    EXPECT_TRUE(writer && (*writer)->write(bytes_of(content_of(1))) && (*writer)->finish());
    return std::string(text_of(object.buffer()));
  }

  void note(Corruption corruption, const std::string& what, const std::string& where,
            const Outcome& fetched, const std::string& came_to = {}) const {
    const std::string said = fetched.err.substr(0, fetched.err.find('\n'));
    note_in_table({"corruption", std::string(word(corruption)), what, where,
                   came_to.empty() ? "exit " + std::to_string(fetched.exit_code) : came_to,
                   without_places(said), HasFailure() ? "FAILED" : "held"});
  }
  // The table is to say the same each time.
  [[nodiscard]] std::string without_places(std::string text) const {
    const std::string folder = host.folder().native();
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
      text.erase(at, folder.size());
    }
    return text;
  }

  ArchiveHost host;
};

struct StoreCase {
  Corruption corruption;
  bool segment;  // or a history
  bool bucket;   // or a directory
};

void PrintTo(const StoreCase& chosen, std::ostream* stream) {
  *stream << word(chosen.corruption);
}

class CorruptStore : public CorruptionTest, public ::testing::WithParamInterface<StoreCase> {
 protected:
  [[nodiscard]] static std::string name() { return GetParam().segment ? name_of(2) : kHistory; }

  void harm() {
    const fs::path object = host.object(name());
    const fs::path store = host.store_directory();
    switch (GetParam().corruption) {
      case Corruption::another_segments_object:
        return write_text(object, read_text(host.object(name_of(1))));
      case Corruption::older_version:
        return write_text(object, object_of_recycled_file(name()));
      case Corruption::another_clusters_object:
        return write_text(object, read_text(object_of_another_cluster(name())));
      case Corruption::unmounted_directory:
      case Corruption::emptied_bucket:
        fs::remove_all(store);
        fs::create_directory(store);
        return;
      case Corruption::wrong_prefix:
        prefix_ = "/wrong";
        return;
      default:
        return harm_bytes(object, GetParam().corruption);
    }
  }

  void configure() {
    std::string text = "cluster = \"orders\"\nfetch_deadline = \"0s\"\n";
    if (GetParam().bucket) {
      text += "store = \"" + FolderBucket::url() + prefix_ +
              "\"\ns3_region = \"us-east-1\"\ns3_endpoint = \"http://127.0.0.1:" +
              std::to_string(bucket_.port()) + "\"\n";
    } else {
      text += "store = \"file://" + host.store_directory().native() + prefix_ + "\"\n";
    }
    write_text(host.folder() / "walden.toml", text);
  }

  [[nodiscard]] Outcome fetch() const {
    Command command = host.fetch({name(), "pg_wal/RECOVERYXLOG"});
    command.environment.insert({{"AWS_ACCESS_KEY_ID", "key"},
                                {"AWS_SECRET_ACCESS_KEY", "secret"},
                                {"AWS_CONFIG_FILE", "/dev/null"},
                                {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}});
    return run(command);
  }

  // Or of all of the archive.
  [[nodiscard]] static bool is_of_the_object() {
    return GetParam().corruption <= Corruption::empty_object;
  }

  FolderBucket bucket_{host.store_directory()};
  std::string prefix_;
};

TEST_P(CorruptStore, StopsRecoveryAndSaysWhatToDo) {
  configure();
  ASSERT_EQ(fetch().exit_code, 0);  // while it is whole
  fs::remove(host.delivered());
  harm();
  configure();
  const Outcome fetched = fetch();
  EXPECT_EQ(fetched.exit_code, 255);
  EXPECT_FALSE(fs::exists(host.delivered()));
  EXPECT_THAT(fetched.err, HasSubstr("Recovery stops here"));
  if (is_of_the_object()) {
    EXPECT_THAT(fetched.err, AllOf(HasSubstr(name()), HasSubstr("basebackup verify"),
                                   HasSubstr("another copy of the archive"),
                                   HasSubstr("wal-push pg_wal/" + name())));
  } else {
    EXPECT_THAT(fetched.err, AllOf(AnyOf(HasSubstr("cluster.json is missing"),
                                         HasSubstr("store/wrong is not there")),
                                   HasSubstr("do not run basebackup init")));
  }
  note(GetParam().corruption, GetParam().segment ? "segment" : "history",
       GetParam().bucket ? "bucket" : "directory", fetched);
}

std::vector<StoreCase> store_cases() {
  std::vector<StoreCase> cases;
  for (const Corruption corruption : all_corruptions()) {
    for (const bool segment : {true, false}) {
      for (const bool bucket : {true, false}) {
        if (corruption == Corruption::unmounted_directory && bucket) continue;
        if (corruption == Corruption::emptied_bucket && !bucket) continue;
        // Only a segment's header says which one it is; a history's content says nothing of the
        // sort.
        if (corruption == Corruption::older_version && !segment) continue;
        cases.push_back({corruption, segment, bucket});
      }
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Corrupt, CorruptStore, ::testing::ValuesIn(store_cases()),
                         [](const ::testing::TestParamInfo<StoreCase>& each) {
                           return std::string(word(each.param.corruption)) +
                                  (each.param.segment ? "_Segment" : "_History") +
                                  (each.param.bucket ? "_InABucket" : "_InADirectory");
                         });

// Where the worker has the third segment ready, after the calls for two.
class CorruptReadySegment : public CorruptionTest,
                            public ::testing::WithParamInterface<Corruption> {
 protected:
  void SetUp() override {
    CorruptionTest::SetUp();
    write_text(host.pgdata() / "recovery.signal", "");
    host.configure("fetch_deadline = \"0s\"");
    expect_delivered(1);
    worker_ = host.only_worker();
    expect_delivered(2);
    ASSERT_TRUE(eventually([&] { return fs::exists(ready()); }));
  }

  [[nodiscard]] fs::path ready() const {
    return host.pgdata() / "pgsql_tmp_walden_fetch" / std::to_string(worker_) / name_of(3);
  }

  void expect_delivered(std::uint64_t number) {
    const Outcome fetched = host.fetch_named(name_of(number));
    EXPECT_EQ(fetched.exit_code, 0) << fetched.err;
    EXPECT_TRUE(read_text(host.delivered()) == content_of(number));
    fs::remove(host.delivered());
  }

  void harm() const {
    switch (GetParam()) {
      case Corruption::another_segments_object:
        return write_text(ready(), content_of(2));
      case Corruption::older_version:
        return write_text(ready(), segment_content(spec_of(3)));
      case Corruption::another_clusters_object: {
        SegmentSpec spec = spec_of(3);
        spec.system_identifier = kOtherSystem;
        return write_text(ready(), segment_content(spec));
      }
      default:
        return harm_bytes(ready(), GetParam());
    }
  }

  int worker_ = 0;
};

TEST_P(CorruptReadySegment, IsNotDelivered) {
  harm();
  const fs::path away = host.folder() / "away";
  fs::rename(host.store_directory(), away);
  const Outcome without_store = host.fetch_named(name_of(3));
  EXPECT_EQ(without_store.exit_code, 255);
  EXPECT_FALSE(fs::exists(host.delivered()));

  fs::rename(away, host.store_directory());
  expect_delivered(3);
  note(GetParam(), "ready segment", "store away", without_store);
}

TEST_P(CorruptReadySegment, IsFetchedAnew) {
  harm();
  const Outcome fetched = host.fetch_named(name_of(3));
  EXPECT_EQ(fetched.exit_code, 0);
  EXPECT_TRUE(read_text(host.delivered()) == content_of(3));
  EXPECT_THAT(fetched.err, AllOf(HasSubstr(name_of(3)), HasSubstr("fetched anew")));
  note(GetParam(), "ready segment", "store there", fetched, "exit 0, the store's bytes");
}

std::vector<Corruption> corruptions_of_a_file() {
  std::vector<Corruption> corruptions = all_corruptions();
  std::erase_if(corruptions, [](Corruption each) { return each > Corruption::empty_object; });
  return corruptions;
}

INSTANTIATE_TEST_SUITE_P(Corrupt, CorruptReadySegment, ::testing::ValuesIn(corruptions_of_a_file()),
                         [](const ::testing::TestParamInfo<Corruption>& each) {
                           return std::string(word(each.param));
                         });

}  // namespace
}  // namespace walden::testing

#include "basebackup/pack_writer.h"

#include <gtest/gtest.h>

#include <map>

#include "common/bytes/sealed_reader.h"
#include "common/store/memory_store.h"
#include "tests/basebackup/sample_backup.h"

namespace walden {
namespace {

using testing::names_of;
using testing::sample_summary;
using testing::store_sample_backup;

std::string noise(std::size_t size, std::uint32_t seed) {
  std::string text(size, '\0');
  for (auto& c : text) {
    seed = seed * 1664525U + 1013904223U;
    c = static_cast<char>(seed >> 24U);
  }
  return text;
}

// The plaintext of each frame of a pack, opened one by one from where the record says they lie.
std::vector<std::string> frames_of(MemoryStore& store, const PackRecord& pack) {
  const auto names = names_of(sample_summary());
  const auto object = read_object(store, pack.object, std::size_t{1} << 30U);
  EXPECT_TRUE(object);
  auto opener = FrameOpener::create({}, names.identity(pack.object), *object);
  EXPECT_TRUE(opener);
  std::vector<std::string> frames;
  std::size_t at = pack.header_size;
  for (const auto size : pack.frame_sizes) {
    const auto plaintext = opener->open(static_cast<std::uint32_t>(frames.size()),
                                        ByteView(*object).subspan(at, size));
    EXPECT_TRUE(plaintext);
    frames.emplace_back(text_of(*plaintext));
    at += size;
  }
  return frames;
}

std::string assembled(const FileRecord& file,
                      const std::map<std::uint32_t, std::vector<std::string>>& packs) {
  std::string content;
  for (const auto& run : file.runs) {
    std::string part;
    for (std::size_t frame = run.frame; part.size() < run.offset + run.length; ++frame) {
      part += packs.at(run.pack).at(frame);
    }
    content += part.substr(run.offset, run.length);
  }
  return content;
}

void expect_every_file_back(std::uint64_t pack_size, std::size_t at_least_packs) {
  const std::map<std::string, std::string> files{
      {"a", noise(10, 1)},
      {"b", ""},
      {"c", noise(kFrameSize - 11, 2)},
      {"d", noise(kFrameSize / 4, 3)},
      {"e", noise(3 * kFrameSize + 1, 4)},
      {"f", noise(kFrameSize, 5)},
      {"g", noise(1, 6)},
      {"h", std::string(5 * kFrameSize, '\0')},
  };
  MemoryStore store;
  const auto manifest = store_sample_backup(store, sample_summary(), files, {}, pack_size);
  EXPECT_GE(manifest.packs.size(), at_least_packs);
  std::map<std::uint32_t, std::vector<std::string>> packs;
  for (const auto& pack : manifest.packs) packs[pack.number] = frames_of(store, pack);
  for (const auto& file : manifest.files) {
    EXPECT_EQ(assembled(file, packs), files.at(file.path)) << file.path;
  }
}

TEST(PackWriter, LaysEveryFileWhereItsRunsSay) {
  expect_every_file_back(1U << 30U, 1);
}

TEST(PackWriter, ContinuesAFileInTheNextPackWhenOneIsFull) {
  expect_every_file_back(kFrameSize, 3);
}

TEST(PackWriter, BeginsAFrameForALargeFileAndSharesOneAmongSmallFiles) {
  MemoryStore store;
  const auto manifest = store_sample_backup(
      store, sample_summary(),
      {{"1", "small"}, {"2", "small too"}, {"3", noise(kFrameSize, 1)}, {"4", "last"}});
  EXPECT_EQ(manifest.files[0].runs[0].frame, 0U);
  EXPECT_EQ(manifest.files[1].runs[0].frame, 0U);
  EXPECT_EQ(manifest.files[1].runs[0].offset, 5U);
  EXPECT_EQ(manifest.files[2].runs[0].frame, 1U);
  EXPECT_EQ(manifest.files[2].runs[0].offset, 0U);
  EXPECT_EQ(manifest.files[3].runs[0].frame, 2U);
}

TEST(PackWriter, LeavesNoObjectOfThePackThatWasNotFinished) {
  MemoryStore store;
  const auto names = names_of(sample_summary());
  const Sealing sealing;
  {
    PackWriter packs(store, names, sample_summary().id, sealing);
    ASSERT_TRUE(packs.begin_file(100));
    ASSERT_TRUE(packs.write(bytes_of(noise(100, 1))));
  }
  const auto found =
      store.list({.prefix = "", .start_after = ""}, [](const ObjectEntry& entry) -> Result<> {
        ADD_FAILURE() << entry.name;
        return {};
      });
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace walden

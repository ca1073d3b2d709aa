// walden.toml, WALDEN_* variables and options; times, durations and targets as people type them.
//
// input: words of the command line, each ended by a NUL, an empty one ends them | variables, the
// same | walden.toml
#include <CLI/CLI.hpp>
#include <cstdlib>

#include "basebackup/restore_target.h"
#include "common/program/configuration.h"
#include "common/program/duration.h"
#include "common/program/human.h"
#include "common/store/s3_location.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace walden::testing {
namespace {

constexpr std::size_t kMostWords = 8;

std::vector<std::string> take_words(std::string_view& text) {
  std::vector<std::string> words;
  while (!text.empty() && words.size() < kMostWords) {
    const auto end = std::min(text.find('\0'), text.size());
    std::string word(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) break;
    words.push_back(std::move(word));
  }
  return words;
}

// Only ours, and never a file of this host.
void set_environment(const std::vector<std::string>& variables) {
  ::clearenv();
  for (const auto& variable : variables) {
    const auto equals = variable.find('=');
    if (!variable.starts_with("WALDEN_") || equals == std::string::npos) continue;
    if (variable.starts_with("WALDEN_CONFIG=")) continue;
    ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  ::setenv("TZ", "UTC", 1);
}

void read_word(const std::string& word) {
  if (const auto duration = parse_duration(word)) {
    must(duration->count() >= 0, "no duration is negative");
    (void)human_duration(*duration);
  }
  TargetOptions time{.time = word};
  if (const auto target = parse_target(time)) {
    (void)target->to_text();
    must(parse_time(postgres_time(target->time)).has_value(), "PostgreSQL's form reads again");
    must(parse_time(postgres_time(target->time))->time.microseconds == target->time.microseconds,
         "a time means the same when it is written again");
  }
  TargetOptions xid{.xid = word};
  if (const auto target = parse_target(xid)) must(target->xid >= 3, "only normal transactions");
  if (const auto bucket = S3Location::make(word, {}, {})) {
    must(!bucket->bucket.empty() && !bucket->host().empty(), "a bucket has a name and a host");
  }
}

void run(Input input) {
  std::string_view text = text_of(input.rest());
  auto words = take_words(text);
  set_environment(take_words(text));
  for (const auto& word : words) read_word(word);
  const MemoryFile file(bytes_of(text));
  CLI::App app;
  const ConfigurationOptions options(app);
  std::erase_if(words, [](const auto& word) { return word.starts_with("--config"); });
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  reversed.insert(reversed.end(), {file.path(), "--config"});  // CLI11 takes them from the back
  try {
    app.parse(reversed);
  } catch (const CLI::Error&) {
    return;
  }
  const auto configuration = options.load();
  if (!configuration) {
    must(!configuration.error().cause.empty(), "a refusal says why");
    return;
  }
  must(!configuration->cluster.empty() && !configuration->store.empty(), "both are set");
  must(configuration->threads >= 1 && configuration->threads <= 64, "threads within bounds");
  must(configuration->recipients.size() <= kMaxRecipients, "no more recipients than fit");
  for (const auto& recipient : configuration->recipients) {
    must(Recipient::parse(recipient).has_value(), "each recipient is one");
  }
  (void)options.arguments_for_restore_command();
  (void)options.arguments_given();
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}

#include "basebackup/check_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kColumns = 100;
constexpr std::size_t kVerdictColumns = 6;

struct VerdictWord {
  std::string_view text;
  std::string_view json;
  std::string_view colour;
};

VerdictWord word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return {"ok", "ok", ""};
    case Verdict::warn:
      return {"warn", "warn", "\x1b[33m"};
    case Verdict::fail:
      return {"FAIL", "fail", "\x1b[1;31m"};
    case Verdict::not_asked:
      break;
  }
  return {"-", "not_asked", ""};
}

// Servers, files and stores have a say in these texts; a newline would forge a fact, an escape
// sequence would steer the reader's terminal.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

std::size_t columns_of(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string painted(const VerdictWord& word, bool coloured) {
  const std::string padding(kVerdictColumns - word.text.size(), ' ');
  if (!coloured || word.colour.empty()) return std::string(word.text) + padding;
  return fmt::format("{}{}\x1b[0m{}", word.colour, word.text, padding);
}

// Broken at spaces, so that no line is longer than kColumns; names and paths stay whole. `used`
// columns of the first line are taken already, `indent` of the others are left free.
std::string wrapped(std::string_view text, std::size_t used, std::size_t indent) {
  std::string lines;
  for (bool first = true; !text.empty(); first = false) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!first && used + 1 + columns_of(word) > kColumns) {
      lines += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (!first) {
      lines += ' ';
      ++used;
    }
    lines += word;
    used += columns_of(word);
  }
  return lines;
}

std::string summary(const CheckCounts& counts) {
  if (counts.failures + counts.warnings + counts.not_asked == 0) return "all is well\n";
  std::string text = fmt::format("{}, {}", human_count(counts.failures, "failure"),
                                 human_count(counts.warnings, "warning"));
  if (counts.not_asked > 0) text += fmt::format(", {} not asked", human_count(counts.not_asked));
  return text + '\n';
}

}  // namespace

std::string fact_line(const Fact& fact, std::size_t name_columns, bool coloured) {
  const std::size_t before = kVerdictColumns + name_columns + 2;
  const std::string text = one_line(fact.text);
  const std::string remedy = fact.remedy.empty() ? "" : "→ " + one_line(fact.remedy);
  const std::string line =
      painted(word_of(fact.verdict), coloured) +
      fmt::format("{:<{}}  {}", fact.name, name_columns, wrapped(text, before, before));
  if (remedy.empty()) return line + '\n';
  if (before + columns_of(text) + 2 + columns_of(remedy) <= kColumns) {
    return line + "  " + remedy + '\n';
  }
  return line + '\n' + std::string(kVerdictColumns, ' ') +
         wrapped(remedy, kVerdictColumns, kVerdictColumns + 2) + '\n';
}

CheckCounts count_verdicts(const Facts& facts) {
  const auto count = [&](Verdict verdict) {
    return static_cast<std::size_t>(std::ranges::count(facts, verdict, &Fact::verdict));
  };
  return {count(Verdict::fail), count(Verdict::warn), count(Verdict::not_asked)};
}

std::string check_text(const Facts& facts, bool coloured) {
  std::size_t name_columns = 0;
  for (const Fact& fact : facts) name_columns = std::max(name_columns, fact.name.size());
  std::string text;
  for (const Fact& fact : facts) text += fact_line(fact, name_columns, coloured);
  return text + summary(count_verdicts(facts));
}

Json check_json(const CheckSubject& subject, const Facts& facts) {
  const CheckCounts counts = count_verdicts(facts);
  Json list = Json::array();
  for (const Fact& fact : facts) {
    list.push_back({{"name", fact.name},
                    {"verdict", word_of(fact.verdict).json},
                    {"text", fact.text},
                    {"remedy", fact.remedy.empty() ? Json() : Json(fact.remedy)}});
  }
  return {{"cluster", subject.cluster},   {"store", subject.store},
          {"good", counts.failures == 0}, {"failures", counts.failures},
          {"warnings", counts.warnings},  {"not_asked", counts.not_asked},
          {"facts", std::move(list)}};
}

}  // namespace walden

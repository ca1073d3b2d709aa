#include "basebackup/server_sentences.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/program/human.h"

namespace walden {
namespace {

// JSON takes no half of a UTF-8 character.
std::string cut(const std::string& sentence) {
  if (sentence.size() <= kMaxServerSentence) return sentence;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  std::size_t end = kMaxServerSentence;
  while (end > 0 && continues(sentence[end])) --end;
  return sentence.substr(0, end);
}

}  // namespace

std::vector<std::string> bounded_sentences(const std::vector<std::string>& sentences) {
  const std::size_t kept = std::min(sentences.size(), kMaxServerSentences);
  std::vector<std::string> bounded;
  for (std::size_t i = 0; i < kept; ++i) bounded.push_back(cut(sentences[i]));
  if (kept < sentences.size()) {
    bounded.push_back(fmt::format("and {} more", human_count(sentences.size() - kept)));
  }
  return bounded;
}

}  // namespace walden

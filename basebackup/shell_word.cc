#include "basebackup/shell_word.h"

#include <algorithm>
#include <string_view>

namespace walden {
namespace {

// By name rather than isalnum: what is a letter depends on the locale.
constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:,@=";

bool is_plain(char c) {
  return kPlain.find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_word(const std::string& text) {
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string shell_arguments(const std::vector<std::string>& arguments) {
  std::string text;
  for (const auto& argument : arguments) text += " " + shell_word(argument);
  return text;
}

}  // namespace walden

#include "common/store/shell_words.h"

namespace walden {
namespace {

constexpr char kNoQuote = '\0';

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class Splitter {
 public:
  void take(char c) {
    if (escaped_) {
      take_escaped(c);
    } else if (c == '\\' && quote_ != '\'') {
      escaped_ = in_word_ = true;
    } else if (quote_ != kNoQuote) {
      if (c == quote_) {
        quote_ = kNoQuote;
      } else {
        word_.push_back(c);
      }
    } else if (c == '\'' || c == '"') {
      quote_ = c;
      in_word_ = true;
    } else if (is_blank(c)) {
      end_word();
    } else {
      word_.push_back(c);
      in_word_ = true;
    }
  }
  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }
  [[nodiscard]] bool unfinished() const { return escaped_ || quote_ != kNoQuote; }
  [[nodiscard]] std::vector<std::string> words() { return std::move(words_); }

 private:
  void take_escaped(char c) {
    if (quote_ == '"' && c != '"' && c != '\\') word_.push_back('\\');
    word_.push_back(c);
    escaped_ = false;
  }

  std::vector<std::string> words_;
  std::string word_;
  bool in_word_ = false;
  bool escaped_ = false;
  char quote_ = kNoQuote;
};

}  // namespace

Result<std::vector<std::string>> split_shell_words(std::string_view text) {
  Splitter splitter;
  for (const char c : text) splitter.take(c);
  if (splitter.unfinished()) {
    return fail(ErrorKind::configuration, "a quotation in the command does not end");
  }
  splitter.end_word();
  return splitter.words();
}

}  // namespace walden

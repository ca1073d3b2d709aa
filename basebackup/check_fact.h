// What `basebackup check` says about one thing that must hold before the first night.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/error.h"

namespace walden {

// not_asked: it could not be found out, because of something that failed before it, or of rights
// that are missing. It counts neither as good nor as bad.
enum class Verdict { ok, warn, fail, not_asked };

struct Fact {
  std::string name;  // "archive_mode": PostgreSQL's own word where it has one
  Verdict verdict = Verdict::not_asked;
  std::string text;
  std::string remedy;  // a command or setting where there is one; empty for what is good
};

using Facts = std::vector<Fact>;

[[nodiscard]] Fact good(std::string_view name, std::string text);
[[nodiscard]] Fact warning(std::string_view name, std::string text, std::string remedy);
[[nodiscard]] Fact failing(std::string_view name, std::string text, std::string remedy);
[[nodiscard]] Fact failing(std::string_view name, const Error& error);
// "not asked: <why>"
[[nodiscard]] Fact not_asked(std::string_view name, std::string_view why, std::string remedy = {});

void append(Facts& facts, Facts more);

}  // namespace walden

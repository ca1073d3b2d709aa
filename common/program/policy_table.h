// A table of walden.toml, key by key: what was not asked for in the end is not known.
#pragma once

#include <chrono>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "common/program/toml.h"

namespace walden {

class PolicyTable {
 public:
  // `name` is what stands in front of a key in messages: "objectives." or nothing. Both references
  // must outlive it.
  PolicyTable(const toml::table& table, std::string name, const std::filesystem::path& file)
      : table_(table), name_(std::move(name)), file_(file) {}

  // Each leaves `value` alone where the key is not there, and keeps the first error.
  void text(std::string_view key, std::string& value);
  void path(std::string_view key, std::string& value);  // relative to the file's folder
  void texts(std::string_view key, std::vector<std::string>& value);
  void duration(std::string_view key, std::chrono::seconds& value);  // with its unit
  void count(std::string_view key, unsigned& value,
             unsigned most = std::numeric_limits<int>::max());
  [[nodiscard]] const toml::table* table(std::string_view key);
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key);  // [[key]]
  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
  void ignore(std::string_view key) { asked_.emplace(key); }

  void refuse(std::string_view key, const std::string& what);

  // The first error; else an error for a key that nobody has asked for.
  [[nodiscard]] Result<> finish();

 private:
  [[nodiscard]] const toml::node* node(std::string_view key);

  const toml::table& table_;
  std::string name_;
  const std::filesystem::path& file_;
  std::set<std::string, std::less<>> asked_;
  Result<> first_error_;
};

}  // namespace walden

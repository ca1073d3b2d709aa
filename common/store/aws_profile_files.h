// ~/.aws/config and ~/.aws/credentials ("Configuration and credential file settings", AWS CLI user
// guide): sections of key = value, one section per profile.
//
// A profile is [profile NAME] or [default] in the first file, [NAME] in the second; what the second
// says goes before the first. Lines that begin with # or ; are comments, and so is what follows
// either after a blank. Keys do not distinguish case; the last of two wins. Lines that are further
// indented than the key above them belong to a nested section and are passed over, as are sections
// that are no profile ([services ...], [sso-session ...]).
//
// Holds secrets: what was read is wiped when the object goes, and its values live no longer.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/secret.h"
#include "common/store/aws_environment.h"

namespace walden {

class AwsProfile {
 public:
  // Empty when it is not there; `key` in lower case.
  [[nodiscard]] std::string_view value(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key) const { return std::string(value(key)); }
  [[nodiscard]] bool has(std::string_view key) const { return !value(key).empty(); }

 private:
  friend class AwsProfileFiles;
  std::map<std::string, std::string_view, std::less<>> values_;
};

// Where they are looked for, be they there or not; nothing without HOME.
struct AwsProfilePaths {
  std::string config;
  std::string credentials;
};
[[nodiscard]] AwsProfilePaths aws_profile_paths(const AwsEnvironment& environment);

class AwsProfileFiles {
 public:
  // AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else in $HOME/.aws. A file that is not there
  // is an empty one; ErrorKind::configuration for one that cannot be read or parsed.
  [[nodiscard]] static Result<AwsProfileFiles> read(const AwsEnvironment& environment);

  // Null when neither file has it.
  [[nodiscard]] const AwsProfile* find(std::string_view profile) const;
  // The same, but ErrorKind::configuration when it is not there.
  [[nodiscard]] Result<const AwsProfile*> get(std::string_view profile) const;
  // "/root/.aws/config and /root/.aws/credentials"; "~/.aws" when there is no HOME.
  [[nodiscard]] std::string where() const;

 private:
  using Profiles = std::map<std::string, AwsProfile, std::less<>>;
  enum class Dialect { config, credentials };
  [[nodiscard]] Result<Profiles> read_file(const std::string& path, Dialect dialect);
  [[nodiscard]] static Result<Profiles> parse(std::string_view content, Dialect dialect,
                                              const std::string& path);
  void overlay(const Profiles& credentials);

  std::vector<std::string> paths_;
  std::vector<Secret> contents_;
  Profiles profiles_;
};

struct ChosenProfile {
  std::string name;  // Walden's setting, AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default"
  bool named = false;
};
[[nodiscard]] ChosenProfile chosen_profile(const AwsEnvironment& environment);

// The chosen profile; null when none was named and there is no [default].
[[nodiscard]] Result<const AwsProfile*> find_chosen_profile(const AwsProfileFiles& files,
                                                            const AwsEnvironment& environment);

}  // namespace walden

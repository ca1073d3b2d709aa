#include "common/bytes/key_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/bytes/files.h"
#include "common/bytes/locked_key.h"
#include "common/bytes/new_file.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = 4096;

Result<std::size_t> check_file(const FileDescriptor& file, const fs::path& path) {
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return fail_errno("look at", path.string(), errno);
  const auto refuse = [&](std::string_view why, std::string remedy) {
    return fail(ErrorKind::configuration,
                fmt::format("cannot use key file {}: {}", path.string(), why), std::move(remedy));
  };
  if (!S_ISREG(facts.st_mode)) return refuse("it is not a regular file", "Give the file itself");
  if ((facts.st_mode & 077U) != 0) {
    return refuse(fmt::format("others may read it (mode {:04o})", facts.st_mode & 07777U),
                  "chmod 600 " + path.string() + "; if others did read it, make a new key");
  }
  if (static_cast<std::size_t>(facts.st_size) > kLargestFile) {
    return refuse("it is too large for one", "Give the file that basebackup keygen made");
  }
  return static_cast<std::size_t>(facts.st_size);
}

Result<Secret> read_privately(const fs::path& path) {
  const FileDescriptor file = TRY(open_for_reading(path));
  Secret content(TRY(check_file(file, path)));
  const std::size_t count = TRY(read_some(file.get(), content.writable(), path));
  return Secret::copy_of(content.view().first(count));
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = line.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

// The one line that is neither blank nor a comment; empty when there is none, or more than one.
std::string_view key_line(std::string_view content) {
  std::string_view found;
  while (!content.empty()) {
    const auto end = content.find('\n');
    const std::string_view line = trimmed(content.substr(0, end));
    content = end == std::string_view::npos ? std::string_view() : content.substr(end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (!found.empty()) return {};
    found = line;
  }
  return found;
}

Result<Secret> unlock(std::string_view line, const fs::path& path,
                      const PassphraseSource& passphrase) {
  if (passphrase) return unlock_key(line, TRY(passphrase(path)));
  return fail(ErrorKind::configuration,
              "it is locked, and there is nowhere to ask for its passphrase");
}

template <class Key>
Result<Key> parse_file(std::string_view content, const fs::path& path,
                       const PassphraseSource& passphrase) {
  const std::string_view line = key_line(content);
  if (line.empty()) {
    return fail(ErrorKind::configuration, "it does not hold exactly one key",
                "Give the file that basebackup keygen made");
  }
  if (!line.starts_with(kLockedKeyStart)) return Key::parse(line);
  const Secret text = TRY(unlock(line, path, passphrase));
  return Key::parse(text_of(text.view()));
}

template <class Key>
Result<Key> read_key(const fs::path& path, const PassphraseSource& passphrase) {
  const Secret content = TRY(read_privately(path));
  auto key = parse_file<Key>(text_of(content.view()), path, passphrase);
  if (key) return key;
  return std::unexpected(key.error().within("cannot use key file " + path.string()));
}

Result<> write_key(const fs::path& path, std::string_view comment, Secret text,
                   const Secret* passphrase) {
  if (passphrase != nullptr) text = TRY(lock_key(text.view(), *passphrase));
  NewFile file = TRY(NewFile::create(path, 0600));
  TRY(file.write(bytes_of(comment)));
  TRY(file.write(text.view()));
  TRY(file.write(bytes_of("\n")));
  return file.link_into_place();
}

}  // namespace

Result<SecretKey> read_secret_key(const fs::path& path, const PassphraseSource& passphrase) {
  return read_key<SecretKey>(path, passphrase);
}

Result<SigningKey> read_signing_key(const fs::path& path, const PassphraseSource& passphrase) {
  return read_key<SigningKey>(path, passphrase);
}

Result<> write_secret_key(const fs::path& path, const SecretKey& key, const Secret* passphrase) {
  return write_key(
      path,
      fmt::format("# Walden secret key. Opens what is sealed to its recipient:\n# {}\n",
                  key.recipient().to_text()),
      key.to_text(), passphrase);
}

Result<> write_signing_key(const fs::path& path, const SigningKey& key, const Secret* passphrase) {
  return write_key(path,
                   fmt::format("# Walden signing key. Its signer, for trusted_signers:\n# {}\n",
                               key.signer().to_text()),
                   key.to_text(), passphrase);
}

}  // namespace walden

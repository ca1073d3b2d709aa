#include "common/program/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/program/duration.h"

namespace walden {
namespace {

using Values = std::vector<std::string>;

std::unexpected<Error> refuse(std::string cause, std::string remedy = {}) {
  return fail(ErrorKind::configuration, std::move(cause), std::move(remedy));
}

template <auto member>
Result<> set_text(Configuration& configuration, const Values& values) {
  configuration.*member = values.front();
  return {};
}

template <auto member>
Result<> set_duration(Configuration& configuration, const Values& values) {
  configuration.*member = TRY(parse_duration(values.front()));
  return {};
}

template <auto member, int least, int most>
Result<> set_number(Configuration& configuration, const Values& values) {
  const std::string& text = values.front();
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return refuse(fmt::format("'{}' is not a whole number from {} to {}", text, least, most));
  }
  configuration.*member =
      static_cast<std::remove_reference_t<decltype(configuration.*member)>>(number);
  return {};
}

Result<> one_of(const std::string& value, std::initializer_list<std::string_view> choices) {
  if (std::ranges::find(choices, value) != choices.end()) return {};
  return refuse(fmt::format("'{}' is not one of: {}", value, fmt::join(choices, ", ")));
}

// Whatever is refused gets printed, into logs that many can read; a secret must not be.
Result<> refuse_secret(std::string_view text) {
  std::string start(text.substr(0, 24));
  std::ranges::transform(start, start.begin(), [](char c) {
    return c == '_' ? '-' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 32) : c;
  });
  if (!start.starts_with("WALDEN-SECRET-KEY") && !start.starts_with("WALDEN-SIGNING-KEY"))
    return {};
  return refuse("a secret key stands where a public key belongs",
                "Remove it; the public half is the comment in the key's own file.");
}

template <class Key>
Result<> check_keys(const Values& texts) {
  for (const auto& text : texts) {
    TRY(refuse_secret(text));
    TRY(Key::parse(text));
  }
  return {};
}

Result<> set_recipients(Configuration& configuration, const Values& values) {
  TRY(check_keys<Recipient>(values));
  if (values.size() > kMaxRecipients) {
    return refuse(
        fmt::format("{} recipients are more than the {} allowed", values.size(), kMaxRecipients));
  }
  configuration.recipients = values;
  return {};
}

Result<> set_trusted_signers(Configuration& configuration, const Values& values) {
  TRY(check_keys<SignerId>(values));
  configuration.trusted_signers = values;
  return {};
}

Result<> set_cipher(Configuration& configuration, const Values& values) {
  TRY(one_of(values.front(), {"aes-256-gcm", "chacha20-poly1305"}));
  configuration.cipher = values.front();
  return {};
}

Result<> set_worker(Configuration& configuration, const Values& values) {
  TRY(one_of(values.front(), {"on", "off"}));
  configuration.worker = values.front() == "on";
  return {};
}

Result<> set_standby_outage(Configuration& configuration, const Values& values) {
  TRY(one_of(values.front(), {"retry", "stop"}));
  configuration.standby_outage = values.front();
  return {};
}

Result<> set_s3_addressing(Configuration& configuration, const Values& values) {
  TRY(one_of(values.front(), {"auto", "path", "virtual"}));
  configuration.s3_addressing = values.front();
  return {};
}

Result<> set_s3_create(Configuration& configuration, const Values& values) {
  TRY(one_of(values.front(), {"conditional", "checked"}));
  configuration.s3_create = values.front();
  return {};
}

using enum SettingKind;
using C = Configuration;

constexpr std::array kSettings{
    Setting{"cluster", "--cluster", "WALDEN_CLUSTER", text, "The cluster's name in the store",
            set_text<&C::cluster>},
    Setting{"store", "--store", "WALDEN_STORE", text,
            "Where objects are kept: s3://bucket/prefix or file:///directory", set_text<&C::store>},
    Setting{"recipients", "--recipient", "WALDEN_RECIPIENTS", list,
            "Public key to seal to, may be repeated; none: not sealed", set_recipients},
    Setting{"key_file", "--key-file", "WALDEN_KEY_FILE", path,
            "Secret key that opens what is sealed", set_text<&C::key_file>},
    Setting{"passphrase_file", "--passphrase-file", "WALDEN_PASSPHRASE_FILE", path,
            "Passphrase of a locked key file", set_text<&C::passphrase_file>},
    Setting{"signing_key_file", "--signing-key-file", "WALDEN_SIGNING_KEY_FILE", path,
            "Key that signs what this host writes", set_text<&C::signing_key_file>},
    Setting{"trusted_signers", "--trusted-signer", "WALDEN_TRUSTED_SIGNERS", list,
            "Accept only objects that this key signed, may be repeated", set_trusted_signers},
    Setting{"cipher", "--cipher", "WALDEN_CIPHER", text,
            "aes-256-gcm (default) or chacha20-poly1305", set_cipher},
    Setting{"compression_level", "--compression-level", "WALDEN_COMPRESSION_LEVEL", number,
            "zstd level, 1 (default) to 19", set_number<&C::compression_level, 1, 19>},
    Setting{"threads", "--threads", "WALDEN_THREADS", number,
            "Threads at work, 0 (default): one per core, at most 8",
            set_number<&C::threads, 0, 64>},
    Setting{"worker", "--worker", "WALDEN_WORKER", text,
            "on (default): the first call starts a worker, in [WALDEN_WORKER_DIRECTORY]; or off",
            set_worker},
    Setting{"state_directory", "--state-directory", "WALDEN_STATE_DIRECTORY", path,
            "What this host remembers between runs, default /var/lib/walden, or the user's own",
            set_text<&C::state_directory>},
    Setting{"fetch_deadline", "--fetch-deadline", "WALDEN_FETCH_DEADLINE", duration,
            "How long wal-fetch tries before it stops recovery, default 60s",
            set_duration<&C::fetch_deadline>},
    Setting{"standby_deadline", "--standby-deadline", "WALDEN_STANDBY_DEADLINE", duration,
            "The same on a standby, default 10s", set_duration<&C::standby_deadline>},
    Setting{"standby_outage", "--standby-outage", "WALDEN_STANDBY_OUTAGE", text,
            "After that: retry (default; PostgreSQL asks again) or stop the standby",
            set_standby_outage},
    Setting{"s3_endpoint", "--s3-endpoint", "WALDEN_S3_ENDPOINT", text,
            "The S3 server, https://host[:port]; default AWS_ENDPOINT_URL, then Amazon's own",
            set_text<&C::s3_endpoint>},
    Setting{"s3_region", "--s3-region", "WALDEN_S3_REGION", text,
            "The bucket's region; default AWS_REGION, then us-east-1", set_text<&C::s3_region>},
    Setting{"s3_profile", "--s3-profile", "WALDEN_S3_PROFILE", text,
            "Profile of ~/.aws/config; default AWS_PROFILE", set_text<&C::s3_profile>},
    Setting{"s3_ca_file", "--s3-ca-file", "WALDEN_S3_CA_FILE", path,
            "CA that signed the server's certificate; default AWS_CA_BUNDLE, then the system's",
            set_text<&C::s3_ca_file>},
    Setting{"s3_addressing", "--s3-addressing", "WALDEN_S3_ADDRESSING", text,
            "How the bucket is named: auto (default), path or virtual (host)", set_s3_addressing},
    Setting{"s3_create", "--s3-create", "WALDEN_S3_CREATE", text,
            "conditional (default), or checked for servers that ignore If-None-Match",
            set_s3_create},
};

}  // namespace

std::span<const Setting> settings() {
  return kSettings;
}

const Setting* find_setting(std::string_view key) {
  const auto found = std::ranges::find(kSettings, key, &Setting::key);
  return found == kSettings.end() ? nullptr : &*found;
}

std::string resolved(const Setting& setting, const std::string& value,
                     const std::filesystem::path& base) {
  if (setting.kind != SettingKind::path || value.empty()) return value;
  return (base / value).lexically_normal().string();
}

}  // namespace walden

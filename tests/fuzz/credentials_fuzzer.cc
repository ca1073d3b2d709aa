// What credentials are read from: AWS's profile files, the JSON of services and helper programs,
// the XML of STS, command lines, tokens; and Walden's own keys and key files.
//
// input: what | content (profile files: config as a field, then credentials)
#include <algorithm>

#include "common/bytes/key_file.h"
#include "common/store/aws_profile_files.h"
#include "common/store/credentials_answer.h"
#include "common/store/iso_time.h"
#include "common/store/shell_words.h"
#include "common/store/sts_answer.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace walden::testing {
namespace {

void check(const Result<AwsCredentials>& credentials, bool limited) {
  if (!credentials) {
    must(!credentials.error().cause.empty(), "a refusal says why");
    return;
  }
  must(fits_a_header(credentials->access_key_id), "no key breaks out of its header");
  must(fits_a_header(text_of(credentials->session_token.view())), "nor does a token");
  must(!credentials->access_key_id.empty() && credentials->secret_access_key.size() > 0,
       "there is a key");
  must(!limited || (credentials->expires && credentials->session_token.size() > 0),
       "what is for a limited time says so");
}

void read_profiles(Input& input) {
  const MemoryFile config(input.field());
  const MemoryFile credentials(input.rest());
  const AwsEnvironment environment{.variable = [&](const std::string& name) -> std::string {
                                     if (name == "AWS_CONFIG_FILE") return config.path();
                                     if (name == "AWS_SHARED_CREDENTIALS_FILE") {
                                       return credentials.path();
                                     }
                                     return {};
                                   },
                                   .profile = {},
                                   .ca_file = {}};
  const auto files = AwsProfileFiles::read(environment);
  if (!files) return;
  for (const char* name : {"default", "backup"}) {
    const AwsProfile* profile = files->find(name);
    if (profile == nullptr) continue;
    for (const char* key : {"aws_access_key_id", "region", "credential_process"}) {
      const std::string_view value = profile->value(key);
      must(!value.contains('\n'), "a value is of one line");
      (void)split_shell_words(value);
    }
  }
  (void)read_aws_defaults(environment);
}

template <class Key>
void read_key_text(std::string_view text) {
  const auto key = Key::parse(text);
  if (!key) return;
  const auto again = Key::parse(key->to_text());
  must(again && *again == *key, "a key reads as it is written");
}

void read_keys(ByteView content) {
  read_key_text<Recipient>(text_of(content));
  read_key_text<SignerId>(text_of(content));
  const MemoryFile file(content);
  // argon2id would take all the time there is: a locked file is read up to its passphrase.
  const auto nobody = [](const std::filesystem::path&) -> Result<Secret> {
    return fail(ErrorKind::configuration, "nobody is there");
  };
  if (const auto key = read_secret_key(file.path(), nobody)) {
    const auto again = SecretKey::parse(text_of(key->to_text().view()));
    must(again && again->recipient() == key->recipient(), "a secret key reads as it is written");
  }
  (void)read_signing_key(file.path(), nobody);
  if (const auto token = read_token_file(file.path())) {
    must(fits_a_header(text_of(token->view())) && token->size() > 0, "a token fits its header");
  }
}

void run(Input input) {
  const unsigned what = input.byte() % 5;
  if (what == 0) return read_profiles(input);
  const ByteView content = input.rest();
  if (what == 1) return check(parse_service_credentials(content), true);
  if (what == 2) return check(parse_process_credentials(content), false);
  if (what == 3) return read_keys(content);
  (void)split_shell_words(text_of(content));
  (void)parse_iso_time(text_of(content));
  (void)error_code(text_of(content));
  for (const int status : {200, 400}) {
    HttpResponse response{.status = status, .headers = {}, .body = Secret::copy_of(content)};
    check(parse_sts_answer(response, "AssumeRole", {"s3cr3t"}), true);
  }
}

}  // namespace
}  // namespace walden::testing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walden::testing::run({data, size});
  return 0;
}

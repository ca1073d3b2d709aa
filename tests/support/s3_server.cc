#include "tests/support/s3_server.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <stdexcept>
#include <vector>

#include "common/bytes/sha256.h"
#include "common/store/s3_listing.h"

namespace walden::testing {
namespace {

using Lines = std::map<std::string, std::string>;

std::filesystem::path handover_file() {
  constexpr std::string_view kOfStore = "s3:";
  if (const char* chosen = std::getenv("WALDEN_TEST_S3")) return chosen;
  const char* const store = std::getenv("WALDEN_TEST_STORE");
  const std::string_view place = store == nullptr ? "" : store;
  return place.starts_with(kOfStore) ? place.substr(kOfStore.size()) : WALDEN_S3_HANDOVER;
}

Lines read_handover() {
  Lines lines;
  std::ifstream file(handover_file());
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) lines[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return lines;
}

S3Server read_server() {
  if (const auto missing = s3_is_missing()) throw std::runtime_error(*missing);
  Lines lines = read_handover();
  return {.endpoint = lines["endpoint"],
          .tls_endpoint = lines["tls_endpoint"],
          .ca_file = lines["ca_file"],
          .region = lines["region"],
          .owner = {lines["access_key"], lines["secret_key"]},
          .stranger = {lines["stranger_access_key"], lines["stranger_secret_key"]},
          .stranger_arn = lines["stranger_arn"],
          .lists_uploads = lines["lists_uploads"] != "no"};
}

std::string random_name() {
  std::random_device device;
  return fmt::format("walden-{:08x}{:08x}", device(), device());
}

}  // namespace

std::optional<std::string> s3_is_missing() {
  Lines lines = read_handover();
  if (!lines["endpoint"].empty()) return std::nullopt;
  if (!lines["missing"].empty()) return lines["missing"];
  return "no S3 server: " + handover_file().string() +
         " is not there (ctest makes it; by hand: tests/support/ceph-gateway start)";
}

const S3Server& s3_server() {
  static const S3Server server = read_server();
  return server;
}

S3Variables s3_variables(const std::string& endpoint, const S3Keys& keys) {
  S3Variables variables = {
      {"AWS_ENDPOINT_URL_S3", endpoint},          {"AWS_ACCESS_KEY_ID", keys.access_key},
      {"AWS_SECRET_ACCESS_KEY", keys.secret_key}, {"AWS_REGION", s3_server().region},
      {"AWS_CONFIG_FILE", "/dev/null"},           {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}};
  if (endpoint.starts_with("https:")) variables["AWS_CA_BUNDLE"] = s3_server().ca_file;
  return variables;
}

void set_s3_variables(const S3Variables& variables) {
  std::vector<std::string> inherited;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with("AWS_")) inherited.emplace_back(text.substr(0, text.find('=')));
  }
  for (const std::string& name : inherited) ::unsetenv(name.c_str());
  for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
}

S3Bucket::S3Bucket() : name_(random_name()) {
  must_send("PUT", "");
}

S3Bucket::~S3Bucket() {
  try {
    empty();
  } catch (const std::exception& error) {
    fmt::print(stderr, "bucket {} is left as it is: {}\n", name_, error.what());
  }
}

void S3Bucket::empty() const {
  for (;;) {
    const auto page =
        parse_page(must_send("GET", "", {{"list-type", "2"}, {"encoding-type", "url"}}));
    if (!page) throw std::runtime_error(page.error().cause);
    for (const ObjectEntry& object : page->entries) must_send("DELETE", object.name);
    if (page->next.empty() || page->entries.empty()) return;
  }
}

std::string S3Bucket::url(const std::string& prefix) const {
  return prefix.empty() ? "s3://" + name_ : "s3://" + name_ + "/" + prefix;
}

HttpResponse S3Bucket::send(const std::string& method, const std::string& key,
                            const QueryParameters& query, std::string_view body) const {
  const S3Server& server = s3_server();
  const std::string path =
      "/" + name_ + (key.empty() ? "" : "/" + uri_encode(key, /*keep_slashes=*/true));
  RequestToSign to_sign;
  to_sign.method = method;
  to_sign.host = server.endpoint.substr(server.endpoint.find("//") + 2);
  to_sign.path = path;
  to_sign.query = query;
  to_sign.payload_sha256 = to_hex(Sha256::of(bytes_of(body)));
  AwsCredentials credentials;
  credentials.access_key_id = server.owner.access_key;
  credentials.secret_access_key = Secret::copy_of(bytes_of(server.owner.secret_key));
  const SigningScope scope{server.region, "s3", std::chrono::system_clock::now()};

  HttpRequest request;
  request.method = method;
  request.url = server.endpoint + path;
  if (!query.empty()) request.url += "?" + canonical_query(query);
  request.headers = sign(to_sign, scope, credentials);
  request.body = bytes_of(body);
  request.limits.body = 256U << 20U;  // whole objects of the tests
  HttpClient client;
  auto response = client.perform(request);
  if (!response) throw std::runtime_error(method + " " + path + ": " + response.error().cause);
  return std::move(*response);
}

std::string S3Bucket::must_send(const std::string& method, const std::string& key,
                                const QueryParameters& query, std::string_view body) const {
  const HttpResponse response = send(method, key, query, body);
  std::string text(response.text());
  if (response.status / 100 != 2) {
    throw std::runtime_error(
        fmt::format("{} {}/{}: {} {}", method, name_, key, response.status, text));
  }
  return text;
}

}  // namespace walden::testing

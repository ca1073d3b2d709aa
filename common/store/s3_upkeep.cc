// What is asked of a bucket now and then: its promises, and what interrupted uploads left behind.
#include <curl/curl.h>
#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <pugixml.hpp>

#include "common/store/s3_listing.h"
#include "common/store/s3_shared.h"
#include "common/store/s3_upload.h"

namespace walden {
namespace {

using Answer = S3Facts::Answer;

constexpr std::string_view kProbe = "walden-probe";
constexpr int kMostPagesOfKey = 100;

Answer state_of(const Result<S3Answer>& answer, const char* root, const char* element) {
  if (!answer) return Answer::unknown;
  if (answer->response.status != 200) return Answer::no;  // never configured: a refusal
  pugi::xml_document document;
  const std::string_view text = answer->response.text();
  if (!document.load_buffer(text.data(), text.size())) return Answer::unknown;
  if (!document.child(root)) return Answer::unknown;
  const std::string_view value = document.child(root).child_value(element);
  return value == "Enabled" ? Answer::yes : Answer::no;
}

std::optional<std::chrono::seconds> skew_of(const HttpResponse& response) {
  const auto date = response.header("date");
  const std::time_t server = date ? curl_getdate(std::string(*date).c_str(), nullptr) : -1;
  if (server < 0) return std::nullopt;
  return std::chrono::seconds(std::time(nullptr) - server);
}

struct UploadPage {
  std::vector<InterruptedUpload> uploads;
  std::string next_key;
  std::string next_id;
  bool more = false;
};

Result<UploadPage> parse_uploads(std::string_view xml) {
  pugi::xml_document document;
  document.load_buffer(xml.data(), xml.size());
  const pugi::xml_node root = document.child("ListMultipartUploadsResult");
  if (!root) return fail(ErrorKind::transient, "the answer to ListMultipartUploads is no listing");
  UploadPage page;
  for (const pugi::xml_node node : root.children("Upload")) {
    page.uploads.push_back({node.child_value("Key"), node.child_value("UploadId"),
                            parse_s3_time(node.child_value("Initiated"))});
  }
  page.next_key = root.child_value("NextKeyMarker");
  page.next_id = root.child_value("NextUploadIdMarker");
  page.more = std::string_view(root.child_value("IsTruncated")) == "true";
  return page;
}

}  // namespace

Result<bool> S3Store::refuses_to_overwrite() {
  const S3Request put{.operation = "PutObject",
                      .method = "PUT",
                      .key = shared_->key(kProbe),
                      .headers = {{"if-none-match", "*"}},
                      .answers = {412, 501},
                      .etag = true};
  auto answer = shared_->client.perform(put);  // may find the probe of another day
  if (answer && answer->response.status == 200) answer = shared_->client.perform(put);
  if (!answer && answer.error().kind == ErrorKind::denied) return refuses_by_rights(put);
  if (!answer) return std::unexpected(std::move(answer).error());
  if (answer->response.status != 501) return answer->response.status == 412;
  S3Request plain = put;  // the condition is unknown there: may these credentials write at all?
  plain.headers.clear();
  TRY(shared_->client.perform(plain));
  return false;
}

// Where overwriting takes the right to delete, which a writer has not, a denial is a refusal too.
// Of what these credentials have just stored themselves: else it says that they may not write.
Result<bool> S3Store::refuses_by_rights(S3Request put) {
  std::array<std::uint8_t, 8> random{};
  randombytes_buf(random.data(), random.size());
  put.key = shared_->key(fmt::format("{}-{}", kProbe, to_hex(random)));
  TRY(shared_->client.perform(put));
  const auto again = shared_->client.perform(put);
  if (!again && again.error().kind != ErrorKind::denied) return std::unexpected(again.error());
  return !again || again->response.status == 412;
}

// A single part may be as small as it likes. With S3's answers to a condition that fails: refused,
// and the upload is still there.
Result<bool> S3Store::refuses_to_overwrite_in_parts() {
  const std::string key = shared_->key(kProbe);
  TRY(read_head(shared_->client, key));  // else there would be nothing to refuse
  S3Store::S3Upload upload(shared_, kProbe);
  return upload.is_refused_in_parts();
}

Result<S3Facts> S3Store::facts() {
  S3Facts facts;
  const auto begun = std::chrono::steady_clock::now();
  const auto listed = TRY(shared_->client.perform(
      {.operation = "ListObjectsV2",
       .query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", shared_->prefix}},
       .root = "ListBucketResult"}));
  facts.answered_in = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begun);
  facts.clock_skew = skew_of(listed.response);
  facts.versioning = state_of(shared_->client.perform({.operation = "GetBucketVersioning",
                                                       .query = {{"versioning", ""}},
                                                       .answers = {404, 501}}),
                              "VersioningConfiguration", "Status");
  facts.object_lock = state_of(shared_->client.perform({.operation = "GetObjectLockConfiguration",
                                                        .query = {{"object-lock", ""}},
                                                        .answers = {404, 501}}),
                               "ObjectLockConfiguration", "ObjectLockEnabled");
  // An object that was never there: who may delete it may delete the others.
  const auto removed =
      shared_->client.perform({.operation = "DeleteObject",
                               .method = "DELETE",
                               .key = shared_->key(fmt::format("{}-delete", kProbe)),
                               .answers = {404}});
  if (removed) facts.may_delete = Answer::yes;
  if (!removed && removed.error().kind == ErrorKind::denied) facts.may_delete = Answer::no;
  return facts;
}

Result<std::vector<InterruptedUpload>> S3Store::interrupted_uploads(std::string_view prefix) {
  std::vector<InterruptedUpload> found;
  UploadPage page;
  int pages_of_key = 0;
  do {
    S3Request request{.operation = "ListMultipartUploads",
                      .query = {{"uploads", ""}, {"prefix", shared_->key(prefix)}},
                      .root = "ListMultipartUploadsResult"};
    if (page.more) {
      request.query.emplace_back("key-marker", page.next_key);
      request.query.emplace_back("upload-id-marker", page.next_id);
    }
    const auto answer = TRY(shared_->client.perform(request));
    const std::string last = page.next_key;
    page = TRY(parse_uploads(answer.response.text()));
    // Several uploads may be of one key, but not endlessly many.
    pages_of_key = page.next_key == last ? pages_of_key + 1 : 0;
    if (page.more && (page.next_key < last || pages_of_key > kMostPagesOfKey)) {
      return fail(ErrorKind::transient, "the list of interrupted uploads does not end");
    }
    for (InterruptedUpload& upload : page.uploads) {
      if (!upload.name.starts_with(shared_->key(prefix))) continue;
      upload.name.erase(0, shared_->prefix.size());
      found.push_back(std::move(upload));
    }
  } while (page.more);
  return found;
}

std::int64_t S3Store::time() const {
  return std::chrono::system_clock::to_time_t(shared_->client.server_time());
}

Result<> S3Store::abort_upload(const InterruptedUpload& upload) {
  TRY(shared_->client.perform({.operation = "AbortMultipartUpload",
                               .method = "DELETE",
                               .key = shared_->key(upload.name),
                               .query = {{"uploadId", upload.upload_id}},
                               .answers = {404}}));
  return {};
}

}  // namespace walden

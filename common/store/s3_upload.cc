#include "common/store/s3_upload.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "common/bytes/sha256.h"

namespace walden {
namespace {

constexpr std::size_t kLongestUploadId = 1024;

std::string random_word() {
  std::array<std::uint8_t, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return to_hex(bytes);
}

std::string sha256_hex(ByteView bytes) {
  Sha256 sha256;
  sha256.update(bytes);
  return to_hex(sha256.finish());
}

Result<std::string> upload_id_of(std::string_view xml) {
  pugi::xml_document document;
  document.load_buffer(xml.data(), xml.size());
  std::string id = document.child("InitiateMultipartUploadResult").child_value("UploadId");
  if (id.empty() || id.size() > kLongestUploadId) {
    return fail(ErrorKind::transient, "the answer to CreateMultipartUpload names no upload");
  }
  return id;
}

std::string completion_document(const std::vector<std::string>& etags) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("CompleteMultipartUpload");
  for (std::size_t i = 0; i < etags.size(); ++i) {
    pugi::xml_node part = root.append_child("Part");
    part.append_child("PartNumber").text().set(static_cast<unsigned>(i + 1));
    part.append_child("ETag").text().set(etags[i].c_str());
  }
  struct Text final : pugi::xml_writer {
    void write(const void* data, std::size_t size) override {
      text.append(static_cast<const char*>(data), size);
    }
    std::string text;
  } writer;
  document.save(writer, "", pugi::format_raw);
  return std::move(writer.text);
}

}  // namespace

S3Store::S3Upload::S3Upload(std::shared_ptr<Shared> shared, std::string_view name)
    : shared_(std::move(shared)), name_(name), key_(shared_->key(name)), writer_(random_word()) {}

S3Store::S3Upload::~S3Upload() {
  cancelled_ = true;
  for (PartInFlight& part : in_flight_) part.wait();
  if (!upload_id_.empty()) abort();
}

Result<> S3Store::S3Upload::write(ByteView bytes) {
  if (failure_) return std::unexpected(*failure_);
  auto taken = take(bytes);
  if (!taken) failure_ = taken.error();
  return taken;
}

Result<> S3Store::S3Upload::take(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t size = s3_part_size(parts_begun_ + 1);
    // Not before there is more to come: what just fits goes out in one request.
    if (part_.size() == size) {
      TRY(send_part());
      continue;
    }
    part_.reserve(size);  // address space, not memory: pages come as they are written
    const ByteView taken = bytes.first(std::min(bytes.size(), size - part_.size()));
    part_.insert(part_.end(), taken.begin(), taken.end());
    bytes = bytes.subspan(taken.size());
  }
  return {};
}

Result<> S3Store::S3Upload::commit() {
  if (failure_) return std::unexpected(*failure_);
  auto committed = upload_id_.empty() ? put_whole() : complete();
  if (!committed) failure_ = committed.error();
  return committed;
}

std::vector<HttpHeader> S3Store::S3Upload::creation_headers() const {
  std::vector<HttpHeader> headers{{std::string(kWriterHeader), writer_}};
  if (shared_->create == S3Create::conditional) headers.push_back({"if-none-match", "*"});
  return headers;
}

Result<> S3Store::S3Upload::put_whole() {
  if (shared_->create == S3Create::checked) TRY(refuse_if_taken());
  const auto put = TRY(shared_->client.perform({.operation = "PutObject",
                                                .method = "PUT",
                                                .key = key_,
                                                .headers = creation_headers(),
                                                .body = part_,
                                                .body_sha256 = sha256_hex(part_),
                                                .answers = {412},
                                                .etag = true}));
  return put.response.status == 412 ? settle_refusal() : Result<>();
}

Result<> S3Store::S3Upload::begin_multipart() {
  const auto begun =
      TRY(shared_->client.perform({.operation = "CreateMultipartUpload",
                                   .method = "POST",
                                   .key = key_,
                                   .query = {{"uploads", ""}},
                                   .headers = {{std::string(kWriterHeader), writer_}},
                                   .root = "InitiateMultipartUploadResult"}));
  upload_id_ = TRY(upload_id_of(begun.response.text()));
  return {};
}

Result<> S3Store::S3Upload::send_part() {
  if (upload_id_.empty()) TRY(begin_multipart());
  if (in_flight_.size() == kS3PartsInFlight) TRY(await_oldest());
  const int number = ++parts_begun_;
  in_flight_.push_back(
      std::async(std::launch::async, [this, number, content = std::exchange(part_, {})]() mutable {
        return put_part(number, std::move(content));
      }));
  return {};
}

// On a thread of its own, which the destructor waits for. It throws nothing: a future that throws
// has no state any more, and cannot be waited for again.
Result<S3Store::S3Upload::PartDone> S3Store::S3Upload::put_part(int number, Buffer content) const {
  try {
    const auto sent = TRY(shared_->client.perform(
        {.operation = "UploadPart",
         .method = "PUT",
         .key = key_,
         .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id_}},
         .body = content,
         .body_sha256 = sha256_hex(content),
         .etag = true,
         .cancel = &cancelled_}));
    content.clear();
    return PartDone{std::string(sent.response.header("etag").value_or("")), std::move(content)};
  } catch (const std::exception& error) {
    return fail(ErrorKind::local_io,
                fmt::format("cannot send a part of {}: {}", name_, error.what()));
  }
}

Result<> S3Store::S3Upload::await_oldest() {
  PartInFlight oldest = std::move(in_flight_.front());
  in_flight_.erase(in_flight_.begin());
  auto done = oldest.get();
  if (!done && done.error().kind == ErrorKind::absent) return is_gone();
  if (!done) return std::unexpected(std::move(done).error());
  etags_.push_back(std::move(done->etag));
  if (part_.capacity() == 0) part_ = std::move(done->buffer);
  return {};
}

Result<S3Answer> S3Store::S3Upload::send_completion() {
  const std::string document = completion_document(etags_);
  std::vector<HttpHeader> headers{{"content-type", "application/xml"}};
  if (shared_->create == S3Create::conditional) headers.push_back({"if-none-match", "*"});
  return shared_->client.perform({.operation = "CompleteMultipartUpload",
                                  .method = "POST",
                                  .key = key_,
                                  .query = {{"uploadId", upload_id_}},
                                  .headers = headers,
                                  .body = bytes_of(document),
                                  .body_sha256 = sha256_hex(bytes_of(document)),
                                  .answers = {404, 412},
                                  .root = "CompleteMultipartUploadResult",
                                  .slow = true});
}

Result<> S3Store::S3Upload::complete() {
  if (!part_.empty()) TRY(send_part());
  while (!in_flight_.empty()) TRY(await_oldest());
  // Not every server heeds the condition here, and the parts are already there: one look more.
  TRY(refuse_if_taken());
  const auto completed = TRY(send_completion());
  const bool refused = completed.response.status >= 400;
  // A 404 may speak of the bucket instead of the upload.
  if (refused && completed.fault.kind() == ErrorKind::configuration) {
    return std::unexpected(completed.fault.error("CompleteMultipartUpload")
                               .within(shared_->client.location().describe()));
  }
  if (refused) TRY(settle_refusal());
  upload_id_.clear();
  return {};
}

Result<bool> S3Store::S3Upload::is_refused_in_parts() {
  part_.assign(1, std::uint8_t{'\n'});
  TRY(send_part());
  TRY(await_oldest());
  const auto completed = send_completion();
  if (completed && completed->response.status < 300) upload_id_.clear();
  if (completed && completed->response.status == 404) return is_gone();
  if (completed) return completed->response.status == 412;
  // Where overwriting takes a right that a writer has not, a denial is a refusal too.
  if (completed.error().kind == ErrorKind::denied) return true;
  return std::unexpected(completed.error());
}

Result<> S3Store::S3Upload::refuse_if_taken() const {
  const auto there = read_head(shared_->client, key_);
  if (there) {
    return fail(ErrorKind::exists,
                fmt::format("{}: {} exists already", shared_->client.location().describe(), name_));
  }
  if (there.error().kind == ErrorKind::absent) return {};
  return std::unexpected(there.error());
}

// A refusal may speak of what this very upload has stored, when the answer to that was lost: to the
// client, or to libcurl, which sends a request again by itself when a kept connection was closed.
Result<> S3Store::S3Upload::settle_refusal() const {
  const std::string store = shared_->client.location().describe();
  const auto there = read_head(shared_->client, key_);
  if (there && there->writer == writer_) return {};
  if (there) {
    return fail(ErrorKind::exists, fmt::format("{}: {} exists already", store, name_));
  }
  if (there.error().kind != ErrorKind::absent) return std::unexpected(there.error());
  return is_gone();
}

std::unexpected<Error> S3Store::S3Upload::is_gone() const {
  return fail(ErrorKind::transient,
              fmt::format("{}: the upload of {} is gone from the server",
                          shared_->client.location().describe(), name_),
              "A rule of the bucket may have removed it; it is made anew at the next try.");
}

// Best effort, of a failure that is being reported: what is left is found by interrupted_uploads().
void S3Store::S3Upload::abort() noexcept {
  try {
    (void)shared_->client.perform({.operation = "AbortMultipartUpload",
                                   .method = "DELETE",
                                   .key = key_,
                                   .query = {{"uploadId", upload_id_}},
                                   .answers = {404},
                                   .brief = true});
  } catch (const std::exception&) {
    // Out of memory while undoing: the upload stays, costs money, and is found later.
  }
}

}  // namespace walden

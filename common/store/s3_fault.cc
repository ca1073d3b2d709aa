#include "common/store/s3_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <pugixml.hpp>

namespace walden {
namespace {

constexpr std::size_t kLongestWord = 200;
constexpr std::chrono::seconds kLongestRetryAfter{3600};

using Next = S3Fault::Next;

struct Meaning {
  std::string_view code;
  Next next;
  ErrorKind kind;
  std::string_view remedy;
};

constexpr std::string_view kCheckRights = "See the rights of these credentials: basebackup check";
constexpr std::string_view kCheckKeys =
    "See which credentials are in use, and whether they are for this server: basebackup check";
constexpr std::string_view kCheckBucket =
    "See the setting store, and s3_endpoint; a bucket is made with its provider's own tools";

// What the code says goes before what the status says.
constexpr std::array kMeanings{
    Meaning{"NoSuchKey", Next::give_up, ErrorKind::absent, ""},
    Meaning{"NoSuchUpload", Next::give_up, ErrorKind::absent, ""},
    Meaning{"ObjectLockConfigurationNotFoundError", Next::give_up, ErrorKind::absent, ""},
    Meaning{"NoSuchBucket", Next::give_up, ErrorKind::configuration, kCheckBucket},
    Meaning{"InvalidBucketName", Next::give_up, ErrorKind::configuration, kCheckBucket},
    Meaning{"AccessDenied", Next::give_up, ErrorKind::denied, kCheckRights},
    Meaning{"AllAccessDisabled", Next::give_up, ErrorKind::denied, kCheckRights},
    Meaning{"InvalidAccessKeyId", Next::give_up, ErrorKind::denied, kCheckKeys},
    Meaning{"SignatureDoesNotMatch", Next::give_up, ErrorKind::denied, kCheckKeys},
    Meaning{"ExpiredToken", Next::new_credentials, ErrorKind::denied, kCheckKeys},
    Meaning{"TokenRefreshRequired", Next::new_credentials, ErrorKind::denied, kCheckKeys},
    Meaning{"InvalidToken", Next::new_credentials, ErrorKind::denied, kCheckKeys},
    Meaning{"RequestTimeTooSkewed", Next::correct_clock, ErrorKind::configuration,
            "Set this host's clock: chronyc tracking, timedatectl"},
    Meaning{"RequestExpired", Next::correct_clock, ErrorKind::configuration,
            "Set this host's clock: chronyc tracking, timedatectl"},
    Meaning{"PermanentRedirect", Next::other_region, ErrorKind::configuration,
            "Set s3_region to the bucket's region"},
    Meaning{"TemporaryRedirect", Next::other_region, ErrorKind::configuration,
            "Set s3_region to the bucket's region"},
    Meaning{"AuthorizationHeaderMalformed", Next::other_region, ErrorKind::configuration,
            "Set s3_region to the bucket's region"},
    Meaning{"IllegalLocationConstraintException", Next::other_region, ErrorKind::configuration,
            "Set s3_region to the bucket's region"},
    Meaning{"InvalidRange", Next::give_up, ErrorKind::transient, ""},
    Meaning{"PreconditionFailed", Next::give_up, ErrorKind::exists, ""},
    Meaning{"ConditionalRequestConflict", Next::try_again, ErrorKind::transient, ""},
    Meaning{"OperationAborted", Next::try_again, ErrorKind::transient, ""},
    Meaning{"BadDigest", Next::try_again, ErrorKind::transient, ""},
    Meaning{"XAmzContentSHA256Mismatch", Next::try_again, ErrorKind::transient, ""},
    Meaning{"IncompleteBody", Next::try_again, ErrorKind::transient, ""},
    Meaning{"RequestTimeout", Next::try_again, ErrorKind::transient, ""},
    Meaning{"SlowDown", Next::try_slower, ErrorKind::transient, ""},
    Meaning{"SlowDownRead", Next::try_slower, ErrorKind::transient, ""},
    Meaning{"SlowDownWrite", Next::try_slower, ErrorKind::transient, ""},
    Meaning{"TooManyRequests", Next::try_slower, ErrorKind::transient, ""},
    Meaning{"RequestLimitExceeded", Next::try_slower, ErrorKind::transient, ""},
    Meaning{"NotImplemented", Next::give_up, ErrorKind::configuration,
            "This server may not know create-if-absent: see s3_create in docs/s3.md"},
};

constexpr std::string_view kCheckEndpoint =
    "See whether s3_endpoint is an S3 server, and nothing answers in its place: basebackup check";

// Without a code that is known. A bare 404 is no absence: any proxy on the way says it. A bare 416
// says as little of an object's size, and a 2xx that comes here is no S3 server's.
Meaning of_status(int status) {
  if (status == 412) return {"", Next::give_up, ErrorKind::exists, ""};
  if (status == 429 || status == 503) return {"", Next::try_slower, ErrorKind::transient, ""};
  if (status == 401 || status == 403) {
    return {"", Next::give_up, ErrorKind::denied, kCheckRights};
  }
  if (status == 301 || status == 307 || status == 308) {
    return {"", Next::other_region, ErrorKind::configuration, "Set s3_region and s3_endpoint"};
  }
  if (status == 501) return {"", Next::give_up, ErrorKind::configuration, ""};
  if ((status >= 200 && status < 300) || status == 404) {
    return {"", Next::try_again, ErrorKind::transient, kCheckEndpoint};
  }
  const bool try_again = status == 408 || status == 409 || status == 416 || status >= 500;
  if (try_again) return {"", Next::try_again, ErrorKind::transient, ""};
  return {"", Next::give_up, ErrorKind::configuration, kCheckEndpoint};
}

Meaning meaning_of(const S3Fault& fault) {
  const auto known = std::ranges::find(kMeanings, fault.code, &Meaning::code);
  if (known == kMeanings.end() || fault.code.empty()) return of_status(fault.status);
  // Absence is believed where status and code agree on it.
  if (known->kind == ErrorKind::absent && fault.status != 404) return of_status(fault.status);
  return *known;
}

// The server's words go into logs: one line, bounded, nothing that moves a terminal's cursor.
std::string printable(std::string_view text) {
  std::string line(text.substr(0, kLongestWord));
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return line;
}

// It becomes a part of a host's name.
bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::optional<std::chrono::seconds> retry_after(const HttpResponse& response) {
  const auto header = response.header("retry-after");
  if (!header) return std::nullopt;
  int seconds = 0;
  const auto [end, error] =
      std::from_chars(header->data(), header->data() + header->size(), seconds);
  if (error != std::errc() || end != header->data() + header->size() || seconds < 0) {
    return std::nullopt;  // the form with a date is not used by object stores
  }
  return std::min(std::chrono::seconds(seconds), kLongestRetryAfter);
}

}  // namespace

S3Fault::Next S3Fault::next() const {
  return meaning_of(*this).next;
}

bool S3Fault::asks_for_content_md5() const {
  return code == "InvalidRequest" && message.contains("Content-MD5");
}

ErrorKind S3Fault::kind() const {
  return meaning_of(*this).kind;
}

Error S3Fault::error(std::string_view operation) const {
  const Meaning meaning = meaning_of(*this);
  const bool no_answer = code.empty() && status >= 200 && status < 300;
  std::string_view words = message;
  if (no_answer) words = "what came is not an S3 server's answer";
  return {meaning.kind,
          fmt::format("{}{}{} for {}{}{}", status, code.empty() ? "" : " ", code, operation,
                      words.empty() ? "" : ": ", words),
          std::string(meaning.remedy)};
}

std::string root_of_document(std::string_view body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return {};
  return document.document_element().name();
}

S3Fault read_fault(const HttpResponse& response) {
  S3Fault fault{.status = response.status, .retry_after = retry_after(response)};
  if (const auto region = response.header("x-amz-bucket-region"); region && is_region(*region)) {
    fault.region = *region;
  }
  pugi::xml_document document;
  if (!document.load_buffer(response.text().data(), response.text().size())) return fault;
  const pugi::xml_node error = document.child("Error");
  fault.code = printable(error.child_value("Code"));
  fault.message = printable(error.child_value("Message"));
  if (fault.region.empty()) fault.region = printable(error.child_value("Region"));
  if (!is_region(fault.region)) fault.region.clear();
  return fault;
}

}  // namespace walden

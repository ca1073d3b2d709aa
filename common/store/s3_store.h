// Objects in a bucket of Amazon S3 or a server that speaks its language (URL s3://bucket/prefix).
//
// create: one PUT with If-None-Match for what fits into one part; for more, a multipart upload
// whose parts go out side by side while the next is filled, aborted when it is destroyed
// uncommitted. A refusal that our own lost answer caused is told from another writer's object by a
// random word that is sent along and stored with the object.
//
// read: one GET; when the body breaks off it goes on from the delivered offset, and If-Match holds
// it to the same object.
//
// list: pages of 1,000.
//
// Every operation retries (s3_retry.h) and has a deadline. Memory: kS3PartsInFlight + 1 parts per
// upload.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/store/store.h"

namespace walden {

enum class S3Addressing { automatic, path, virtual_host };
// conditional: the server refuses to overwrite (If-None-Match: *). checked: it is asked before, for
// servers that ignore the condition; two writers at the same moment are not told apart.
enum class S3Create { conditional, checked };

struct S3Options {
  std::string endpoint;  // http(s)://host[:port]; empty: the AWS variables, then Amazon's own
  std::string region;    // empty: the AWS variables and profile, then us-east-1 and the redirect
  std::string profile;
  std::string ca_file;
  S3Addressing addressing = S3Addressing::automatic;
  S3Create create = S3Create::conditional;
  // How long one operation goes on without any progress before its doubt is returned.
  std::chrono::seconds patience{60};
  // What a person should know although nothing failed, a sentence; from any thread. Each is said
  // once.
  std::function<void(const std::string& sentence)> say{};
};

inline constexpr std::size_t kS3PartSize = 20U << 20U;  // holds a sealed 16 MiB segment in one PUT
inline constexpr int kS3PartsInFlight = 3;

// The facts `basebackup init` and `basebackup check` ask for. Each is one or two requests.
struct S3Facts {
  enum class Answer { yes, no, unknown };
  Answer versioning = Answer::unknown;
  Answer object_lock = Answer::unknown;
  Answer may_delete = Answer::unknown;
  std::optional<std::chrono::milliseconds> answered_in;
  std::optional<std::chrono::seconds> clock_skew;  // this host's clock minus the server's
};

struct InterruptedUpload {
  std::string name;
  std::string upload_id;
  std::int64_t begun = 0;  // seconds since 1970
};

struct S3Location;
struct S3Request;
struct Clock;
class CredentialSource;

class S3Store final : public Store {
 public:
  // Nothing is contacted. ErrorKind::configuration for a URL that is none.
  [[nodiscard]] static Result<std::unique_ptr<S3Store>> open(std::string_view url,
                                                             const S3Options& options);
  // The same, of parts that a caller (or a test) has made.
  [[nodiscard]] static std::unique_ptr<S3Store> at(S3Location location,
                                                   std::unique_ptr<CredentialSource> credentials,
                                                   const S3Options& options, Clock clock);
  ~S3Store() override;

  [[nodiscard]] std::string describe() const override;
  // A bucket does not appear under a name where another was: no second look is needed.
  [[nodiscard]] bool may_be_unmounted() const override { return false; }
  [[nodiscard]] Result<std::unique_ptr<Upload>> create(std::string_view name) override;
  [[nodiscard]] Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override;
  [[nodiscard]] Result<ObjectEntry> stat(std::string_view name) override;
  [[nodiscard]] Result<> list(const ListRequest& request, const Visitor& visit) override;

  // Is create-if-absent honoured, for an object that goes out in one request? Creates
  // <prefix>walden-probe, empty, and leaves it there (a writer may not delete). An answer, be it
  // false, means that these credentials may write.
  [[nodiscard]] Result<bool> refuses_to_overwrite();
  // The same for one that goes out in parts; to be asked after the other has said yes. Overwrites
  // the probe where it is not.
  [[nodiscard]] Result<bool> refuses_to_overwrite_in_parts();
  [[nodiscard]] Result<S3Facts> facts();
  [[nodiscard]] std::string credentials() const;            // where they come from, for messages
  [[nodiscard]] bool credentials_from_environment() const;  // of this very process

  // Multipart uploads below `prefix` that were begun and neither completed nor aborted: they cost
  // money and are in no listing.
  [[nodiscard]] Result<std::vector<InterruptedUpload>> interrupted_uploads(std::string_view prefix);
  [[nodiscard]] Result<> abort_upload(const InterruptedUpload& upload);
  // By the server's clock, where ours is so far off that it had to be corrected: seconds since
  // 1970.
  [[nodiscard]] std::int64_t time() const;

 private:
  friend class S3Eraser;  // which no program that writes has
  struct Shared;
  class S3Upload;
  [[nodiscard]] Result<bool> refuses_by_rights(S3Request put);
  explicit S3Store(std::shared_ptr<Shared> shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace walden

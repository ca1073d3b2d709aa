#include "common/store/s3_eraser.h"

#include "common/store/object_error.h"
#include "common/store/s3_shared.h"

namespace walden {
namespace {

// What servers say that hold an object back although the credentials may delete.
bool is_held(const S3Answer& answer) {
  const S3Fault& fault = answer.fault;
  return fault.code == "ObjectLocked" || fault.code == "InvalidRetentionPeriod" ||
         fault.message.contains("WORM") || fault.message.contains("object lock") ||
         fault.message.contains("Object Lock") || fault.message.contains("legal hold") ||
         fault.message.contains("retention");
}

}  // namespace

Result<Erased> S3Eraser::erase(std::string_view name) {
  TRY(check_object_name(name));
  S3Store::Shared& shared = *store_->shared_;
  const auto answer = TRY(shared.client.perform({.operation = "DeleteObject",
                                                 .method = "DELETE",
                                                 .key = shared.key(name),
                                                 .answers = {400, 403, 404}}));
  const int status = answer.response.status;
  // 204 and no body, from whoever signs with a request's id: a proxy's page is no confirmation.
  if (status == 204) {
    const bool marked = answer.response.header("x-amz-delete-marker").value_or("") == "true";
    return marked ? Erased::hidden : Erased::gone;
  }
  if (status == 404 && answer.fault.kind() == ErrorKind::absent) return Erased::absent;
  if (is_held(answer)) return Erased::held;
  const Error error = status < 300
                          ? Error{ErrorKind::transient, "DeleteObject was not confirmed", ""}
                          : answer.fault.error("DeleteObject");
  return std::unexpected(error.within(store_->describe()).within(name));
}

}  // namespace walden

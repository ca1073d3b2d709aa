// `basebackup check`: what only a bucket has to answer.
#pragma once

#include <optional>

#include "basebackup/check_fact.h"
#include "common/store/s3_store.h"

namespace walden {

// Facts "create", "multipart", "rights", "credentials", "versioning", "object_lock" and "clock".
// Some fifteen requests; the object walden-probe is made and stays, since a writer may not delete.
// `create`: as it is configured.
[[nodiscard]] Facts check_s3(S3Store& store, S3Create create);

// The judgements, one by one. `refuses`: of S3Store::refuses_to_overwrite().
[[nodiscard]] Fact judge_create(const Result<bool>& refuses, S3Create configured);
// `refuses`: of S3Store::refuses_to_overwrite_in_parts().
[[nodiscard]] Fact judge_multipart(const Result<bool>& refuses);
[[nodiscard]] Fact judge_rights(bool may_write, S3Facts::Answer may_delete);
[[nodiscard]] Fact judge_versioning(S3Facts::Answer versioning);
[[nodiscard]] Fact judge_object_lock(S3Facts::Answer object_lock);
[[nodiscard]] Fact judge_clock(const std::optional<std::chrono::seconds>& skew);

}  // namespace walden

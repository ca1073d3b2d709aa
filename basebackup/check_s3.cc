#include "basebackup/check_s3.h"

#include <fmt/format.h>

#include "common/program/human.h"

namespace walden {
namespace {

using Answer = S3Facts::Answer;

constexpr std::string_view kCreate = "create";
constexpr std::string_view kMultipart = "multipart";
constexpr std::string_view kRights = "rights";
constexpr std::string_view kCredentials = "credentials";
constexpr std::string_view kVersioning = "versioning";
constexpr std::string_view kObjectLock = "object_lock";
constexpr std::string_view kClock = "clock";

// A signature is good for 15 minutes either way; much less than that shows a clock nobody sets.
constexpr auto kSmallSkew = std::chrono::seconds(5);
constexpr auto kLargeSkew = std::chrono::minutes(5);

// Where the condition is not relied on, its being heeded in parts is no question.
Fact look_at_multipart(S3Store& store, const Result<bool>& refuses, S3Create create) {
  if (!refuses) return not_asked(kMultipart, "nothing could be written");
  if (create == S3Create::checked) return not_asked(kMultipart, "s3_create is checked");
  if (!*refuses) return not_asked(kMultipart, "create-if-absent is ignored");
  return judge_multipart(store.refuses_to_overwrite_in_parts());
}

Fact may_not_ask(std::string_view name) {
  return not_asked(name, "these credentials may not ask for it", "docs/s3.md#rights");
}

}  // namespace

Fact judge_create(const Result<bool>& refuses, S3Create configured) {
  if (!refuses) return failing(kCreate, refuses.error());
  if (*refuses && configured == S3Create::conditional) {
    return good(kCreate, "create-if-absent is honoured");
  }
  if (*refuses) {
    return warning(kCreate, "only checked before, though create-if-absent is honoured",
                   "s3_create = \"conditional\"");
  }
  if (configured == S3Create::checked) {
    return warning(kCreate, "only checked before: of two writers at once, the second overwrites",
                   "docs/s3.md#create");
  }
  return failing(kCreate, "create-if-absent is ignored: a second writer overwrites",
                 "s3_create = \"checked\" (docs/s3.md#create)");
}

Fact judge_multipart(const Result<bool>& refuses) {
  if (!refuses) return failing(kMultipart, refuses.error());
  if (*refuses) return good(kMultipart, "create-if-absent is honoured for parts too");
  return warning(kMultipart, "over 20 MB, create-if-absent is ignored; names are checked before",
                 "what that means: docs/s3.md#create");
}

Fact judge_rights(bool may_write, Answer may_delete) {
  if (!may_write) return not_asked(kRights, "nothing could be written");
  switch (may_delete) {
    case Answer::yes:
      return warning(kRights, "may write and read; may delete too, and so may a thief",
                     "the writer's policy in docs/s3.md#rights");
    case Answer::no:
      return good(kRights, "may write and read; may not delete");
    case Answer::unknown:
      break;
  }
  return good(kRights, "may write and read; whether it may delete is not known");
}

Fact judge_versioning(Answer versioning) {
  if (versioning == Answer::yes) return good(kVersioning, "on");
  if (versioning == Answer::unknown) return may_not_ask(kVersioning);
  return warning(kVersioning, "off: a deleted object is gone",
                 "turn on versioning or object lock (docs/s3.md#lock)");
}

Fact judge_object_lock(Answer object_lock) {
  if (object_lock == Answer::yes) return good(kObjectLock, "on");
  if (object_lock == Answer::unknown) return may_not_ask(kObjectLock);
  return warning(kObjectLock, "off: who has the rights can delete every version",
                 "docs/s3.md#lock");
}

Fact judge_clock(const std::optional<std::chrono::seconds>& skew) {
  if (!skew) return not_asked(kClock, "the store does not say what time it is");
  const auto apart = std::chrono::abs(*skew);
  if (apart <= kSmallSkew) return good(kClock, "agrees with the store's");
  const std::string text = fmt::format("{} {} the store's", human_duration(apart),
                                       skew->count() > 0 ? "ahead of" : "behind");
  constexpr const char* kRemedy = "set this host's clock: timedatectl set-ntp true";
  return apart > kLargeSkew ? failing(kClock, text, kRemedy) : warning(kClock, text, kRemedy);
}

Facts check_s3(S3Store& store, S3Create create) {
  const auto refuses = store.refuses_to_overwrite();
  const auto facts = store.facts();
  Facts found = {judge_create(refuses, create), look_at_multipart(store, refuses, create)};
  if (!facts) {
    found.push_back(failing(kRights, facts.error()));
  } else {
    found.push_back(judge_rights(refuses.has_value(), facts->may_delete));
  }
  found.push_back(good(kCredentials, store.credentials()));
  if (!facts) {
    for (const auto name : {kVersioning, kObjectLock, kClock}) {
      found.push_back(not_asked(name, "the bucket cannot be listed"));
    }
    return found;
  }
  found.push_back(judge_versioning(facts->versioning));
  found.push_back(judge_object_lock(facts->object_lock));
  found.push_back(judge_clock(facts->clock_skew));
  return found;
}

}  // namespace walden

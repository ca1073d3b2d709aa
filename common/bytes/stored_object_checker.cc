#include "common/bytes/object_parser.h"
#include "common/bytes/sealed_reader.h"

namespace walden {

struct StoredObjectChecker::State final : ObjectParts {
  explicit State(const ObjectIdentity& identity) : expected(identity), parser(*this) {}

  [[nodiscard]] Result<> on_header(const SealedHeader& header) override {
    return check_identity(header.identity, expected);
  }
  [[nodiscard]] Result<> on_frame(std::uint32_t /*index*/, Buffer& /*sealed*/) override {
    return {};
  }
  [[nodiscard]] Result<> on_footer(std::span<std::uint8_t> /*sealed*/) override { return {}; }

  [[nodiscard]] std::unexpected<Error> remember(const Error& error) {
    broken = std::unexpected(error.within("cannot check " + expected.name));
    return std::unexpected(broken.error());
  }

  ObjectIdentity expected;
  ObjectParser parser;
  Result<> broken;
};

StoredObjectChecker::StoredObjectChecker(const ObjectIdentity& expected)
    : state_(std::make_unique<State>(expected)) {}

StoredObjectChecker::~StoredObjectChecker() = default;

Result<> StoredObjectChecker::write(ByteView sealed) {
  TRY(state_->broken);
  auto written = state_->parser.write(sealed);
  if (!written) return state_->remember(written.error());
  return {};
}

Result<Digest> StoredObjectChecker::finish() {
  TRY(state_->broken);
  auto outline = state_->parser.finish();
  if (!outline) return state_->remember(outline.error());
  return outline->tail.content_id;
}

}  // namespace walden

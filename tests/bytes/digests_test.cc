#include <gtest/gtest.h>

#include "common/bytes/key_derivation.h"
#include "common/bytes/sealed_object.h"

namespace walden::testing {
namespace {

TEST(Sha256, AgreesWithFips180) {
  EXPECT_EQ(to_hex(Sha256::of(bytes_of("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(Sha256::of({})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, IsReadyForANewDigestAfterTheLast) {
  Sha256 hash;
  for (int i = 0; i < 2; ++i) {
    hash.update(bytes_of("a"));
    hash.update(bytes_of("bc"));
    EXPECT_EQ(hash.finish(), Sha256::of(bytes_of("abc")));
  }
}

// RFC 4231, test case 2.
TEST(Hmac, AgreesWithRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256(bytes_of("Jefe"), bytes_of("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 5869, test case 3 (no salt, no info), its first 32 bytes.
TEST(Hkdf, AgreesWithRfc5869) {
  const Secret from = Secret::copy_of(Buffer(22, 0x0b));
  const auto key = derive_key(from, {});
  ASSERT_TRUE(key) << key.error().cause;
  EXPECT_EQ(to_hex(key->view()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(ContentId, TellsEveryIdentityAndContentApart) {
  const ObjectIdentity identity{"orders", 1, "name"};
  const Digest digest = Sha256::of(bytes_of("abc"));
  const Digest id = content_id(identity, digest);
  EXPECT_EQ(content_id(identity, digest), id);
  EXPECT_NE(content_id(identity, Sha256::of(bytes_of("abd"))), id);
  for (const ObjectIdentity& other :
       {ObjectIdentity{"order", 1, "sname"}, ObjectIdentity{"orders", 2, "name"},
        ObjectIdentity{"orders", 1, "names"}, ObjectIdentity{"ordersn", 1, "ame"}}) {
    EXPECT_NE(content_id(other, digest), id) << other.cluster << other.name;
  }
}

TEST(Secret, MovesAndLeavesNothingBehind) {
  Secret one = Secret::copy_of(bytes_of("secret"));
  const Secret two = std::move(one);
  EXPECT_EQ(text_of(two.view()), "secret");
  EXPECT_EQ(one.size(), 0);  // NOLINT(bugprone-use-after-move): that is what is tested
  one = Secret::copy_of(bytes_of("x"));
  EXPECT_EQ(one.size(), 1);
}

}  // namespace
}  // namespace walden::testing

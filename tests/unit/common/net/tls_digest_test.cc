#include "common/net/tls_digest.h"

#include <gtest/gtest.h>

namespace convoy::net {
namespace {

// FIPS 180-2, appendix B.1.
TEST(TlsDigest, IsWhatSha256sumPrints) {
  EXPECT_EQ(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace convoy::net

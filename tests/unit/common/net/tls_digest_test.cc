#include "common/net/tls_digest.h"

#include <gtest/gtest.h>

namespace convoy::net {
namespace {

// FIPS 180-2, appendix B.1.
TEST(TlsDigest, IsWhatSha256sumPrints) {
  EXPECT_EQ(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// FIPS 180-2, appendix A.1.
TEST(TlsDigest, Sha1IsItsTwentyOctets) {
  EXPECT_EQ(sha1("abc"),
            "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d");
}

}  // namespace
}  // namespace convoy::net

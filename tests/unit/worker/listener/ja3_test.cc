// The fingerprint is that of the published algorithm: GREASE left out, order kept.
#include "worker/listener/ja3.h"

#include <gtest/gtest.h>

namespace convoy::worker {

namespace {

std::string u16(std::initializer_list<unsigned> values) {
  std::string out;
  for (const unsigned value : values) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value & 255);
  }
  return out;
}

TEST(Ja3Test, GreaseIsLeftOut) {
  const std::string ciphers = u16({0x0a0a, 4865, 4866, 49195});
  const std::string extensions = u16({0xfafa, 0, 0, 0, 10, 0, 11, 0});
  const std::string groups = u16({6, 0x1a1a, 29, 23});
  const std::string formats("\x01\x00", 2);
  ClientHello hello;
  hello.legacy_version = 771;
  hello.cipher_suites = ciphers;
  hello.extensions = extensions;
  hello.groups = groups;
  hello.point_formats = formats;
  EXPECT_EQ(ja3Text(hello), "771,4865-4866-49195,0-10-11,29-23,0");
  EXPECT_EQ(ja3Hash(hello).size(), 32u);
}

// The example of the algorithm's description.
TEST(Ja3Test, AnEmptyHelloHasItsPublishedForm) {
  ClientHello hello;
  hello.legacy_version = 769;
  const std::string ciphers = u16({4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99});
  hello.cipher_suites = ciphers;
  EXPECT_EQ(ja3Text(hello), "769,4-5-10-9-100-98-3-6-19-18-99,,,");
  EXPECT_EQ(ja3Hash(hello), "de350869b8c85de67a350c8d186f11e6");
}

}  // namespace

}  // namespace convoy::worker

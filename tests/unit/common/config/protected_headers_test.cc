#include "common/config/protected_headers.h"

#include <gtest/gtest.h>

namespace convoy::config {
namespace {

TEST(ProtectedHeaders, FramingAndPseudoHeadersHaveAReason) {
  for (const char* name : {"", ":path", ":status", "host", "content-length", "transfer-encoding",
                           "connection", "upgrade", "keep-alive", "proxy-connection"}) {
    EXPECT_FALSE(whyProtected(name).empty()) << name;
  }
}

TEST(ProtectedHeaders, OthersAreFree) {
  for (const char* name : {"x-a", "hostname", "content-type", "server", "via"}) {
    EXPECT_TRUE(whyProtected(name).empty()) << name;
  }
}

}  // namespace
}  // namespace convoy::config

// The first bytes of HTTP are known as such in any pieces; others never are.
#include "worker/listener/http_preface.h"

#include <string>

#include <gtest/gtest.h>

namespace convoy::worker {

namespace {

std::string found(const std::string& bytes) {
  std::string_view protocol;
  return findHttpProtocol(bytes, protocol) ? std::string(protocol) : "more";
}

TEST(HttpPrefaceTest, TellsTheVersions) {
  EXPECT_EQ(found("GET / HTTP/1.1\r\nhost: a\r\n"), "http/1.1");
  EXPECT_EQ(found("\r\nPOST /x HTTP/1.0\r\n"), "http/1.0");
  EXPECT_EQ(found("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "h2c");
}

TEST(HttpPrefaceTest, WaitsForTheRest) {
  for (const std::string bytes : {"PRI * HT", "G", "GET /some", "GET / HTTP/1.1", "\r\n"}) {
    EXPECT_EQ(found(bytes), "more") << bytes;
  }
}

TEST(HttpPrefaceTest, OtherThingsAreNoHttp) {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01"), std::string("SSH-2.0-OpenSSH_9\r\n"),
        std::string("GET / HTTP/9.9\r\n"), std::string(40, 'A'),
        "GET /" + std::string(9000, 'a')}) {
    EXPECT_EQ(found(bytes), "") << bytes.substr(0, 20);
  }
}

}  // namespace

}  // namespace convoy::worker

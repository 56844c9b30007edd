#include "worker/upstream/pool_key.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

class ServerNameTest : public ::testing::Test {
 protected:
  ServerNameTest() {
    cluster_.tls.emplace();
    cluster_.auto_sni.sni = true;
  }
  std::string_view of(std::string_view authority) {
    request_.authority = authority;
    return serverName(cluster_, request_);
  }
  config::Cluster cluster_;
  http::RequestHead request_;
};

TEST_F(ServerNameTest, IsTheHostWithoutPortBracketsAndLastDot) {
  EXPECT_EQ(of("a.example"), "a.example");
  EXPECT_EQ(of("a.example:8443"), "a.example");
  EXPECT_EQ(of("a.example.:80"), "a.example");
  EXPECT_EQ(of("[::1]:80"), "::1");
  EXPECT_EQ(of("192.0.2.1"), "192.0.2.1");
}

TEST_F(ServerNameTest, IsNothingWhereNobodyAsks) {
  cluster_.auto_sni.sni = false;
  EXPECT_EQ(of("a.example"), "");
  cluster_.auto_sni.san = true;
  EXPECT_EQ(of("a.example"), "a.example");
  cluster_.tls.reset();
  EXPECT_EQ(of("a.example"), "");
}

TEST_F(ServerNameTest, MayStandInAnotherField) {
  cluster_.auto_sni.header = "x-server";
  EXPECT_EQ(of("a.example"), "a.example");
  request_.headers.add("x-server", "b.example:443");
  EXPECT_EQ(of("a.example"), "b.example");
}

TEST(PoolKeyTest, IsSharedByAllWithoutHeaderAndName) {
  EXPECT_TRUE(PoolKey{}.shared());
  EXPECT_FALSE((PoolKey{"", "a.example"}).shared());
  EXPECT_FALSE((PoolKey{"PROXY UNKNOWN\r\n", ""}).shared());
  EXPECT_FALSE((PoolKey{"", "", true}).shared());
}

}  // namespace
}  // namespace convoy::worker

#include "master/admin/message.h"

#include <gtest/gtest.h>

#include "master/admin/guard.h"

namespace convoy::master {
namespace {

AdminRequest parsed(const std::string& target) {
  AdminRequest request;
  parseTarget(target, &request);
  return request;
}

TEST(AdminTarget, SlashesMergeAndTheQueryIsDecoded) {
  const AdminRequest r = parsed("//stats///prometheus?filter=%5Ea+b%2&usedonly&x=");
  EXPECT_EQ(r.path, "/stats/prometheus");
  EXPECT_EQ(*r.param("filter"), "^a+b%2");
  EXPECT_TRUE(r.has("usedonly"));
  EXPECT_TRUE(r.has("x"));
  EXPECT_FALSE(r.has("y"));
}

TEST(AdminTarget, AFormHasSpaces) {
  AdminRequest request;
  parseForm("a=b+c%21&d", &request);
  EXPECT_EQ(*request.param("a"), "b c!");
  EXPECT_TRUE(request.has("d"));
}

TEST(AdminTarget, OddOnesAreHarmless) {
  EXPECT_EQ(parsed("").path, "");
  EXPECT_EQ(parsed("*").path, "*");
  EXPECT_EQ(parsed("/x?&&=&%").params.size(), 2u);
}

TEST(AdminGuard, OnlyNamesThatNobodyOutsideCanOwnAreTrusted) {
  for (const char* host : {"127.0.0.1:9901", "10.1.2.3", "[::1]:9901", "localhost:9901", "envoy",
                           "convoy.default.svc:9901", "convoy.default.svc.cluster.local", ""}) {
    EXPECT_TRUE(isTrustedHost(host)) << host;
  }
  for (const char* host :
       {"evil.example", "localhost.evil.example:9901", "127.0.0.1.nip.io", "[::1].evil.example"}) {
    EXPECT_FALSE(isTrustedHost(host)) << host;
  }
}

}  // namespace
}  // namespace convoy::master

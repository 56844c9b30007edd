// hash_policy with a cookie, seen from the client.
#include "tests/unit/worker/http/proxy_fixture.h"

namespace convoy {
namespace {

TEST_F(ProxyTest, AClientWithoutTheCookieOfTheHashPolicyGetsOne) {
  start("", "                  hash_policy: [{cookie: {name: who, ttl: 0s, path: /}}]\n");
  FakeUpstream upstream(FakeUpstream::respond(200, "x", "set-cookie: own=1\r\n"));
  serve(upstream);
  play([&] {
    RawClient client(port());
    const std::string first = client.get("/").header("set-cookie");
    EXPECT_EQ(first.substr(0, 12), "own=1, who=\"");
    EXPECT_EQ(first.substr(28), "\"; Path=/; HttpOnly");
    EXPECT_EQ(client.get("/").header("set-cookie"), first);
    EXPECT_EQ(client.get("/", "Cookie: who=0123\r\n").header("set-cookie"), "own=1");
  });
}

}  // namespace
}  // namespace convoy

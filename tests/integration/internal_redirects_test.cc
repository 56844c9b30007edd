// Promise: where a route says so, a redirect of an upstream is followed here: the client gets what
// it leads to, and both passes are in the access log and in the counters.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

TEST(InternalRedirects, TheClientSeesOneAnswerAndTheLogTwo) {
  FakeUpstream first(FakeUpstream::respond(302, "", "location: http://files.test/object?id=7\r\n"));
  FakeUpstream second(FakeUpstream::echo());
  const uint16_t port = freePort();
  TempDir dir;
  const std::string log = dir.path("access.log");
  Config config;
  config
      .http(port,
            "{match: {path: /object}, route: {cluster: files}}, {match: {prefix: /}, route: "
            "{cluster: front, internal_redirect_policy: {max_internal_redirects: 2}}}",
            "", log)
      .cluster("front", {first.port()})
      .cluster("files", {second.port()});
  ConvoyProcess convoy(config);
  const HttpMessage answer = RawClient(port).request("POST", "/upload", "", "the body");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "the body");
  const HttpMessage request = second.last();
  EXPECT_EQ(request.first_line, "POST /object?id=7 HTTP/1.1");
  EXPECT_EQ(request.header("host"), "files.test");
  EXPECT_EQ(request.header("x-envoy-original-url"), "http://test/upload");
  EXPECT_TRUE(eventually([&] { return readLines(log).size() == 2; })) << readFile(log);
  EXPECT_NE(readLines(log)[0].find("\" 302 "), std::string::npos);
  EXPECT_NE(readLines(log)[1].find("\" 200 "), std::string::npos);
  EXPECT_EQ(convoy.metric("envoy_cluster_upstream_internal_redirect_succeeded_total"
                          "{envoy_cluster_name=\"front\"}"),
            1);
}

TEST(InternalRedirects, UpstreamsOfHttp2MayRedirectToo) {
  const uint16_t port = freePort(), behind = freePort();
  Config config;
  config
      .http(port,
            Config::toCluster("back", "internal_redirect_policy: {redirect_response_codes: [301]}"))
      .http(behind,
            "{match: {path: /from}, redirect: {path_redirect: /to}}, {match: {path: /to}, "
            "direct_response: {status: 200, body: {inline_string: there}}}")
      .cluster("back", {behind}, "http2_protocol_options: {}");
  ConvoyProcess convoy(config);
  RawClient client(port);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/from").body, "there");
}

}  // namespace
}  // namespace convoy::fakes

// Promise: a path or host that is written in another way is routed and forwarded in the form that
// the operator chose, so that no spelling gets past a route.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

struct Front {
  FakeUpstream backend;
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  explicit Front(const std::string& hcm) {
    Config config;
    config
        .http(port,
              "{match: {prefix: /private}, direct_response: {status: 403}}, " +
                  Config::toCluster("backend"),
              hcm)
        .cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  HttpMessage get(const std::string& target, const std::string& host = "test") const {
    RawClient client(port);
    client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return client.readResponse();
  }
  double counted(const std::string& what) const {
    return convoy->metric("envoy_http_downstream_rq_" + what +
                          "{envoy_http_conn_manager_prefix=\"web\"}");
  }
};

TEST(PathNormalization, NoSpellingGetsPastARoute) {
  const Front front(
      "normalize_path: true, merge_slashes: true, "
      "path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD");
  for (const char* target : {"/private", "/x/../private", "//private", "/%70rivate",
                             "/x%2f..%2Fprivate", "/x/%2e%2e/private", "/x%5c..%5Cprivate"}) {
    EXPECT_EQ(front.get(target).status, 403) << target;
  }
  EXPECT_EQ(front.get("/a/./b//c?d=/../e").status, 200);
  EXPECT_EQ(front.backend.last().first_line, "GET /a/b/c?d=/../e HTTP/1.1");
  EXPECT_EQ(front.get("/%00").status, 400);
  EXPECT_EQ(front.counted("failed_path_normalization"), 1);
}

TEST(PathNormalization, ByDefaultThePathGoesOnAsItCame) {
  const Front front("");
  EXPECT_EQ(front.get("/x/..//%70rivate%2f").status, 200);
  EXPECT_EQ(front.backend.last().first_line, "GET /x/..//%70rivate%2f HTTP/1.1");
}

TEST(PathNormalization, EscapedSlashesAreRedirectedToTheirMeaning) {
  const Front front("path_with_escaped_slashes_action: unescape_and_redirect");
  const HttpMessage answer = front.get("/a%2Fb?c=%2F");
  EXPECT_EQ(answer.status, 307);
  EXPECT_EQ(answer.header("location"), "/a/b?c=%2F");
  EXPECT_EQ(front.counted("redirected_with_normalized_path"), 1);
  EXPECT_EQ(front.backend.requests(), 0u);
}

TEST(PathNormalization, EscapedSlashesAreRefused) {
  const Front front("path_with_escaped_slashes_action: REJECT_REQUEST");
  EXPECT_EQ(front.get("/a%2Fb").status, 400);
  EXPECT_EQ(front.get("/a/b").status, 200);
}

TEST(HostNormalization, ThePortOfTheListenerIsTakenOff) {
  const Front front("strip_matching_host_port: true");
  front.get("/", "a.example:" + std::to_string(front.port));
  EXPECT_EQ(front.backend.last().header("host"), "a.example");
  front.get("/", "a.example:1");
  EXPECT_EQ(front.backend.last().header("host"), "a.example:1");
}

TEST(HostNormalization, AnyPortAndTheLastDotAreTakenOff) {
  const Front front("strip_any_host_port: true, strip_trailing_host_dot: true");
  front.get("/", "a.example.:1");
  EXPECT_EQ(front.backend.last().header("host"), "a.example");
}

TEST(Proxy100Continue, TheBackendDecidesWhetherTheBodyIsWanted) {
  const auto ask = [&](RawClient& client) {
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    return client.readResponse();
  };
  const auto backend = FakeUpstream::withSession([](RawClient& connection) {
    connection.readUntil("\r\n\r\n");
    connection.send("HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n");
    connection.readSome();
  });
  Config config;
  const uint16_t port = freePort();
  config.http(port, Config::toCluster("backend"), "proxy_100_continue: true")
      .cluster("backend", {backend->port()});
  const ConvoyProcess convoy(config);

  RawClient refused(port);
  EXPECT_EQ(ask(refused).status, 417);

  // What answers at once: the 100 is the backend's, or nobody's.
  const auto willing = FakeUpstream::withSession([](RawClient& connection) {
    connection.readUntil("\r\n\r\n");
    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
    connection.send(responseText(200, connection.readExactly(3)));
    connection.readSome();
  });
  Config second;
  const uint16_t other = freePort();
  second.http(other, Config::toCluster("backend"), "proxy_100_continue: true")
      .cluster("backend", {willing->port()});
  const ConvoyProcess proxy(second);
  RawClient client(other);
  EXPECT_EQ(ask(client).status, 100);
  client.send("abc");
  EXPECT_EQ(client.readFinal().body, "abc");
}

}  // namespace
}  // namespace convoy::fakes

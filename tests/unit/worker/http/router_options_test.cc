// Smaller fields of routes, routers and protocol options: what each changes.
#include "tests/unit/worker/http/proxy_fixture.h"

namespace convoy {
namespace {

// For clients whose x-envoy-* fields count.
std::string withRouter(const std::string& fields) {
  std::string yaml = fakes::httpProxyYaml(
      "          use_remote_address: true\n"
      "          internal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: "
      "8}]}\n");
  const std::string plain = "{name: envoy.filters.http.router}";
  return yaml.replace(yaml.find(plain), plain.size(),
                      "{name: envoy.filters.http.router, typed_config: {'@type': "
                      "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, " +
                          fields + "}}");
}

bool readForEver(const HttpMessage&, RawClient& connection) {
  connection.readAll();
  return false;
}

TEST_F(ProxyTest, AnAttemptThatDoesNotMoveIsTriedAgain) {
  start("",
        "                  retry_policy: {retry_on: reset, num_retries: 1, per_try_idle_timeout: "
        "0.1s, retry_back_off: {base_interval: 0.001s}}\n");
  FakeUpstream upstream(readForEver);
  serve(upstream);
  EXPECT_EQ(get("/").status, 504);
  EXPECT_EQ(upstream.requests(), 2u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_per_try_idle_timeout), 2u);
}

TEST_F(ProxyTest, AnAttemptThatStopsInItsAnswerIsCut) {
  start("", "                  retry_policy: {per_try_idle_timeout: 0.1s}\n");
  FakeUpstream upstream([](const HttpMessage& request, RawClient& connection) {
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
    return readForEver(request, connection);
  });
  serve(upstream);
  std::string all;
  play([&] {
    RawClient client(port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    all = client.readAll();
  });
  EXPECT_TRUE(all.ends_with("half")) << all;
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_per_try_idle_timeout), 1u);
}

TEST_F(ProxyTest, AFieldThatMakesNoSenseIsRefusedWhereThatIsWanted) {
  startYaml(withRouter("strict_check_headers: [x-envoy-max-retries, x-envoy-retry-on]"));
  FakeUpstream upstream;
  serve(upstream);
  const HttpMessage answer = get("/", "x-envoy-max-retries: many\r\n");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "invalid header 'x-envoy-max-retries' with value 'many'");
  EXPECT_EQ(get("/", "x-envoy-retry-on: 5xx,nonsense\r\n").status, 400);
  EXPECT_EQ(get("/", "x-envoy-retry-on: 5xx,reset\r\nx-envoy-max-retries: 3\r\n").status, 200);
}

TEST_F(ProxyTest, WhatTheProxyBeforeHasLeftIsRespected) {
  startYaml(withRouter("respect_expected_rq_timeout: true"));
  FakeUpstream upstream(readForEver);
  serve(upstream);
  EXPECT_EQ(get("/", "x-envoy-expected-rq-timeout-ms: 50\r\n").status, 504);
}

TEST_F(ProxyTest, ARouteThatDoesNotForwardHasNoCluster) {
  std::string yaml = fakes::httpProxyYaml();
  const std::string direct = "direct_response: {status: 200, body: {inline_string: 'direct'}}";
  yaml.replace(yaml.find(direct), direct.size(), "non_forwarding_action: {}");
  startYaml(yaml);
  EXPECT_EQ(get("/direct").status, 503);
}

TEST_F(ProxyTest, NamesOfFieldsMayBeginWithCapitals) {
  start("          http_protocol_options: {header_key_format: {proper_case_words: {}}}\n");
  FakeUpstream upstream;
  serve(upstream);
  std::string all;
  play([&] {
    RawClient client(port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    all = client.readAll();
  });
  EXPECT_NE(all.find("\r\nContent-Length: 6\r\n"), std::string::npos) << all;
  EXPECT_NE(all.find("\r\nX-Envoy-Upstream-Service-Time: "), std::string::npos) << all;
}

TEST_F(ProxyTest, NamesOfFieldsMayGoOnAsTheyCame) {
  const std::string keep =
      "{header_key_format: {stateful_formatter: {name: preserve_case, typed_config: {'@type': "
      "type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3."
      "PreserveCaseFormatterConfig}}}}";
  start("          http_protocol_options: " + keep + "\n", "",
        "    typed_extension_protocol_options: {o: {'@type': "
        "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, "
        "explicit_http_config: {http_protocol_options: " +
            keep + "}}}\n");
  std::string seen;
  const auto upstream = FakeUpstream::withSession([&](RawClient& connection) {
    seen = connection.readUntil("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\nCONTENT-length: 2\r\nx-OWN: 1\r\n\r\nok");
  });
  worker_->setHosts(0, {upstream->port()});
  std::string all;
  play([&] {
    RawClient client(port());
    client.send("GET / HTTP/1.1\r\nHOst: a\r\nSOAPAction: b\r\n\r\n");
    all = client.readUntil("ok");
  });
  EXPECT_NE(seen.find("\r\nHOst: a\r\n"), std::string::npos) << seen;
  EXPECT_NE(seen.find("\r\nSOAPAction: b\r\n"), std::string::npos) << seen;
  EXPECT_NE(all.find("\r\nCONTENT-length: 2\r\n"), std::string::npos) << all;
  EXPECT_NE(all.find("\r\nx-OWN: 1\r\n"), std::string::npos) << all;
}

TEST_F(ProxyTest, HeadsOfAnswersMayBeLimited) {
  start("", "",
        "    common_http_protocol_options: {max_response_headers_kb: 1, max_headers_count: 5}\n");
  FakeUpstream upstream(FakeUpstream::respond(200, "", "x-a: " + std::string(1100, 'a') + "\r\n"));
  serve(upstream);
  EXPECT_EQ(get("/").status, 502);
  upstream.setHandler(
      FakeUpstream::respond(200, "", "a: 1\r\nb: 1\r\nc: 1\r\nd: 1\r\ne: 1\r\nf: 1\r\n"));
  EXPECT_EQ(get("/").status, 502);
  upstream.setHandler(FakeUpstream::respond(200, "", "a: 1\r\n"));
  EXPECT_EQ(get("/").status, 200);
}

}  // namespace
}  // namespace convoy

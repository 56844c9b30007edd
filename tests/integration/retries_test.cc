// Promise: with a retry policy a request that one backend fails is answered by another, whole, and
// no more often than the policy allows.
#include <atomic>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

struct World {
  std::atomic<int> failures{0};   // that are still to come
  std::atomic<int> failure{503};  // a status; 0: cut the connection; -1: do not answer
  FakeUpstream backend{[this](const HttpMessage& request, RawClient& connection) {
    if (failures > 0) {
      --failures;
      if (failure == 0) return false;
      if (failure < 0) return connection.closedByPeer(Millis(10000));
      return connection.send(responseText(failure, "sorry"));
    }
    return connection.send(responseText(200, request.body.empty() ? "fine" : request.body));
  }};
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  explicit World(const std::string& policy, const std::string& manager = "") {
    Config config;
    config.http(port, Config::toCluster("service", "retry_policy: {" + policy + "}"), manager)
        .cluster("service", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  double counted(const std::string& what) const {
    return convoy->metric("envoy_cluster_upstream_rq_retry" + what +
                          "{envoy_cluster_name=\"service\"}");
  }
};

TEST(Retries, AFailedAnswerIsNotSeenByTheClient) {
  World world("retry_on: 5xx, num_retries: 3");
  world.failures = 3;
  const HttpMessage answer = httpGet(world.port, "/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "fine");
  EXPECT_EQ(world.backend.requests(), 4u);
  EXPECT_EQ(world.counted(""), 3);
  EXPECT_EQ(world.counted("_success"), 1);
}

TEST(Retries, TheLastAnswerIsTheClientsWhenRetriesAreUsedUp) {
  World world("retry_on: gateway-error, num_retries: 2");
  world.failures = 100;
  const HttpMessage answer = httpGet(world.port, "/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "sorry");
  EXPECT_EQ(world.backend.requests(), 3u);
  EXPECT_EQ(world.counted("_limit_exceeded"), 1);
}

TEST(Retries, EachTryIsToldWhatTimeItHas) {
  World world("retry_on: 5xx, num_retries: 2, per_try_timeout: 3s");
  world.failures = 1;
  EXPECT_EQ(httpGet(world.port, "/").status, 200);
  for (const HttpMessage& seen : world.backend.all()) {
    EXPECT_EQ(seen.header("x-envoy-expected-rq-timeout-ms"), "3000");
  }
}

TEST(Retries, ABodyIsSentAgainWhole) {
  World world("retry_on: 5xx, num_retries: 2");
  world.failures = 2;
  const std::string body(300000, 'b');
  RawClient client(world.port);
  EXPECT_EQ(client.request("POST", "/", "", body).body, body);
  // In pieces, of which the later ones come after the first attempt failed.
  world.failures = 1;
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.send("3\r\ndef\r\n0\r\n\r\n");
  EXPECT_EQ(client.readResponse().body, "abcdef");
}

TEST(Retries, ACutConnectionIsRetriedAndSoIsSilence) {
  World world("retry_on: \"reset,connect-failure\", num_retries: 2, per_try_timeout: 0.3s");
  world.failure = 0;
  world.failures = 2;
  RawClient client(world.port);
  EXPECT_EQ(client.request("POST", "/", "", "body").body, "body");
  world.failure = -1;
  world.failures = 1;
  EXPECT_EQ(client.request("POST", "/", "", "body").body, "body");
  world.failures = 100;
  const HttpMessage answer = client.request("POST", "/", "", "body");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.body, "upstream request timeout");
}

TEST(Retries, WithoutARetryableFailureThereIsOneAttempt) {
  World world("retry_on: connect-failure");
  world.failures = 1;
  EXPECT_EQ(httpGet(world.port, "/").status, 503);
  EXPECT_EQ(world.backend.requests(), 1u);
}

TEST(Retries, AnotherHostIsTried) {
  FakeUpstream bad(FakeUpstream::respond(500, "bad")), good(FakeUpstream::respond(200, "good"));
  const uint16_t port = freePort();
  Config config;
  config
      .http(port, Config::toCluster("service",
                                    "retry_policy: {retry_on: 5xx, num_retries: 1, "
                                    "retry_host_predicate: [{name: "
                                    "envoy.retry_host_predicates.previous_hosts}], "
                                    "host_selection_retry_max_attempts: 5}"))
      .cluster("service", {bad.port(), good.port()});
  const ConvoyProcess convoy(config);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(httpGet(port, "/").body, "good");
}

TEST(Retries, NobodyThereIsSaidAfterTheLastTry) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("service", "retry_policy: {retry_on: connect-failure}"))
      .cluster("service", {freePort()});
  const ConvoyProcess convoy(config);
  const HttpMessage answer = httpGet(port, "/");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body,
            "upstream connect error or disconnect/reset before headers. retried and the latest "
            "reset reason: remote connection failure");
}

TEST(Retries, ATrustedClientMayAskForThem) {
  World world("num_retries: 0",
              "use_remote_address: true, internal_address_config: {cidr_ranges: "
              "[{address_prefix: 127.0.0.0, prefix_len: 8}]}");
  world.failures = 1;
  EXPECT_EQ(httpGet(world.port, "/", "x-envoy-retry-on: 5xx\r\nx-envoy-max-retries: 2\r\n").status,
            200);
  EXPECT_FALSE(world.backend.last().has("x-envoy-retry-on"));
}

TEST(Retries, AnotherClientMayNot) {
  World world("num_retries: 0");
  world.failures = 1;
  EXPECT_EQ(httpGet(world.port, "/", "x-envoy-retry-on: 5xx\r\n").status, 503);
}

}  // namespace
}  // namespace convoy::fakes

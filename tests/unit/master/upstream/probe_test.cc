#include "master/upstream/probe.h"

#include <optional>

#include <gtest/gtest.h>

#include "tests/fakes/child.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

using fakes::FakeUpstream;
using fakes::HttpMessage;
using fakes::RawClient;
using Kind = ProbeResult::Kind;

class ProbeTest : public ::testing::Test {
 protected:
  ProbeTest() {
    check_.timeout_ms = 5000;
    check_.path = "/healthz";
  }
  void aim(uint16_t port) {
    probe_ = makeProbe(loop_, check_, {*net::Address::fromIp("127.0.0.1", port), "service"});
  }
  ProbeResult ask() {
    std::optional<ProbeResult> result;
    probe_->start([&](const ProbeResult& r) { result = r; });
    EXPECT_FALSE(result.has_value());
    EXPECT_TRUE(turnUntil(loop_, [&] { return result.has_value(); }));
    return result.value_or(ProbeResult{Kind::Network, false, "(no report)"});
  }

  net::EventLoop loop_;
  config::HealthCheck check_;
  std::unique_ptr<Probe> probe_;
};

TEST_F(ProbeTest, AnHttpCheckSaysWhoItIsAndKeepsItsConnection) {
  FakeUpstream backend;
  aim(backend.port());
  EXPECT_EQ(ask().kind, Kind::Success);
  EXPECT_EQ(ask().kind, Kind::Success);
  EXPECT_EQ(backend.connections(), 1u);
  EXPECT_EQ(backend.last().first_line, "GET /healthz HTTP/1.1");
  EXPECT_EQ(backend.last().header("host"), "service");
  EXPECT_EQ(backend.last().header("user-agent"), "Envoy/HC");
}

TEST_F(ProbeTest, WithoutReuseEveryCheckConnectsAnew) {
  FakeUpstream backend;
  check_.reuse_connection = false;
  aim(backend.port());
  ask();
  ask();
  EXPECT_EQ(backend.connections(), 2u);
}

TEST_F(ProbeTest, OnlyTheExpectedStatusIsGood) {
  FakeUpstream backend(FakeUpstream::respond(204, ""));
  aim(backend.port());
  EXPECT_EQ(ask().kind, Kind::Failure);
  check_.expected_statuses = {{200, 300}};
  EXPECT_EQ(ask().kind, Kind::Success);
  check_.expected_statuses = {{200, 204}};
  check_.retriable_statuses = {{204, 205}};
  const ProbeResult result = ask();
  EXPECT_EQ(result.kind, Kind::Failure);
  EXPECT_TRUE(result.retriable);
  EXPECT_EQ(result.why, "status 204");
}

TEST_F(ProbeTest, TheBodyAndTheServiceMustBeTheRightOnes) {
  FakeUpstream backend(FakeUpstream::respond(
      200, "status: up, queue: 0\n", "x-envoy-upstream-healthchecked-cluster: shop-v2\r\n"));
  check_.receive = {"up", "queue"};
  aim(backend.port());
  EXPECT_EQ(ask().kind, Kind::Success);
  check_.receive = {"queue", "up"};
  EXPECT_EQ(ask().kind, Kind::Failure);
  check_.receive.clear();
  check_.service_name = *base::StringMatcher::make(base::StringMatcher::Kind::Prefix, "shop");
  EXPECT_EQ(ask().kind, Kind::Success);
  check_.service_name = *base::StringMatcher::make(base::StringMatcher::Kind::Prefix, "cart");
  EXPECT_EQ(ask().kind, Kind::Failure);
}

TEST_F(ProbeTest, NobodyThereIsNoAnswer) {
  aim(fakes::freePort());
  EXPECT_EQ(ask().kind, Kind::Network);
}

TEST_F(ProbeTest, AConnectionThatEndsOrTalksNonsenseIsNoAnswer) {
  const auto ends = FakeUpstream::withSession([](RawClient& connection) { connection.readSome(); });
  aim(ends->port());
  EXPECT_EQ(ask().kind, Kind::Network);
  const auto raves = FakeUpstream::withSession([](RawClient& connection) {
    connection.readSome();
    connection.send("SSH-2.0-OpenSSH_9\r\n\r\n");
    connection.readAll();
  });
  aim(raves->port());
  EXPECT_EQ(ask().kind, Kind::Network);
}

TEST_F(ProbeTest, AKeptConnectionThatTheHostClosedIsMadeAnew) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    connection.send(fakes::responseText(200, "x"));
    return false;
  });
  aim(backend.port());
  EXPECT_EQ(ask().kind, Kind::Success);
  // The end of the first connection is seen before the second check.
  bool later = false;
  auto timer = loop_.createTimer([&] { later = true; });
  timer->start(50);
  ASSERT_TRUE(turnUntil(loop_, [&] { return later; }));
  EXPECT_EQ(ask().kind, Kind::Success);
  EXPECT_EQ(backend.connections(), 2u);
}

TEST_F(ProbeTest, ATcpCheckIsContentWithAConnection) {
  FakeUpstream backend;
  check_.kind = config::HealthCheck::Kind::Tcp;
  aim(backend.port());
  EXPECT_EQ(ask().kind, Kind::Success);
  aim(fakes::freePort());
  EXPECT_EQ(ask().kind, Kind::Network);
}

TEST_F(ProbeTest, ATcpCheckReadsUntilItsBytesHaveCome) {
  const auto redis = FakeUpstream::withSession([](RawClient& connection) {
    while (connection.readExactly(4) == "PING") {
      connection.send("+PO");
      connection.send("NG");
    }
  });
  check_.kind = config::HealthCheck::Kind::Tcp;
  check_.send = "PING";
  check_.receive = {"PONG"};
  aim(redis->port());
  EXPECT_EQ(ask().kind, Kind::Success);
  EXPECT_EQ(ask().kind, Kind::Success);
  EXPECT_EQ(redis->connections(), 1u);
}

TEST_F(ProbeTest, AnAbortedCheckReportsNothing) {
  const auto silent =
      FakeUpstream::withSession([](RawClient& connection) { connection.readAll(); });
  aim(silent->port());
  bool reported = false;
  probe_->start([&](const ProbeResult&) { reported = true; });
  probe_->abort();
  bool later = false;
  auto timer = loop_.createTimer([&] { later = true; });
  timer->start(20);
  ASSERT_TRUE(turnUntil(loop_, [&] { return later; }));
  EXPECT_FALSE(reported);
}

}  // namespace
}  // namespace convoy::master

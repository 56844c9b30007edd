// Promise: SIGTERM lets requests finish, a second one or SIGINT ends at once, and no worker is
// left.
#include <algorithm>
#include <csignal>
#include <poll.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

// A backend that answers only when told.
struct Held {
  std::atomic<bool> release{false};
  FakeUpstream backend{[this](const HttpMessage&, RawClient& connection) {
    eventually([this] { return release.load(); }, Millis(20000));
    return connection.send(responseText(200, "late"));
  }};
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  std::vector<pid_t> workers;
  RawClient client{start()};

  RawClient start() {
    Config config;
    config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
    workers = convoy->workers();
    return RawClient(port);
  }
  void sendRequest() {
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return backend.requests() == 1; }));
  }
  void expectNobodyLeft() {
    EXPECT_TRUE(eventually([&] {
      return std::all_of(workers.begin(), workers.end(),
                         [](pid_t pid) { return residentBytes(pid) == 0; });
    }));
  }
  ~Held() { release = true; }
};

TEST(Stop, TermFinishesTheRequestUnderWayThenExitsWithZero) {
  Held held;
  held.sendRequest();
  held.convoy->signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return held.convoy->admin("/ready").status != 200; }));
  EXPECT_TRUE(held.convoy->wait(Millis(300)) == std::nullopt);
  held.release = true;
  const HttpMessage answer = held.client.readFinal();
  EXPECT_EQ(answer.body, "late") << answer.error;
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(held.convoy->wait(Millis(10000)), 0) << held.convoy->log();
  held.expectNobodyLeft();
}

TEST(Stop, SecondTermEndsAtOnce) {
  Held held;
  held.sendRequest();
  held.convoy->signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return held.convoy->admin("/ready").status != 200; }));
  held.convoy->signal(SIGTERM);
  EXPECT_TRUE(held.convoy->wait(Millis(3000)).has_value());
  held.expectNobodyLeft();
}

TEST(Stop, InterruptEndsAtOnceWithZero) {
  Held held;
  held.sendRequest();
  held.convoy->signal(SIGINT);
  EXPECT_EQ(held.convoy->wait(Millis(3000)), 0);
  held.expectNobodyLeft();
}

TEST(Stop, TheDeadlineCutsWhatDoesNotEnd) {
  Held held;
  held.convoy.reset();
  Config config;
  config.http(held.port, Config::toCluster("backend")).cluster("backend", {held.backend.port()});
  ConvoyProcess convoy(config, {{"--drain-timeout", "1"}, {}, 1, true, "convoy.yaml"});
  RawClient client(held.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return held.backend.requests() == 1; }));
  const int64_t start = nowMs();
  convoy.signal(SIGTERM);
  EXPECT_TRUE(convoy.wait(Millis(8000)).has_value()) << convoy.log();
  EXPECT_GE(nowMs() - start, 900);
}

TEST(Stop, NoRequestIsLostWhenTheLoadGoesAwayDuringTheDelay) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{"--shutdown-delay", "2"}, {}, 2, true, "convoy.yaml"});
  LoadClient::Options load;
  load.connections = 8;
  LoadClient clients(port, load);
  ASSERT_TRUE(eventually([&] { return clients.succeeded() > 100; }));
  convoy.signal(SIGTERM);
  // As a load balancer does: it sees /ready fail, then stops sending.
  EXPECT_TRUE(eventually([&] { return convoy.admin("/ready").status == 503; }));
  const uint64_t done = clients.succeeded();
  EXPECT_TRUE(eventually([&] { return clients.succeeded() > done + 50; }, Millis(1000)));
  clients.stop();
  EXPECT_EQ(clients.failed(), 0u) << clients.failures();
  EXPECT_EQ(convoy.wait(Millis(10000)), 0);
}

TEST(Stop, WorkersServeOnWhenTheMasterIsKilled) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{}, {}, 1, true, "convoy.yaml"});
  const auto workers = convoy.workers();
  convoy.signal(SIGKILL);
  ASSERT_TRUE(convoy.wait(Millis(3000)).has_value());
  EXPECT_EQ(httpGet(port, "/").status, 200);
  for (const pid_t pid : workers) kill(pid, SIGKILL);
}

}  // namespace
}  // namespace convoy::fakes

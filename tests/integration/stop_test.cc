// Promise: SIGTERM lets requests finish, a second one or SIGINT ends at once, and no worker is
// left.
#include <algorithm>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

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

TEST(Stop, TheDeadlineAnswersUnansweredRequestsWithAnErrorAndExitsWithThree) {
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
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.status, 503) << answer.error;
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_EQ(convoy.wait(Millis(8000)), 3) << convoy.log();
  EXPECT_GE(nowMs() - start, 900);
}

TEST(Stop, TheDeadlineEndsTcpSessionsWithAFinOnBothSides) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    connection.send(responseText(200, "first"));
    const bool ended = connection.closedByPeer(Millis(10000));
    EXPECT_TRUE(ended) << connection.lastError();
    return false;
  });
  const uint16_t port = freePort();
  Config config;
  config.tcp(port, "backend").cluster("backend", {backend.port()});
  ConvoyProcess convoy(config, {{"--drain-timeout", "1"}, {}, 1, true, "convoy.yaml"});
  RawClient client(port);
  ASSERT_EQ(client.get("/").body, "first");
  convoy.signal(SIGTERM);
  EXPECT_TRUE(client.closedByPeer()) << client.lastError();
  EXPECT_EQ(convoy.wait(Millis(8000)), 3) << convoy.log();
}

TEST(Stop, IdleConnectionsAreClosedAfterFiveSecondsNotAtOnceAndNotAtTheDeadline) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    ASSERT_EQ(clients.back()->get("/").body, "ok");
  }
  const int64_t start = nowMs();
  convoy.signal(SIGTERM);
  for (auto& client : clients) {
    EXPECT_TRUE(client->closedByPeer(Millis(10000)));
    EXPECT_GE(nowMs() - start, 4900);
    client->close();
  }
  EXPECT_EQ(convoy.wait(Millis(5000)), 0) << convoy.log();
  EXPECT_LT(nowMs() - start, 6500);
}

TEST(Stop, WhoWasIdleDuringTheWholeDelayIsNotWaitedForAgain) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{"--shutdown-delay", "6"}, {}, 2, true, "convoy.yaml"});
  RawClient client(port);
  ASSERT_EQ(client.get("/").body, "ok");
  const int64_t start = nowMs();
  convoy.signal(SIGTERM);
  EXPECT_TRUE(client.closedByPeer(Millis(10000)));
  EXPECT_GE(nowMs() - start, 5900);
  client.close();
  EXPECT_EQ(convoy.wait(Millis(5000)), 0) << convoy.log();
  EXPECT_LT(nowMs() - start, 9000);
}

TEST(Stop, ARequestOnAnIdleConnectionIsStillAnsweredAndItsAnswerSaysClose) {
  Held held;
  RawClient idle(held.port);
  held.release = true;
  ASSERT_EQ(idle.get("/").body, "late");
  ASSERT_EQ(held.client.get("/").body, "late");
  held.release = false;
  idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return held.backend.requests() == 3; }));
  held.convoy->signal(SIGTERM);
  RawClient newcomer(held.port);
  ASSERT_TRUE(eventually([&] { return !RawClient(held.port).connected(); }));
  held.client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return held.backend.requests() == 4; }));
  held.release = true;
  for (RawClient* client : {&idle, &held.client}) {
    const HttpMessage answer = client->readFinal();
    EXPECT_EQ(answer.body, "late") << answer.error;
    EXPECT_EQ(answer.header("connection"), "close");
  }
  EXPECT_EQ(held.convoy->wait(Millis(10000)), 0) << held.convoy->log();
}

TEST(Stop, WhatWaitsInTheQueueIsAcceptedAndAnswered) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{}, {}, 1, true, "convoy.yaml"});
  const auto workers = convoy.workers();
  ASSERT_EQ(workers.size(), 1u);
  // Nobody accepts: they wait in the kernel.
  kill(workers[0], SIGSTOP);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    ASSERT_TRUE(clients.back()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  }
  convoy.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return convoy.log().find("stopping:") != std::string::npos; }));
  kill(workers[0], SIGCONT);
  for (auto& client : clients) {
    const HttpMessage answer = client->readFinal();
    EXPECT_EQ(answer.body, "ok") << answer.error;
  }
  EXPECT_EQ(convoy.wait(Millis(10000)), 0) << convoy.log();
}

TEST(Stop, NewConnectionsAreRefusedWhileTheLastRequestsEnd) {
  Held held;
  held.sendRequest();
  held.convoy->signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return !RawClient(held.port).connected(); }));
  EXPECT_TRUE(held.convoy->wait(Millis(0)) == std::nullopt);
  held.release = true;
  EXPECT_EQ(held.client.readFinal().body, "late");
  EXPECT_EQ(held.convoy->wait(Millis(10000)), 0);
}

// A load balancer, which goes on for 3 s after the signal, with connections that it keeps and with
// a new one for each request.
TEST(Stop, NoErrorBehindALoadBalancerThatStopsThreeSecondsLater) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{"--shutdown-delay", "4"}, {}, 2, true, "convoy.yaml"});
  LoadClient::Options kept;
  kept.connections = 8;
  kept.pause = Millis(2);
  LoadClient keeping(port, kept);
  std::atomic<bool> over{false};
  std::atomic<uint64_t> opened{0}, failed{0};
  std::thread opening([&] {
    while (!over) {
      httpGet(port, "/").body == "ok" ? ++opened : ++failed;
    }
  });
  EXPECT_TRUE(eventually([&] { return keeping.succeeded() > 100 && opened > 100; }));
  convoy.signal(SIGTERM);
  const Deadline balancer_notices(Millis(3000));
  EXPECT_TRUE(eventually([&] { return balancer_notices.passed(); }));
  over = true;
  opening.join();
  keeping.stop();
  EXPECT_EQ(keeping.failed(), 0u) << keeping.failures();
  EXPECT_EQ(failed, 0u);
  EXPECT_EQ(convoy.wait(Millis(10000)), 0) << convoy.log();
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

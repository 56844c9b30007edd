// Promise: `convoy drain` takes the server out of service without an error and without ending it;
// --wait tells when that is done, and whether anything had to be cut.
#include <atomic>
#include <csignal>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

struct Served {
  std::atomic<bool> release{true};
  FakeUpstream backend{[this](const HttpMessage&, RawClient& connection) {
    eventually([this] { return release.load(); }, Millis(20000));
    return connection.send(responseText(200, "late"));
  }};
  uint16_t port = freePort();
  Config config;
  std::unique_ptr<ConvoyProcess> convoy;

  explicit Served(std::vector<std::string> args = {}, int concurrency = 2) {
    config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(
        config, ConvoyProcess::Options{std::move(args), {}, concurrency, true, "convoy.yaml"});
  }
  ~Served() { release = true; }
  Ended drain(bool wait) const {
    std::vector<std::string> argv = {ConvoyProcess::binary(), "drain", "--pid",
                                     std::to_string(convoy->pid())};
    if (wait) argv.push_back("--wait");
    return Child::run(std::move(argv), Millis(40000));
  }
  bool refuses() const {
    return eventually([this] { return !RawClient(port).connected(); });
  }
  void holdOne(RawClient& client) {
    release = false;
    const size_t before = backend.requests();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return backend.requests() == before + 1; }));
  }
};

TEST(DrainCommand, WithNothingUnderWayItIsQuickAndTheProcessStays) {
  Served served;
  const int64_t start = nowMs();
  const Ended drained = served.drain(true);
  EXPECT_EQ(drained.status, 0) << drained.err;
  EXPECT_NE(drained.out.find("drained"), std::string::npos);
  EXPECT_LT(nowMs() - start, 2500);
  EXPECT_EQ(served.convoy->admin("/ready").status, 503);
  EXPECT_TRUE(served.refuses());
  EXPECT_EQ(served.convoy->workers().size(), 2u);
  // Again, and it is still true.
  EXPECT_EQ(served.drain(true).status, 0);
  EXPECT_EQ(served.drain(false).status, 0);
  served.convoy->signal(SIGTERM);
  EXPECT_EQ(served.convoy->wait(Millis(2000)), 0) << served.convoy->log();
}

TEST(DrainCommand, WaitReturnsWhenTheLastRequestHasEnded) {
  Served served;
  RawClient client(served.port);
  served.holdOne(client);
  Ended drained{-1, "", ""};
  std::atomic<bool> returned{false};
  std::thread hook([&] {
    drained = served.drain(true);
    returned = true;
  });
  EXPECT_TRUE(served.refuses());
  EXPECT_FALSE(returned);
  served.release = true;
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.body, "late") << answer.error;
  EXPECT_EQ(answer.header("connection"), "close");
  client.close();
  hook.join();
  EXPECT_EQ(drained.status, 0) << drained.err;
}

TEST(DrainCommand, WaitFailsWhenTheDrainTimeoutCutsWhatDoesNotEnd) {
  Served served({"--drain-timeout", "1"});
  RawClient client(served.port);
  served.holdOne(client);
  const Ended drained = served.drain(true);
  EXPECT_EQ(drained.status, 1) << drained.out;
  EXPECT_NE(drained.err.find("1 connections were closed"), std::string::npos) << drained.err;
  EXPECT_EQ(client.readFinal().status, 503);
}

TEST(DrainCommand, ItAcceptsForTheDelayWhileReadyFails) {
  Served served({"--shutdown-delay", "2"});
  EXPECT_EQ(served.drain(false).status, 0);
  EXPECT_EQ(served.convoy->admin("/ready").status, 503);
  EXPECT_EQ(httpGet(served.port, "/").body, "late");
  EXPECT_TRUE(served.refuses());
}

TEST(DrainCommand, NoErrorBehindALoadBalancerThatGoesAwayDuringTheDelay) {
  Served served({"--shutdown-delay", "3"});
  LoadClient::Options options;
  options.connections = 8;
  LoadClient load(served.port, options);
  ASSERT_TRUE(eventually([&] { return load.succeeded() > 100; }));
  std::thread hook([&] { EXPECT_EQ(served.drain(true).status, 0); });
  EXPECT_TRUE(eventually([&] { return served.convoy->admin("/ready").status == 503; }));
  const uint64_t then = load.succeeded();
  EXPECT_TRUE(eventually([&] { return load.succeeded() > then + 100; }));
  load.stop();
  hook.join();
  EXPECT_EQ(load.failed(), 0u) << load.failures();
}

TEST(DrainCommand, AReloadWhileDrainedDoesNotAcceptAgain) {
  Served served;
  ASSERT_EQ(served.drain(true).status, 0);
  const auto before = served.convoy->workers();
  ASSERT_EQ(served.convoy->reload().status, 0) << served.convoy->log();
  EXPECT_TRUE(eventually([&] {
    const auto now = served.convoy->workers();
    return now.size() == 2 && now != before;
  }));
  EXPECT_TRUE(served.refuses());
  EXPECT_EQ(served.convoy->admin("/ready").status, 503);
  EXPECT_EQ(served.drain(true).status, 0);
  served.convoy->signal(SIGTERM);
  EXPECT_EQ(served.convoy->wait(Millis(2000)), 0) << served.convoy->log();
}

TEST(DrainCommand, AWorkerStartedWhileDrainedDoesNotAcceptEither) {
  Served served({}, 1);
  ASSERT_EQ(served.drain(true).status, 0);
  const auto before = served.convoy->workers();
  ASSERT_EQ(before.size(), 1u);
  kill(before[0], SIGKILL);
  EXPECT_TRUE(
      eventually([&] { return served.convoy->log().find("is back") != std::string::npos; }));
  EXPECT_TRUE(served.refuses());
  served.convoy->signal(SIGTERM);
  EXPECT_EQ(served.convoy->wait(Millis(2000)), 0) << served.convoy->log();
}

TEST(DrainCommand, ARequestUnderWaySurvivesAReloadWhileDraining) {
  Served served;
  RawClient client(served.port);
  served.holdOne(client);
  ASSERT_EQ(served.drain(false).status, 0);
  EXPECT_TRUE(served.refuses());
  ASSERT_EQ(served.convoy->reload().status, 0) << served.convoy->log();
  served.release = true;
  EXPECT_EQ(client.readFinal().body, "late");
  client.close();
  EXPECT_EQ(served.drain(true).status, 0);
}

TEST(DrainCommand, TheAdminEndpointDoesTheSameAtOnceOrGracefully) {
  Served graceful({"--shutdown-delay", "2"});
  EXPECT_EQ(graceful.convoy->adminPost("/drain_listeners?graceful").status, 200);
  EXPECT_EQ(graceful.convoy->admin("/ready").status, 503);
  EXPECT_EQ(httpGet(graceful.port, "/").body, "late");
  // At once ends the delay that was granted before.
  const int64_t start = nowMs();
  EXPECT_EQ(graceful.convoy->adminPost("/drain_listeners").status, 200);
  EXPECT_EQ(graceful.drain(true).status, 0);
  EXPECT_LT(nowMs() - start, 2000);
  EXPECT_TRUE(graceful.refuses());
}

TEST(DrainCommand, TermDuringTheDelayDoesNotBeginItAgain) {
  Served served({"--shutdown-delay", "3"});
  const int64_t start = nowMs();
  EXPECT_EQ(served.drain(false).status, 0);
  EXPECT_TRUE(eventually([&] { return nowMs() - start >= 1500; }));
  served.convoy->signal(SIGTERM);
  EXPECT_EQ(served.convoy->wait(Millis(8000)), 0) << served.convoy->log();
  EXPECT_LT(nowMs() - start, 5500);
}

}  // namespace
}  // namespace convoy::fakes

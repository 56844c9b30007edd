// Promise: with --sentinel, kill -9 of a worker fails no idempotent request and closes no idle
// connection; nothing is answered twice, and what is not idempotent never runs twice.
#include "worker/sentinel/sentinel.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <map>
#include <mutex>
#include <poll.h>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

bool soak() {
  return std::getenv("CONVOY_SOAK") != nullptr;
}

// The children of the master that are (or are not) sentinels.
std::vector<pid_t> children(const ConvoyProcess& convoy, bool sentinels) {
  std::vector<pid_t> out;
  for (pid_t pid : convoy.workers()) {
    std::string name;
    std::ifstream("/proc/" + std::to_string(pid) + "/comm") >> name;
    if (!name.empty() && (name == "sentinel") == sentinels) out.push_back(pid);
  }
  return out;
}

size_t openFiles(pid_t pid) {
  size_t n = 0;
  DIR* dir = opendir(("/proc/" + std::to_string(pid) + "/fd").c_str());
  if (dir == nullptr) return 0;
  while (readdir(dir) != nullptr) ++n;
  closedir(dir);
  return n;
}

double rescued(const ConvoyProcess& convoy, const std::string& kind) {
  return convoy.metric("convoy_sentinel_rescued_total{kind=\"" + kind + "\"}");
}

ConvoyProcess::Options withSentinel(int workers) {
  ConvoyProcess::Options options;
  options.args = {"--sentinel"};
  options.concurrency = workers;
  return options;
}

// Each thread one connection that it never opens again; every fourth a new one for each request.
// What they send says which answer they want.
class Sequence {
 public:
  Sequence(uint16_t port, int connections) {
    for (int i = 0; i < connections; ++i) threads_.emplace_back([this, port, i] { run(port, i); });
  }
  ~Sequence() { stop(); }
  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  uint64_t succeeded() const { return succeeded_; }
  std::string failures() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [what, n] : failures_) out += what + " x" + std::to_string(n) + "; ";
    return out;
  }

 private:
  void run(uint16_t port, int number) {
    auto client = std::make_unique<RawClient>(port, Millis(30000));
    for (uint64_t i = 0; !stopping_; ++i) {
      if (number % 4 == 3) client = std::make_unique<RawClient>(port, Millis(30000));
      const std::string path = "/" + std::to_string(number) + "-" + std::to_string(i);
      const HttpMessage answer = client->get(path);
      if (answer.ok() && answer.status == 200 && answer.body == path) {
        ++succeeded_;
        continue;
      }
      const std::lock_guard lock(mutex_);
      ++failures_[answer.ok() ? std::to_string(answer.status) + " " +
                                    (answer.body == path ? "" : "another's body")
                              : answer.error];
      client = std::make_unique<RawClient>(port, Millis(30000));
    }
  }

  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> succeeded_{0};
  mutable std::mutex mutex_;  // failures_
  std::map<std::string, int> failures_;
  std::vector<std::thread> threads_;
};

FakeUpstream::Handler pathAsBody() {
  return [](const HttpMessage& request, RawClient& connection) {
    const size_t from = request.first_line.find(' ') + 1;
    const std::string path =
        request.first_line.substr(from, request.first_line.find(' ', from) - from);
    return connection.send(responseText(200, path));
  };
}

// Answers the first request of each path only after release().
class Gate {
 public:
  FakeUpstream::Handler handler() {
    return [this](const HttpMessage& request, RawClient& connection) {
      if (first_.exchange(false)) {
        eventually([&] { return open_.load(); }, Millis(10000));
        return false;
      }
      return connection.send(responseText(200, request.body.empty() ? "again" : "posted again"));
    };
  }
  void release() { open_ = true; }
  ~Gate() { release(); }

 private:
  std::atomic<bool> first_{true}, open_{false};
};

class SentinelTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!worker::sentinelPossible()) {
      GTEST_SKIP() << "a build with a sanitizer cannot clone without exec";
    }
  }
  const uint16_t port_ = freePort();
};

void killWorkers(const ConvoyProcess& convoy, size_t expected) {
  ASSERT_TRUE(eventually([&] { return children(convoy, false).size() == expected; }));
  for (pid_t pid : children(convoy, false)) kill(pid, SIGKILL);
}

TEST_F(SentinelTest, IdleConnectionsOutliveTheirWorkerAndGoOn) {
  Config config;
  config.http(port_, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, withSentinel(1));
  std::vector<RawClient> idle;
  for (int i = 0; i < 400; ++i) idle.emplace_back(port_, Millis(10000));
  for (RawClient& client : idle) ASSERT_EQ(client.get("/").body, "ok");

  killWorkers(convoy, 1);

  for (RawClient& client : idle) {
    const HttpMessage answer = client.request("POST", "/", "", "x");
    ASSERT_EQ(answer.body, "ok") << answer.error << convoy.log();
  }
  EXPECT_TRUE(eventually([&] { return rescued(convoy, "idle") == 400; })) << convoy.log();
  EXPECT_EQ(rescued(convoy, "cut") + rescued(convoy, "refused") + rescued(convoy, "replayed"), 0);
}

TEST_F(SentinelTest, HalfAHeadThatWasReadIsNotLost) {
  Config config;
  config.http(port_, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, withSentinel(1));
  RawClient client(port_);
  client.send("POST / HTTP/1.1\r\nHo");
  ASSERT_TRUE(eventually([&] {
    return convoy.metric(
               "envoy_http_downstream_cx_active{envoy_http_conn_manager_prefix=\"web\"}") == 1;
  }));
  killWorkers(convoy, 1);
  client.send("st: a\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(client.readFinal().body, "ok") << convoy.log();
}

TEST_F(SentinelTest, AGetInFlightIsRunAgain) {
  Gate gate;
  FakeUpstream backend(gate.handler());
  Config config;
  config.http(port_, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config, withSentinel(1));
  RawClient client(port_);
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return backend.requests() == 1; }));

  killWorkers(convoy, 1);

  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.status, 200) << answer.error << convoy.log();
  EXPECT_EQ(answer.body, "again");
  EXPECT_EQ(backend.requests(), 2u);
  EXPECT_EQ(client.get("/b").body, "again");
  EXPECT_TRUE(eventually([&] { return rescued(convoy, "replayed") == 1; })) << convoy.log();
  gate.release();
}

TEST_F(SentinelTest, AGetInADrainingWorkerIsRunAgainByTheNewGeneration) {
  Gate gate;
  FakeUpstream backend(gate.handler());
  Config config;
  config.http(port_, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config, withSentinel(1));
  RawClient client(port_);
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return backend.requests() == 1; }));
  ASSERT_TRUE(eventually([&] { return children(convoy, false).size() == 1; }));
  const pid_t old = children(convoy, false).at(0);
  ASSERT_EQ(convoy.reload().status, 0);
  kill(old, SIGKILL);
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.body, "again") << answer.error << convoy.log();
  gate.release();
}

TEST_F(SentinelTest, ARequestThatCrashesWorkersDoesNotGoRound) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    connection.readSome();  // until the worker is gone
    return false;
  });
  Config config;
  config.http(port_, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config, withSentinel(1));
  RawClient client(port_);
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  for (uint64_t seen = 1; seen <= 2; ++seen) {
    ASSERT_TRUE(eventually([&] { return backend.requests() == seen; })) << convoy.log();
    ASSERT_TRUE(eventually([&] { return children(convoy, false).size() == 1; }));
    kill(children(convoy, false).at(0), SIGSEGV);
  }
  EXPECT_EQ(client.readFinal().status, 502) << convoy.log();
  EXPECT_EQ(backend.requests(), 2u);
}

TEST_F(SentinelTest, APipelineGoesOnWhereItWas) {
  std::atomic<int> seen{0};
  FakeUpstream backend([&](const HttpMessage& request, RawClient& connection) {
    // The second of three waits for ever the first time.
    if (++seen == 2) {
      eventually([&] { return seen > 2; }, Millis(10000));
      return false;
    }
    return pathAsBody()(request, connection);
  });
  Config config;
  config.http(port_, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config, withSentinel(1));
  RawClient client(port_);
  client.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return seen == 2; }));
  killWorkers(convoy, 1);
  for (const char* path : {"/1", "/2", "/3"}) {
    const HttpMessage answer = client.readFinal();
    EXPECT_EQ(answer.body, path) << answer.error << convoy.log();
  }
  EXPECT_EQ(backend.requests(), 4u);
}

TEST_F(SentinelTest, APostInFlightIsRefusedAndNeverRunAgain) {
  Gate gate;
  FakeUpstream backend(gate.handler());
  Config config;
  config.http(port_, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config, withSentinel(1));
  RawClient client(port_);
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  ASSERT_TRUE(eventually([&] { return backend.requests() == 1; }));

  killWorkers(convoy, 1);

  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.status, 502) << answer.error << convoy.log();
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_EQ(httpGet(port_, "/").status, 200);
  EXPECT_EQ(backend.requests(), 2u);
  EXPECT_TRUE(eventually([&] { return rescued(convoy, "refused") == 1; })) << convoy.log();
  gate.release();
}

TEST_F(SentinelTest, AnAnswerThatHadBegunIsCutAndNotBegunAgain) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it");
    connection.readSome();  // until the worker is gone
    return false;
  });
  Config config;
  config.http(port_, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config, withSentinel(1));
  RawClient client(port_);
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(client.readUntil("half of it").find("half of it"), std::string::npos);
  killWorkers(convoy, 1);
  EXPECT_TRUE(client.closedByPeer()) << convoy.log();
  EXPECT_EQ(backend.requests(), 1u);
  EXPECT_TRUE(eventually([&] { return rescued(convoy, "cut") == 1; })) << convoy.log();
}

void killUnderLoad(uint16_t port, int kills, Millis every) {
  FakeUpstream backend(pathAsBody());
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config, withSentinel(4));
  Sequence load(port, 16);
  ASSERT_TRUE(eventually([&] { return load.succeeded() > 200; }));
  size_t files = 0;
  for (int i = 0; i < kills; ++i) {
    const std::vector<pid_t> workers = children(convoy, false);
    if (!workers.empty()) kill(workers[static_cast<size_t>(i) % workers.size()], SIGKILL);
    poll(nullptr, 0, static_cast<int>(every.count()));  // the pace of the killer
    // A new generation has forgotten how often its workers died: no pause grows for ever.
    if (i % 8 == 7) {
      ASSERT_TRUE(convoy.hangup());
    }
    const uint64_t done = load.succeeded();
    ASSERT_TRUE(eventually([&] { return load.succeeded() > done + 16 || !load.failures().empty(); },
                           Millis(20000)))
        << convoy.log();
    ASSERT_EQ(load.failures(), "") << "after kill " << i << "\n" << convoy.log();
    if (i == 15) files = openFiles(convoy.pid());
  }
  load.stop();
  EXPECT_EQ(load.failures(), "");
  // Nothing of the dead is left: no sentinel without its worker, no descriptor.
  ASSERT_TRUE(convoy.hangup());
  EXPECT_TRUE(eventually([&] {
    return children(convoy, true).size() == 4 && children(convoy, false).size() == 4;
  })) << convoy.log();
  EXPECT_TRUE(eventually([&] { return openFiles(convoy.pid()) <= files + 16; }))
      << openFiles(convoy.pid()) << " after, " << files << " before";
  printf("%d kills, %llu requests, %.0f idle, %.0f replayed, %.0f refused, %.0f cut\n", kills,
         static_cast<unsigned long long>(load.succeeded()), rescued(convoy, "idle"),
         rescued(convoy, "replayed"), rescued(convoy, "refused"), rescued(convoy, "cut"));
}

TEST_F(SentinelTest, NoGetFailsAndNoneIsAnsweredTwiceWhileWorkersAreKilled) {
  killUnderLoad(port_, soak() ? 1000 : 30, Millis(100));
}

TEST_F(SentinelTest, WithoutAMasterADeadWorkersConnectionsAreClosedAtOnce) {
  Config config;
  config.http(port_, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, withSentinel(1));
  RawClient client(port_);
  ASSERT_EQ(client.get("/").body, "ok");
  const std::vector<pid_t> workers = children(convoy, false), sentinels = children(convoy, true);
  ASSERT_EQ(workers.size(), 1u);
  ASSERT_EQ(sentinels.size(), 1u);
  convoy.signal(SIGKILL);
  convoy.wait(Millis(5000));
  kill(workers[0], SIGKILL);
  EXPECT_TRUE(client.closedByPeer());
  EXPECT_EQ(client.lastError(), "eof");
}

TEST_F(SentinelTest, AnotherTakesThePlaceOfASentinelThatDied) {
  Config config;
  config.http(port_, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, withSentinel(1));
  ASSERT_TRUE(eventually([&] { return children(convoy, true).size() == 1; }));
  const pid_t first = children(convoy, true).at(0);
  RawClient client(port_);
  ASSERT_EQ(client.get("/").body, "ok");
  kill(first, SIGKILL);
  ASSERT_TRUE(eventually([&] {
    const std::vector<pid_t> now = children(convoy, true);
    return now.size() == 1 && now[0] != first;
  })) << convoy.log();
  killWorkers(convoy, 1);
  EXPECT_EQ(client.get("/").body, "ok") << convoy.log();
}

TEST_F(SentinelTest, AnUpgradeLeavesNoneBehind) {
  Config config;
  config.http(port_, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, withSentinel(1));
  RawClient client(port_);
  ASSERT_EQ(client.get("/").body, "ok");
  const std::vector<pid_t> before = convoy.workers();
  convoy.signal(SIGUSR2);
  ASSERT_TRUE(eventually([&] {
    const std::vector<pid_t> now = convoy.workers();
    return now.size() == 2 && std::none_of(before.begin(), before.end(), [&](pid_t pid) {
             return std::count(now.begin(), now.end(), pid) != 0;
           });
  })) << convoy.log();
  EXPECT_EQ(client.get("/").body, "ok");
  // The new image's workers have theirs.
  killWorkers(convoy, 1);
  EXPECT_EQ(client.get("/").body, "ok") << convoy.log();
}

TEST_F(SentinelTest, OrderlyEndsLeaveNoneBehind) {
  Config config;
  config.http(port_, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, withSentinel(2));
  ASSERT_TRUE(eventually([&] { return children(convoy, true).size() == 2; }));
  const std::vector<pid_t> before = children(convoy, true);
  ASSERT_EQ(convoy.reload().status, 0);
  // Gone and reaped, not only dead.
  EXPECT_TRUE(eventually([&] {
    const std::vector<pid_t> now = convoy.workers();
    return now.size() == 4 && std::none_of(before.begin(), before.end(), [&](pid_t pid) {
             return std::count(now.begin(), now.end(), pid) != 0;
           });
  }));
  const std::vector<pid_t> last = children(convoy, true);
  convoy.signal(SIGTERM);
  EXPECT_EQ(convoy.wait(Millis(10000)), 0);
  for (pid_t pid : last) {
    EXPECT_TRUE(eventually([&] { return kill(pid, 0) != 0; })) << pid;
  }
}

}  // namespace
}  // namespace convoy::fakes

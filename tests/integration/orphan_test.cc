// Promise: kill -9 of the master is noticed by no client: workers serve on, and when they leave in
// the end, what waits in their queues is answered.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"

namespace convoy::fakes {
namespace {

bool lives(pid_t pid) {
  return kill(pid, 0) == 0 &&
         readFile("/proc/" + std::to_string(pid) + "/stat").find(") Z") == std::string::npos;
}

// Ends what a killed master left behind, whatever the test's outcome.
struct Orphans {
  explicit Orphans(std::vector<pid_t> workers) : pids(std::move(workers)) {}
  ~Orphans() {
    for (pid_t pid : pids) kill(pid, SIGKILL);
  }
  bool gone() const {
    return std::none_of(pids.begin(), pids.end(), [](pid_t pid) { return lives(pid); });
  }
  std::vector<pid_t> pids;
};

ConvoyProcess::Options withGrace(const std::string& seconds) {
  ConvoyProcess::Options options;
  options.args = {"--orphan-grace", seconds};
  return options;
}

TEST(Orphan, ServesOnAndThenRefusesWithoutCuttingAnyone) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, withGrace("1"));
  const Orphans orphans(convoy.workers());
  ASSERT_EQ(orphans.pids.size(), 2u);
  std::atomic<uint64_t> answered{0}, cut{0};
  std::atomic<bool> refused{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!refused) {
        RawClient client(port, Millis(10000));
        if (!client.connected()) {
          refused = true;
          return;
        }
        ++(client.get("/", "Connection: close\r\n").status == 200 ? answered : cut);
      }
    });
  }
  ASSERT_TRUE(eventually([&] { return answered > 100; }));
  convoy.signal(SIGKILL);
  const uint64_t before = answered;
  EXPECT_TRUE(eventually([&] { return answered > before + 200; }));
  EXPECT_TRUE(eventually([&] { return orphans.gone(); }, Millis(15000)));
  for (std::thread& client : clients) client.join();
  EXPECT_TRUE(refused);
  EXPECT_EQ(cut, 0u);
}

TEST(Orphan, ANewMasterBesideThemLosesNoConnection) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  auto first = std::make_unique<ConvoyProcess>(config, withGrace("1"));
  const Orphans orphans(first->workers());
  std::atomic<uint64_t> answered{0}, failed{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!stop) {
        ++(httpGet(port, "/", "Connection: close\r\n").status == 200 ? answered : failed);
      }
    });
  }
  ASSERT_TRUE(eventually([&] { return answered > 100; }));
  first->signal(SIGKILL);
  ASSERT_TRUE(first->wait(Millis(5000)));
  Config same = config;
  ConvoyProcess second(same, withGrace("1"));
  EXPECT_TRUE(eventually([&] { return orphans.gone(); }, Millis(15000)));
  const uint64_t before = answered;
  EXPECT_TRUE(eventually([&] { return answered > before + 200; }, Millis(10000)));
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failed, 0u);
}

}  // namespace
}  // namespace convoy::fakes

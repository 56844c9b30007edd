// Promise: a reload that fails, however it fails and however often, is noticed by no client, leaves
// the workers as they are, and is told to whoever asked for it.
#include <algorithm>
#include <csignal>
#include <functional>

#include <gtest/gtest.h>

#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

const char kLast[] = "convoy_config_last_reload_successful{}";

// Long enough to be caught while a worker reads it.
std::string longText(const EchoWorld& world) {
  Config config = world.configWith("long");
  std::string routes;
  for (int i = 0; i < 4000; ++i) {
    routes += "{match: {path: /" + std::to_string(i) + "}, direct_response: {status: 200}}, ";
  }
  std::string text = config.text();
  return text.insert(text.find("{match: {path: /marker}"), routes);
}

// Sends `signal` to the first worker that starts now, before it is ready; looks without a pause for
// that. False: none was seen.
bool signalNextWorker(const ConvoyProcess& convoy, const std::vector<pid_t>& before, int signal) {
  const Deadline deadline(Millis(10000));
  while (!deadline.passed()) {
    for (const pid_t pid : titled(convoy, "convoy: worker")) {
      if (std::find(before.begin(), before.end(), pid) != before.end()) continue;
      kill(pid, signal);
      return true;
    }
  }
  return false;
}

class RollbackSoak : public testing::Test {
 protected:
  // `attempt` says how the reload ended.
  void repeat(const std::string& name, int times, const std::function<Ended()>& attempt) {
    StrictClient clients(world_.everybody());
    ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
    const std::vector<pid_t> before = titled(*world_.convoy, "convoy: worker");
    ASSERT_EQ(before.size(), 2u);
    for (int i = 0; i < times; ++i) {
      const Ended ended = attempt();
      ASSERT_NE(ended.status, 0) << i << ended.out << world_.convoy->log();
      ASSERT_EQ(world_.convoy->metric(kLast), 0);
      ASSERT_TRUE(eventually([&] { return world_.convoy->workers() == before; })) << i;
    }
    const StrictClient::Report report = clients.stop();
    EXPECT_EQ(report.failed(), 0u) << report.text();
    EXPECT_EQ(report.opened, kKeptByEverybody) << report.text();
    EXPECT_EQ(httpGet(world_.http, "/marker").body, "first");
    reportSoak(name, static_cast<uint64_t>(times), report.failed(), report.worst_ms);
  }

  Ended whileAWorkerGets(int signal) {
    const std::vector<pid_t> before = world_.convoy->workers();
    Child command({ConvoyProcess::binary(), "reload", "--wait", "--control-path",
                   world_.convoy->dir().path("control.sock")});
    EXPECT_TRUE(signalNextWorker(*world_.convoy, before, signal));
    Ended ended;
    ended.status = command.wait(Millis(60000)).value_or(-1);
    ended.out = command.out() + command.err();
    return ended;
  }

  // A start takes half a second on a busy machine.
  EchoWorld world_{2, {"--start-timeout", "2"}};
};

TEST_F(RollbackSoak, TextThatIsNoConfiguration) {
  world_.convoy->rewrite("{\"static_resources\": [");
  repeat("rollback-bad-text", soakCount(100, 5), [&] { return world_.convoy->reload(); });
}

TEST_F(RollbackSoak, AValueThatIsWrong) {
  std::string text = world_.configWith("second").text();
  text.replace(text.find("connect_timeout: 1s"), 19, "connect_timeout: -1s");
  world_.convoy->rewrite(text);
  repeat("rollback-bad-value", soakCount(100, 5), [&] { return world_.convoy->reload(); });
}

TEST_F(RollbackSoak, APortThatSomebodyElseHas) {
  Config config = world_.configWith("second");
  config.http(world_.backend.port(), Config::direct(200, "second"));
  world_.convoy->rewrite(config.text());
  repeat("rollback-port-taken", soakCount(100, 5), [&] { return world_.convoy->reload(); });
}

TEST_F(RollbackSoak, AWorkerThatDiesWhileItStarts) {
  world_.convoy->rewrite(longText(world_));
  repeat("rollback-worker-dies", soakCount(100, 5), [&] { return whileAWorkerGets(SIGKILL); });
}

// Each takes the whole limit of a start.
TEST_F(RollbackSoak, AWorkerThatStandsStillWhileItStarts) {
  world_.convoy->rewrite(longText(world_));
  repeat("rollback-worker-stands", soakCount(100, 2), [&] { return whileAWorkerGets(SIGSTOP); });
}

}  // namespace
}  // namespace convoy::fakes

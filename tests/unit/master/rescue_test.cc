// Promise: the connections of a dead worker go to one that accepts, to another of the same
// generation if that dies too, and what a worker writes into the shared table harms nobody.
#include "master/rescue.h"

#include <csignal>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

TEST(SentinelEnd, GoTellsTheSentinelWhatTheListenersAreCalled) {
  auto end = SentinelEnd::create();
  ASSERT_TRUE(end.ok());
  (*end)->go({7, ipc::kNoListener}, 3);
  const ipc::RescueHeader& header = (*end)->header();
  EXPECT_EQ(header.go, 1u);
  EXPECT_EQ(header.max_replays, 3u);
  EXPECT_EQ(header.listeners[0], 7u);
  EXPECT_EQ(header.listeners[1], ipc::kNoListener);
  EXPECT_EQ(header.listeners[2], ipc::kNoListener);
}

TEST(Rescues, WithoutASentinelNothingIsWaitedForLong) {
  net::EventLoop loop;
  FakeProcesses processes(loop);
  Aggregate aggregate;
  Rescues rescues(loop, processes, aggregate);
  auto end = SentinelEnd::create();
  ASSERT_TRUE(end.ok());
  rescues.add(Plan{}, 0, std::move(*end), SIGKILL);
  EXPECT_FALSE(rescues.empty());
  rescues.update(nullptr);
  std::unique_ptr<net::Timer> timer;
  timer = loop.createTimer([&] {
    if (rescues.empty()) return loop.stop();
    timer->start(20);
  });
  timer->start(20);
  auto limit = loop.createTimer([&] { loop.stop(); });
  limit->start(10000);
  loop.run();
  EXPECT_TRUE(rescues.empty());
}

TEST(Rescues, AProcessNumberThatIsNoChildOfOursIsNotWaitedFor) {
  OsProcesses processes;
  for (pid_t pid : {pid_t{0}, pid_t{-1}, pid_t{1}, getpid()}) {
    processes.adopt(pid);
    EXPECT_FALSE(processes.lives(pid)) << pid;
  }
  EXPECT_TRUE(processes.reap().empty());
}

}  // namespace
}  // namespace convoy::master

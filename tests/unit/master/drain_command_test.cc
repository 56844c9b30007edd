#include "master/drain_command.h"

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

struct FakeSteps : DrainCommandSteps {
  void beginQuiet(uint64_t, uint64_t announced_ms) override {
    ++begun;
    announced = announced_ms;
  }
  bool stillListening() const override { return listening; }
  uint64_t openConnections() const override { return open; }
  int begun = 0;
  uint64_t announced = 0, open = 0;
  bool listening = false;
};

struct DrainCommandTest : ::testing::Test {
  DrainCommand& make(uint64_t timeout_ms) {
    command = std::make_unique<DrainCommand>(loop, steps, timeout_ms);
    return *command;
  }
  DrainCommand::Done count() {
    return [this](const ControlReply& reply) { ++(reply.ok ? ok : failed); };
  }
  net::EventLoop loop;
  FakeSteps steps;
  std::unique_ptr<DrainCommand> command;
  int ok = 0, failed = 0;
};

TEST_F(DrainCommandTest, BeginsAfterTheDelayAndAnswersWhenNothingIsLeft) {
  DrainCommand& drain = make(60000);
  EXPECT_FALSE(drain.asked());
  steps.open = 2;
  steps.listening = true;
  drain.ask(60, count());
  EXPECT_TRUE(drain.asked());
  EXPECT_FALSE(drain.quiet());
  ASSERT_TRUE(turnUntil(loop, [&] { return drain.quiet(); }));
  EXPECT_GE(steps.announced, 60u);
  steps.open = 0;
  const uint64_t then = loop.nowMs();
  ASSERT_TRUE(turnUntil(loop, [&] { return loop.nowMs() > then + 120; }));
  EXPECT_EQ(ok, 0);  // somebody may still be in a queue
  steps.listening = false;
  ASSERT_TRUE(turnUntil(loop, [&] { return ok == 1; }));
  drain.ask(60, count());
  ASSERT_TRUE(turnUntil(loop, [&] { return ok == 2; }));
  EXPECT_EQ(steps.begun, 1);
}

TEST_F(DrainCommandTest, ALaterCallerMayShortenTheDelayAndNeverProlongIt) {
  DrainCommand& drain = make(60000);
  const uint64_t start = loop.nowMs();
  drain.ask(60000, count());
  drain.ask(30, count());
  drain.ask(60000, count());
  ASSERT_TRUE(turnUntil(loop, [&] { return ok == 3; }));
  EXPECT_LT(loop.nowMs() - start, 1000u);
}

TEST_F(DrainCommandTest, WhatIsOpenAtTheDeadlineIsAFailureForAllWhoAsk) {
  DrainCommand& drain = make(80);
  steps.open = 1;
  drain.ask(0, count());
  ASSERT_TRUE(turnUntil(loop, [&] { return failed == 1; }));
  EXPECT_EQ(drain.restMs(), 0u);
  steps.open = 0;
  drain.ask(0, count());
  ASSERT_TRUE(turnUntil(loop, [&] { return failed == 2; }));
}

}  // namespace
}  // namespace convoy::master

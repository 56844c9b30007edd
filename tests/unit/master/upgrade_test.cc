#include "master/upgrade.h"

#include <map>

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

TEST(UpgradeStates, EveryEventInEveryState) {
  using S = UpgradeState;
  using E = UpgradeEvent;
  const std::map<std::pair<S, E>, S> allowed = {
      {{S::Idle, E::Requested}, S::Asking},     {{S::Asking, E::SaidYes}, S::Waiting},
      {{S::Waiting, E::Quiet}, S::Holding},     {{S::Holding, E::Quiet}, S::Executing},
      {{S::Holding, E::Disturbed}, S::Waiting}, {{S::Asking, E::Refused}, S::Idle},
      {{S::Waiting, E::Refused}, S::Idle},      {{S::Holding, E::Refused}, S::Idle},
      {{S::Executing, E::Refused}, S::Idle},
  };
  for (S state : {S::Idle, S::Asking, S::Waiting, S::Holding, S::Executing}) {
    for (E event : {E::Requested, E::SaidYes, E::Quiet, E::Disturbed, E::Refused}) {
      const auto it = allowed.find({state, event});
      const auto wanted = it == allowed.end() ? std::nullopt : std::optional(it->second);
      EXPECT_EQ(nextState(state, event), wanted)
          << static_cast<int>(state) << " " << static_cast<int>(event);
    }
  }
}

struct FakeSteps : UpgradeSteps {
  base::Status ask(const std::string& program, ChildCheck::Done done) override {
    asked = program;
    answer = std::move(done);
    return {};
  }
  bool quiet() const override { return is_quiet; }
  void holdSignals(bool on) override {
    held = on;
    ++changes;
  }
  base::Error execute(const std::string&) override {
    held_at_exec = held;
    ++executed;
    return base::Error::make(base::ErrorKind::Io, "no such program");
  }
  std::string asked;
  ChildCheck::Done answer;
  bool is_quiet = true, held = false, held_at_exec = false;
  int changes = 0, executed = 0;
};

class UpgradeTest : public ::testing::Test {
 protected:
  void request() {
    upgrade_.request("/new", [this](const std::string& why) { refused_ = why; });
  }
  net::EventLoop loop_;
  FakeSteps steps_;
  Upgrade upgrade_{loop_, steps_};
  std::string refused_;
};

TEST_F(UpgradeTest, ANoIsToldAndNothingIsExecuted) {
  request();
  EXPECT_EQ(steps_.asked, "/new");
  steps_.answer({false, "not me"});
  EXPECT_EQ(refused_, "/new cannot take over: not me");
  EXPECT_EQ(steps_.executed, 0);
  EXPECT_EQ(upgrade_.state(), Upgrade::State::Idle);
}

TEST_F(UpgradeTest, ASecondOneIsRefusedWhileOneIsUnderWay) {
  request();
  std::string second;
  upgrade_.request("/other", [&](const std::string& why) { second = why; });
  EXPECT_EQ(second, "an upgrade is under way already");
  EXPECT_EQ(steps_.asked, "/new");
}

TEST_F(UpgradeTest, SignalsAreHeldForOneTurnBeforeTheExecAndComeAgainAfterOneThatFailed) {
  request();
  steps_.answer({true, ""});
  EXPECT_TRUE(steps_.held);
  EXPECT_EQ(steps_.executed, 0);
  ASSERT_TRUE(turnUntil(loop_, [this] { return !refused_.empty(); }));
  EXPECT_TRUE(steps_.held_at_exec);
  EXPECT_FALSE(steps_.held);
  EXPECT_EQ(refused_, "no such program");
}

TEST_F(UpgradeTest, WhatBeginsInThatTurnPutsItOff) {
  request();
  steps_.answer({true, ""});
  steps_.is_quiet = false;
  ASSERT_TRUE(turnUntil(loop_, [this] { return !steps_.held; }));
  EXPECT_EQ(upgrade_.state(), Upgrade::State::Waiting);
  EXPECT_EQ(steps_.executed, 0);
  steps_.is_quiet = true;
  ASSERT_TRUE(turnUntil(loop_, [this] { return steps_.executed == 1; }));
}

}  // namespace
}  // namespace convoy::master

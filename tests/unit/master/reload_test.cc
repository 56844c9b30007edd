#include "master/reload.h"

#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

struct FakeSteps : ReloadSteps {
  void validate() override {
    log += "validate ";
    if (reload != nullptr) reload->validated(valid);
  }
  ReloadOutcome prepare(ReloadTrigger trigger) override {
    log += trigger == ReloadTrigger::File ? "prepare " : "prepare-workers ";
    return trigger == ReloadTrigger::File ? prepared : ReloadOutcome{};
  }
  void resolve() override { log += "resolve "; }
  void startWorkers() override { log += "start "; }
  void commit() override { log += "commit "; }
  bool keysPending() const override { return pending; }
  void adoptKeys() override { log += "adopt-keys "; }
  void adopt() override { log += "adopt "; }
  void undo() override { log += "undo "; }
  void finished(const ReloadOutcome& outcome) override {
    log += std::string(reloadResultName(outcome.result)) + " ";
    ++ended;
  }
  size_t draining() const override { return drains; }
  size_t drains = 0;
  bool pending = false;
  Reload* reload = nullptr;  // null: the test says when
  ReloadOutcome valid, prepared;
  std::string log;
  int ended = 0;
};

class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() { steps_.reload = &reload_; }
  void request(ReloadTrigger trigger = ReloadTrigger::File) {
    reload_.request([this](const ReloadOutcome& outcome) { outcomes_.push_back(outcome); },
                    trigger);
  }
  bool until(Reload::State state) {
    return turnUntil(loop_, [this, state] { return reload_.state() == state; });
  }
  void walk() {
    ASSERT_TRUE(until(Reload::State::Resolving));
    reload_.resolved();
    reload_.prepared();
    reload_.running();
  }
  net::EventLoop loop_;
  FakeSteps steps_;
  Reload reload_{loop_, steps_, 200};
  std::vector<ReloadOutcome> outcomes_;
};

TEST_F(ReloadTest, GoesThroughItsStatesInOrder) {
  request();
  walk();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 1; }));
  EXPECT_EQ(steps_.log, "validate prepare resolve start commit adopt ok ");
  EXPECT_TRUE(outcomes_[0].ok());
}

TEST(ReloadStates, EveryEventInEveryState) {
  using S = ReloadState;
  using E = ReloadEvent;
  std::map<std::pair<S, E>, S> allowed = {
      {{S::Idle, E::Begun}, S::Validating},        {{S::Validating, E::Valid}, S::Resolving},
      {{S::Resolving, E::Resolved}, S::Starting},  {{S::Starting, E::AllReady}, S::Committing},
      {{S::Committing, E::AllAccepting}, S::Idle}, {{S::Validating, E::OnlyKeys}, S::Rekeying},
      {{S::Rekeying, E::AllRekeyed}, S::Idle},
  };
  const auto states = {S::Idle,     S::Validating, S::Resolving,
                       S::Starting, S::Committing, S::Rekeying};
  for (S state : states) {
    if (state != S::Idle) allowed[{state, E::Failed}] = S::Idle;
  }
  for (S state : states) {
    for (E event : {E::Begun, E::Valid, E::OnlyKeys, E::AllRekeyed, E::Resolved, E::AllReady,
                    E::AllAccepting, E::Failed}) {
      const auto it = allowed.find({state, event});
      EXPECT_EQ(nextState(state, event),
                it == allowed.end() ? std::nullopt : std::optional(it->second))
          << static_cast<int>(state) << " " << static_cast<int>(event);
    }
  }
}

TEST_F(ReloadTest, BytesThatDoNotPassTheCheckAreNeverLoaded) {
  steps_.valid = {ReloadResult::Invalid, "it ended with signal 11"};
  request();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 1; }));
  EXPECT_EQ(steps_.log, "validate undo invalid ");
  EXPECT_EQ(outcomes_[0].error, "it ended with signal 11");
}

TEST_F(ReloadTest, AHangupDuringTheCheckIsOneMoreReload) {
  steps_.reload = nullptr;
  request();
  ASSERT_TRUE(until(Reload::State::Validating));
  request();
  reload_.validated({});
  walk();
  ASSERT_TRUE(until(Reload::State::Validating));
  EXPECT_EQ(outcomes_.size(), 1u);
}

TEST_F(ReloadTest, TheNextOneWaitsForGenerationsThatDrain) {
  request();
  walk();
  steps_.drains = 2;
  request();
  const uint64_t began = loop_.nowMs();
  ASSERT_TRUE(turnUntil(loop_, [&] { return loop_.nowMs() - began > 20; }));
  EXPECT_EQ(reload_.state(), Reload::State::Idle);
  EXPECT_TRUE(reload_.scheduled());
  steps_.drains = 1;
  reload_.drained();
  ASSERT_TRUE(until(Reload::State::Resolving));
  EXPECT_LT(loop_.nowMs() - began, Reload::kRestMs);
}

TEST_F(ReloadTest, TheNextOneWaitsForThemOnlyForAMoment) {
  request();
  walk();
  steps_.drains = 5;
  request();
  walk();
  EXPECT_EQ(reload_.state(), Reload::State::Idle);
  EXPECT_EQ(steps_.ended, 2);
}

TEST_F(ReloadTest, AStopEndsTheWaiting) {
  request();
  walk();
  steps_.drains = 2;
  request();
  reload_.cancel("the server is stopping");
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 2; }));
  EXPECT_EQ(reload_.state(), Reload::State::Idle);
  EXPECT_FALSE(outcomes_[1].ok());
}

TEST_F(ReloadTest, AnInvalidFileTouchesNothingAndSaysWhy) {
  steps_.prepared = {ReloadResult::Invalid, "f:1:1: error"};
  request();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 1; }));
  EXPECT_EQ(steps_.log, "validate prepare invalid ");
  EXPECT_EQ(outcomes_[0].error, "f:1:1: error");
}

TEST_F(ReloadTest, NewCertificatesAreDoneWhenEveryWorkerHasThem) {
  steps_.prepared.only_keys = true;
  steps_.pending = true;
  request();
  ASSERT_TRUE(until(Reload::State::Rekeying));
  EXPECT_EQ(steps_.log, "validate prepare ");
  steps_.pending = false;
  reload_.rekeyed();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 1; }));
  EXPECT_EQ(steps_.log, "validate prepare adopt-keys ok ");
  reload_.rekeyed();
  EXPECT_EQ(steps_.ended, 1);
}

TEST_F(ReloadTest, NewCertificatesWithoutALivingWorkerAreDoneAtOnce) {
  steps_.prepared.only_keys = true;
  request();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 1; }));
  EXPECT_EQ(steps_.log, "validate prepare adopt-keys ok ");
}

TEST_F(ReloadTest, AWorkerThatDoesNotTakeTheCertificatesIsToldOfInTime) {
  steps_.prepared.only_keys = true;
  steps_.pending = true;
  request();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 1; }));
  EXPECT_EQ(steps_.log, "validate prepare undo start_failed ");
  EXPECT_EQ(outcomes_[0].error.find("not every worker took the new certificates"), 0u);
}

TEST_F(ReloadTest, WorkersThatDieBeforeReadyAreUndone) {
  request();
  ASSERT_TRUE(until(Reload::State::Resolving));
  reload_.resolved();
  reload_.failed("worker 0 ended");
  EXPECT_EQ(steps_.log, "validate prepare resolve start undo start_failed ");
  reload_.prepared();
  reload_.running();
  EXPECT_EQ(reload_.state(), Reload::State::Idle);
}

TEST_F(ReloadTest, WorkersThatDieWhileCommittingAreUndone) {
  request();
  ASSERT_TRUE(until(Reload::State::Resolving));
  reload_.resolved();
  reload_.prepared();
  reload_.failed("worker 1 ended");
  EXPECT_EQ(steps_.log, "validate prepare resolve start commit undo start_failed ");
}

TEST_F(ReloadTest, WorkersThatNeverBecomeReadyAreUndoneInTime) {
  request();
  ASSERT_TRUE(until(Reload::State::Resolving));
  reload_.resolved();
  ASSERT_TRUE(until(Reload::State::Idle));
  EXPECT_EQ(steps_.log, "validate prepare resolve start undo start_failed ");
}

TEST_F(ReloadTest, AThousandHangupsAreTwoReloads) {
  request();
  ASSERT_TRUE(until(Reload::State::Resolving));
  for (int i = 0; i < 1000; ++i) reload_.request(nullptr);
  request();
  walk();
  walk();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 2; }));
  EXPECT_EQ(steps_.ended, 2);
  EXPECT_EQ(reload_.state(), Reload::State::Idle);
}

TEST_F(ReloadTest, HangupsBeforeTheLoopTurnsAreOneReload) {
  for (int i = 0; i < 10; ++i) request();
  walk();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 10; }));
  EXPECT_EQ(steps_.ended, 1);
}

TEST_F(ReloadTest, AnotherNumberOfWorkersDoesNotReadTheFile) {
  request(ReloadTrigger::Workers);
  walk();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 1; }));
  EXPECT_EQ(steps_.log, "prepare-workers resolve start commit adopt ok ");
}

TEST_F(ReloadTest, OneReloadOfTheFileCarriesOutBoth) {
  request(ReloadTrigger::Workers);
  request(ReloadTrigger::File);
  request(ReloadTrigger::Workers);
  walk();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 3; }));
  EXPECT_EQ(steps_.log, "validate prepare resolve start commit adopt ok ");
}

TEST_F(ReloadTest, AWrongFileIsNotTheFaultOfWhoAskedForWorkers) {
  steps_.prepared = {ReloadResult::Invalid, "f:1:1: error"};
  request(ReloadTrigger::File);
  request(ReloadTrigger::Workers);
  walk();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 2; }));
  EXPECT_FALSE(outcomes_[0].ok());
  EXPECT_TRUE(outcomes_[1].ok());
  EXPECT_EQ(steps_.log, "validate prepare invalid prepare-workers resolve start commit adopt ok ");
}

TEST_F(ReloadTest, WhatIsAskedForMeanwhileFollowsWithItsOwnTrigger) {
  request(ReloadTrigger::File);
  ASSERT_TRUE(until(Reload::State::Resolving));
  request(ReloadTrigger::Workers);
  walk();
  walk();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 2; }));
  EXPECT_EQ(steps_.log,
            "validate prepare resolve start commit adopt ok prepare-workers resolve start commit "
            "adopt ok ");
}

TEST_F(ReloadTest, StoppingUndoesWhatIsUnderWayAndTellsAll) {
  request();
  ASSERT_TRUE(until(Reload::State::Resolving));
  request();
  reload_.cancel("the server is stopping");
  request();
  ASSERT_TRUE(turnUntil(loop_, [this] { return outcomes_.size() == 3; }));
  for (const ReloadOutcome& outcome : outcomes_) EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(steps_.log, "validate prepare resolve undo start_failed ");
}

}  // namespace
}  // namespace convoy::master

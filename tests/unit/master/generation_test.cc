#include "master/generation.h"

#include <csignal>
#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

struct Recorder : GenerationCallbacks {
  void onGenerationReady(Generation&) override { ++ready; }
  void onGenerationRunning(Generation&) override { ++running; }
  void onGenerationFailed(Generation&, const std::string& reason) override {
    ++failed;
    why = reason;
  }
  void onGenerationGone(Generation&) override { ++gone; }
  void onWorkerRestarted(uint32_t) override { ++restarted; }
  void onWorkerLost(Generation&, uint32_t) override { ++lost; }
  void onWorkerBack(Generation&, uint32_t) override { ++back; }
  void onGenerationRekeyed(Generation&) override { ++rekeyed; }
  int ready = 0, running = 0, failed = 0, gone = 0, restarted = 0, lost = 0, back = 0, rekeyed = 0;
  std::string why;
};

constexpr int kExit0 = 0;
constexpr int kExit70 = 70 << 8;

TEST(GenerationStates, EveryEventInEveryState) {
  using S = GenerationState;
  using E = GenerationEvent;
  const std::map<std::pair<S, E>, S> allowed = {
      {{S::Starting, E::AllReady}, S::Prepared},   {{S::Prepared, E::AllAccepting}, S::Running},
      {{S::Starting, E::LostWorker}, S::Failed},   {{S::Prepared, E::LostWorker}, S::Failed},
      {{S::Starting, E::DrainAsked}, S::Draining}, {{S::Prepared, E::DrainAsked}, S::Draining},
      {{S::Running, E::DrainAsked}, S::Draining},  {{S::Draining, E::DrainAsked}, S::Draining},
      {{S::Failed, E::DrainAsked}, S::Draining},   {{S::Draining, E::Empty}, S::Gone},
  };
  for (S state : {S::Starting, S::Prepared, S::Running, S::Draining, S::Failed, S::Gone}) {
    for (E event : {E::AllReady, E::AllAccepting, E::LostWorker, E::DrainAsked, E::Empty}) {
      const auto it = allowed.find({state, event});
      const auto wanted = it == allowed.end() ? std::nullopt : std::optional(it->second);
      EXPECT_EQ(nextState(state, event), wanted)
          << static_cast<int>(state) << " " << static_cast<int>(event);
    }
  }
}

class GenerationTest : public ::testing::Test {
 protected:
  GenerationTest() {
    plan_.number = 1;
    plan_.concurrency = 2;
    auto bootstrap = std::make_shared<config::Bootstrap>();
    plan_.bootstrap = bootstrap;
    plan_.canonical_json = "{}";
    plan_.directory = std::make_shared<const stats::Directory>(stats::Directory::build(*bootstrap));
    plan_.listeners = std::make_shared<const ListenerSet>(std::vector<ListenerSet::Entry>{});
    plan_.logs = *LogFiles::open(*bootstrap, "f");
  }
  Generation& make() {
    generation_ = std::make_unique<Generation>(loop_, processes_, aggregate_, seen_, plan_,
                                               [] { return ipc::EndpointsPayload{}; });
    generation_->start();
    return *generation_;
  }
  void run(Generation& generation) {
    ASSERT_TRUE(turnUntil(loop_, [this] { return seen_.ready == 1; }));
    generation.startAccept();
    ASSERT_TRUE(turnUntil(loop_, [this] { return seen_.running == 1; }));
  }
  bool until(std::function<bool()> done) { return turnUntil(loop_, std::move(done)); }

  net::EventLoop loop_;
  FakeProcesses processes_{loop_};
  Aggregate aggregate_;
  Recorder seen_;
  Plan plan_;
  std::unique_ptr<Generation> generation_;
};

TEST_F(GenerationTest, StartsAllMakesThemReadyThenAccepting) {
  Generation& generation = make();
  run(generation);
  EXPECT_EQ(generation.state(), Generation::State::Running);
  EXPECT_EQ(generation.views()[1].state, "accepting");
}

TEST_F(GenerationTest, AWorkerIsGivenEverythingInOrderBeforeItIsReady) {
  make();
  ASSERT_TRUE(until([this] { return seen_.ready == 1; }));
  const auto& got = processes_.workers[0]->received;
  ASSERT_EQ(got.size(), 4u);
  EXPECT_EQ(got[0].type, ipc::MessageType::Config);
  EXPECT_EQ(got[0].fds.size(), 2u);
  EXPECT_EQ(got[1].type, ipc::MessageType::Listeners);
  EXPECT_EQ(got[2].type, ipc::MessageType::Logs);
  EXPECT_EQ(got[3].type, ipc::MessageType::Endpoints);
}

TEST_F(GenerationTest, ADeathBeforeReadyFailsItWithTheLastWords) {
  processes_.obedient = false;
  Generation& generation = make();
  processes_.workers[1]->hello();
  processes_.workers[1]->say(ipc::MessageType::Fatal, "no such cluster");
  ASSERT_TRUE(until([&] { return true; }));
  EXPECT_TRUE(generation.onReaped({processes_.workers[1]->pid, kExit70}));
  EXPECT_EQ(seen_.failed, 1);
  EXPECT_NE(seen_.why.find("exit code 70: no such cluster"), std::string::npos) << seen_.why;
  generation.exitNow();
  EXPECT_TRUE(generation.onReaped({processes_.workers[0]->pid, kExit0}));
  EXPECT_EQ(seen_.gone, 1);
}

TEST_F(GenerationTest, LastWordsCountAlthoughTheEndIsKnownBeforeTheyWereRead) {
  processes_.obedient = false;
  Generation& generation = make();
  processes_.workers[1]->hello();
  processes_.workers[1]->say(ipc::MessageType::Fatal, "no such cluster");
  EXPECT_TRUE(generation.onReaped({processes_.workers[1]->pid, kExit70}));
  EXPECT_NE(seen_.why.find("exit code 70: no such cluster"), std::string::npos) << seen_.why;
  generation.exitNow();
}

TEST_F(GenerationTest, WhatADeadHeirHadNotReadIsReadByTheNextOne) {
  Generation old(loop_, processes_, aggregate_, seen_, plan_,
                 [] { return ipc::EndpointsPayload{}; });
  old.start();
  run(old);
  seen_.ready = seen_.running = 0;
  Generation& next = make();
  run(next);
  old.linkTo(next);
  old.drain({10000, false});
  FakeWorker& sender = *processes_.workers[0];
  FakeWorker& heir = *processes_.workers[2];
  FakeWorker& neighbour = *processes_.workers[3];
  ASSERT_TRUE(until([&] {
    return sender.count(ipc::MessageType::Successor) == 1 &&
           heir.count(ipc::MessageType::Inherit) == 1;
  }));
  ASSERT_EQ(::send(sender.last(ipc::MessageType::Successor), "conn", 4, 0), 4);
  const size_t before = neighbour.count(ipc::MessageType::Inherit);

  next.onReaped({heir.pid, SIGKILL});
  old.findHeirs(next);

  ASSERT_TRUE(until([&] { return neighbour.count(ipc::MessageType::Inherit) == before + 1; }));
  char bytes[8];
  EXPECT_EQ(::recv(neighbour.last(ipc::MessageType::Inherit), bytes, sizeof(bytes), 0), 4);
}

TEST_F(GenerationTest, ADeadWorkerOfARunningGenerationIsReplacedAndAcceptsAtOnce) {
  Generation& generation = make();
  run(generation);
  EXPECT_TRUE(generation.onReaped({processes_.workers[0]->pid, SIGKILL}));
  ASSERT_TRUE(until([&] {
    return processes_.workers.size() == 3 && generation.views().size() == 2 &&
           generation.views()[0].state == "accepting";
  }));
  EXPECT_EQ(seen_.restarted, 1);
  EXPECT_EQ(seen_.failed, 0);
  EXPECT_EQ(generation.views()[0].restarts, 1u);
}

TEST_F(GenerationTest, NewCertificatesAreTakenWhenEveryLivingWorkerHasSaidSo) {
  Generation& generation = make();
  run(generation);
  processes_.workers[1]->answers_pings = false;
  Plan plan = plan_;
  plan.canonical_json = "{\"new\": 1}";
  ASSERT_TRUE(generation.rekey(plan).ok());
  EXPECT_TRUE(generation.keysPending());
  EXPECT_FALSE(generation.allSaid());
  ASSERT_TRUE(until([&] { return processes_.workers[1]->count(ipc::MessageType::Ping) == 1; }));
  EXPECT_EQ(processes_.workers[1]->count(ipc::MessageType::Secrets), 1u);
  EXPECT_EQ(seen_.rekeyed, 0);
  processes_.workers[1]->say(ipc::MessageType::Pong);
  ASSERT_TRUE(until([&] { return seen_.rekeyed == 1; }));
  EXPECT_FALSE(generation.keysPending());
  EXPECT_TRUE(generation.allSaid());
}

TEST_F(GenerationTest, AWorkerThatDiesIsNotWaitedForWithNewCertificates) {
  Generation& generation = make();
  run(generation);
  for (const auto& worker : processes_.workers) worker->answers_pings = false;
  ASSERT_TRUE(generation.rekey(plan_).ok());
  ASSERT_TRUE(until([&] { return processes_.workers[0]->count(ipc::MessageType::Ping) == 1; }));
  processes_.workers[0]->say(ipc::MessageType::Pong);
  generation.onReaped({processes_.workers[1]->pid, SIGKILL});
  ASSERT_TRUE(until([&] { return seen_.rekeyed == 1; }));
}

TEST_F(GenerationTest, WhenNoProcessCanBeStartedItKeepsTrying) {
  Generation& generation = make();
  run(generation);
  processes_.refuse = true;
  generation.onReaped({processes_.workers[0]->pid, SIGKILL});
  ASSERT_TRUE(until([&] { return seen_.restarted >= 2; }));
  processes_.refuse = false;
  ASSERT_TRUE(until([&] { return generation.views().size() == 2; }));
}

TEST_F(GenerationTest, DrainsAndIsGoneWhenTheLastProcessIs) {
  Generation& generation = make();
  run(generation);
  generation.drain({5000, true});
  ASSERT_TRUE(until([&] { return processes_.workers[0]->count(ipc::MessageType::Drain) == 1; }));
  ipc::DrainPayload payload;
  ASSERT_TRUE(fromJson(processes_.workers[0]->received.back().payload, &payload));
  EXPECT_EQ(payload.deadline_ms, 5000u);
  EXPECT_TRUE(payload.stopping);
  generation.onReaped({processes_.workers[0]->pid, kExit0});
  EXPECT_EQ(seen_.gone, 0);
  generation.onReaped({processes_.workers[1]->pid, kExit0});
  EXPECT_EQ(seen_.gone, 1);
  EXPECT_EQ(seen_.restarted, 0);
}

TEST_F(GenerationTest, AnEarlierDeadlineReachesThoseThatDrainAlready) {
  Generation& generation = make();
  run(generation);
  generation.drain({600000, false});
  generation.drain({900000, false});
  generation.drain({1000, true});
  ASSERT_TRUE(until([&] { return processes_.workers[0]->count(ipc::MessageType::Drain) == 2; }));
  ipc::DrainPayload payload;
  ASSERT_TRUE(fromJson(processes_.workers[0]->received.back().payload, &payload));
  EXPECT_EQ(payload.deadline_ms, 1000u);
}

TEST_F(GenerationTest, AWorkerThatIsReplacedHearsTheLogLevelsThatWereChanged) {
  Generation& generation = make();
  run(generation);
  std::vector<std::string> levels = {"{}", "{}"};
  generation.setLogLevels(&levels);
  generation.onReaped({processes_.workers[0]->pid, SIGKILL});
  ASSERT_TRUE(until([&] {
    return processes_.workers.size() == 3 &&
           processes_.workers[2]->count(ipc::MessageType::LogLevel) == 2;
  }));
}

TEST_F(GenerationTest, AWorkerThatIsReplacedAfterADrainCommandIsQuietBeforeItMayAccept) {
  Generation& generation = make();
  run(generation);
  ipc::DrainPayload order{5000, true};
  order.stay = true;
  generation.quiesce(order, [] { return uint64_t{1234}; });
  generation.onReaped({processes_.workers[0]->pid, SIGKILL});
  ASSERT_TRUE(until([&] {
    return processes_.workers.size() == 3 &&
           processes_.workers[2]->count(ipc::MessageType::StartAccept) == 1;
  }));
  const auto& received = processes_.workers[2]->received;
  ASSERT_GE(received.size(), 2u);
  const ipc::Message& before = received[received.size() - 2];
  ASSERT_EQ(before.type, ipc::MessageType::Drain);
  ipc::DrainPayload payload;
  ASSERT_TRUE(fromJson(before.payload, &payload));
  EXPECT_TRUE(payload.stay);
  EXPECT_EQ(payload.deadline_ms, 1234u);
}

TEST_F(GenerationTest, ANeighbourAdoptsTheSocketsOfADeadSlotUntilItsWorkerAccepts) {
  auto bootstrap = std::make_shared<config::Bootstrap>();
  config::Listener listener;
  listener.name = "own";
  listener.address.address = "127.0.0.1";
  bootstrap->listeners.push_back(listener);
  listener.name = "shared";
  listener.enable_reuse_port = false;
  bootstrap->listeners.push_back(listener);
  ListenerSockets sockets(2, {});
  plan_.bootstrap = bootstrap;
  plan_.listeners = *sockets.bind(*bootstrap, "f");
  Generation& generation = make();
  run(generation);
  processes_.refuse = true;
  generation.onReaped({processes_.workers[0]->pid, SIGKILL});
  FakeWorker& neighbour = *processes_.workers[1];
  ASSERT_TRUE(until([&] { return neighbour.count(ipc::MessageType::Adopt) == 1; }));
  ipc::AdoptPayload adopt;
  ASSERT_TRUE(fromJson(neighbour.received.back().payload, &adopt));
  EXPECT_EQ(adopt.slot, 0u);
  // Not the one that it shares with the dead slot.
  EXPECT_EQ(adopt.indices, (std::vector<uint32_t>{0}));
  EXPECT_EQ(neighbour.received.back().fds.size(), 1u);
  EXPECT_EQ(neighbour.count(ipc::MessageType::Release), 0u);
  processes_.refuse = false;
  ASSERT_TRUE(until([&] { return neighbour.count(ipc::MessageType::Release) == 1; }));
  EXPECT_EQ(generation.views()[0].state, "accepting");
}

TEST_F(GenerationTest, WhileDrainingOnlyTheListenersThatAreKeptAreAdopted) {
  auto bootstrap = std::make_shared<config::Bootstrap>();
  config::Listener listener;
  listener.address.address = "127.0.0.1";
  for (const char* name : {"taken over", "removed"}) {
    listener.name = name;
    bootstrap->listeners.push_back(listener);
  }
  ListenerSockets sockets(2, {});
  plan_.bootstrap = bootstrap;
  plan_.listeners = *sockets.bind(*bootstrap, "f");
  Generation& generation = make();
  run(generation);
  ipc::DrainPayload order{600000, false};
  order.keep_accepting = {1};
  generation.drain(order);
  generation.onReaped({processes_.workers[0]->pid, SIGKILL});
  FakeWorker& neighbour = *processes_.workers[1];
  ASSERT_TRUE(until([&] { return neighbour.count(ipc::MessageType::Adopt) == 1; }));
  ipc::AdoptPayload adopt;
  ASSERT_TRUE(fromJson(neighbour.received.back().payload, &adopt));
  EXPECT_EQ(adopt.indices, (std::vector<uint32_t>{1}));
}

struct Misbehaviour {
  const char* name;
  void (*act)(FakeWorker&);
};
class Misbehaving : public GenerationTest, public ::testing::WithParamInterface<Misbehaviour> {};

TEST_P(Misbehaving, IsKilledAndTheMasterGoesOn) {
  processes_.obedient = false;
  make();
  FakeWorker& worker = *processes_.workers[0];
  GetParam().act(worker);
  ASSERT_TRUE(until([this] { return !processes_.killed.empty(); }));
  EXPECT_EQ(processes_.killed[0], (std::pair<pid_t, int>(worker.pid, SIGKILL)));
}

INSTANTIATE_TEST_SUITE_P(
    All, Misbehaving,
    ::testing::Values(
        Misbehaviour{"ReadyWithoutHello", [](FakeWorker& w) { w.say(ipc::MessageType::Ready); }},
        Misbehaviour{"PongUnasked",
                     [](FakeWorker& w) {
                       w.hello();
                       w.say(ipc::MessageType::Pong);
                     }},
        Misbehaviour{"TwoHellos",
                     [](FakeWorker& w) {
                       w.hello();
                       w.hello();
                     }},
        Misbehaviour{"AcceptingUnasked",
                     [](FakeWorker& w) {
                       w.hello();
                       w.say(ipc::MessageType::Ready);
                       w.say(ipc::MessageType::Accepting);
                     }},
        Misbehaviour{"MastersMessage", [](FakeWorker& w) { w.say(ipc::MessageType::Drain); }},
        Misbehaviour{"HelloOfNonsense",
                     [](FakeWorker& w) { w.say(ipc::MessageType::Hello, "[[["); }}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(WorkerStates, OnlyTheDrawnTransitionsExist) {
  using S = WorkerState;
  using E = WorkerEvent;
  EXPECT_EQ(nextState(S::Starting, E::SaidReady), S::Ready);
  EXPECT_EQ(nextState(S::Ready, E::SaidAccepting), S::Accepting);
  EXPECT_EQ(nextState(S::Accepting, E::DrainSent), S::Draining);
  EXPECT_EQ(nextState(S::Draining, E::SaidAccepting), S::Draining);
  EXPECT_EQ(nextState(S::Starting, E::SaidAccepting), std::nullopt);
  EXPECT_EQ(nextState(S::Accepting, E::SaidReady), std::nullopt);
  EXPECT_EQ(nextState(S::Dead, E::DrainSent), std::nullopt);
  for (S state : {S::Starting, S::Ready, S::Accepting, S::Draining, S::Dead}) {
    EXPECT_EQ(nextState(state, E::Reaped), S::Dead);
  }
}

TEST(Respawn, WaitsLongerEachTimeUpToFiveSeconds) {
  EXPECT_EQ(respawnDelayMs(0), 0u);
  EXPECT_EQ(respawnDelayMs(1), 100u);
  EXPECT_EQ(respawnDelayMs(2), 200u);
  EXPECT_EQ(respawnDelayMs(6), 3200u);
  EXPECT_EQ(respawnDelayMs(7), 5000u);
  EXPECT_EQ(respawnDelayMs(1000), 5000u);
}

}  // namespace
}  // namespace convoy::master

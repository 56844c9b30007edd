// What one program writes for the next, read by it: whole, and broken in every place.
#include "master/inheritance.h"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/stats/stat_tables.h"
#include "master/generation.h"
#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

struct Silent : GenerationCallbacks {
  void onGenerationReady(Generation&) override { ready = true; }
  void onGenerationRunning(Generation&) override { running = true; }
  void onGenerationFailed(Generation&, const std::string&) override {}
  void onGenerationGone(Generation&) override { gone = true; }
  void onWorkerRestarted(uint32_t) override {}
  void onWorkerLost(Generation&, uint32_t) override {}
  void onWorkerBack(Generation&, uint32_t) override {}
  bool ready = false, running = false, gone = false;
};

Plan planOf(const config::Bootstrap& made) {
  Plan plan;
  plan.number = 1;
  plan.concurrency = 2;
  auto bootstrap = std::make_shared<config::Bootstrap>(made);
  plan.bootstrap = bootstrap;
  plan.canonical_json = "{}";
  plan.directory = std::make_shared<const stats::Directory>(stats::Directory::build(*bootstrap));
  plan.listeners = std::make_shared<const ListenerSet>(std::vector<ListenerSet::Entry>{});
  plan.logs = *LogFiles::open(*bootstrap, "f");
  return plan;
}

// Calls `visit` with `whole` changed in one place, for each place and each way.
void eachMutation(Json::Value& whole, Json::Value& at, const std::function<void()>& visit) {
  const Json::Value before = at;
  for (const Json::Value& wrong :
       {Json::Value(), Json::Value("x"), Json::Value(-7), Json::Value(4000000000u),
        Json::Value(Json::arrayValue), Json::Value(Json::objectValue)}) {
    at = wrong;
    visit();
    at = before;
  }
  if (at.isObject()) {
    for (const std::string& name : before.getMemberNames()) {
      at.removeMember(name);
      visit();
      at[name] = before[name];
      eachMutation(whole, at[name], visit);
    }
  } else if (at.isArray()) {
    // Each of a long list is read the same way.
    for (Json::ArrayIndex i = 0; i < at.size() && i < 6; ++i) eachMutation(whole, at[i], visit);
  }
}

class GenerationInheritance : public ::testing::Test {
 protected:
  GenerationInheritance() {
    bootstrap_.clusters.emplace_back().name = "a";
    old_ = std::make_unique<Generation>(loop_, processes_, old_counts_, seen_, planOf(bootstrap_),
                                        [] { return ipc::EndpointsPayload{}; });
    old_->start();
    EXPECT_TRUE(turnUntil(loop_, [this] { return seen_.ready; }));
    old_->startAccept();
    EXPECT_TRUE(turnUntil(loop_, [this] { return seen_.running; }));
  }
  std::unique_ptr<Generation> restored(Aggregate& counts, const Json::Value& saved,
                                       base::Status* status, const config::Bootstrap& made) {
    auto out = std::make_unique<Generation>(loop_, processes_, counts, new_seen_, planOf(made),
                                            [] { return ipc::EndpointsPayload{}; });
    *status = out->restore(saved);
    return out;
  }

  net::EventLoop loop_;
  FakeProcesses processes_{loop_};
  config::Bootstrap bootstrap_;
  Aggregate old_counts_;
  Silent seen_, new_seen_;
  std::unique_ptr<Generation> old_;
};

TEST_F(GenerationInheritance, WorkersAreTheSameAndHearTheNewMaster) {
  Bequest bequest;
  const Json::Value saved = old_->save(bequest);
  Aggregate counts;
  base::Status status;
  auto next = restored(counts, saved, &status, bootstrap_);
  ASSERT_TRUE(status.ok()) << status.error().context;
  EXPECT_EQ(next->state(), Generation::State::Running);
  EXPECT_EQ(next->living(), 2u);
  EXPECT_EQ(next->views()[1].pid, processes_.workers[1]->pid);
  EXPECT_EQ(next->views()[1].state, "accepting");
  EXPECT_EQ(processes_.adopted.size(), 2u);
  next->drain({1000, false});
  EXPECT_TRUE(turnUntil(
      loop_, [this] { return processes_.workers[1]->count(ipc::MessageType::Drain) == 1; }));
  for (const auto& worker : processes_.workers) EXPECT_TRUE(next->onReaped({worker->pid, 0}));
  EXPECT_TRUE(new_seen_.gone);
}

TEST_F(GenerationInheritance, WhatDrainsIsNotToldAgain) {
  old_->drain({60000, false});
  ASSERT_TRUE(turnUntil(
      loop_, [this] { return processes_.workers[1]->count(ipc::MessageType::Drain) == 1; }));
  Bequest bequest;
  Aggregate counts;
  base::Status status;
  auto next = restored(counts, old_->save(bequest), &status, bootstrap_);
  ASSERT_TRUE(status.ok()) << status.error().context;
  EXPECT_EQ(next->state(), Generation::State::Draining);
  EXPECT_EQ(next->drainStartedMs(), old_->drainStartedMs());
  next->send(ipc::MessageType::Ping, "{}");
  ASSERT_TRUE(turnUntil(
      loop_, [this] { return processes_.workers[1]->count(ipc::MessageType::Ping) == 1; }));
  EXPECT_EQ(processes_.workers[1]->count(ipc::MessageType::Drain), 1u);
}

// From a program whose stats lie elsewhere to one, and on to a third: what the workers of the first
// count arrives in the last.
TEST_F(GenerationInheritance, TheLayoutOfTheFirstProgramIsKnownToTheThird) {
  Bequest bequest;
  const Json::Value first = old_->save(bequest);
  config::Bootstrap other = bootstrap_;
  other.clusters.insert(other.clusters.begin(), config::Cluster{});
  other.clusters[0].name = "in front";  // every cell of "a" lies elsewhere
  Aggregate second_counts, third_counts;
  base::Status status;
  auto second = restored(second_counts, first, &status, other);
  ASSERT_TRUE(status.ok()) << status.error().context;
  auto third = restored(third_counts, second->save(bequest), &status, bootstrap_);
  ASSERT_TRUE(status.ok()) << status.error().context;

  const Json::Value& slab = first["slots"][0]["worker"];
  const stats::Directory directory = stats::Directory::build(bootstrap_);
  auto mapped =
      stats::Slab::map(takeFd(slab, "slab"), directory.layoutHash(), directory.cellCount());
  ASSERT_TRUE(mapped.ok());
  stats::StatBlock<stats::ClusterStat>((*mapped)->cells() + directory.cluster(0))
      .add(stats::ClusterStat::upstream_rq_total, 5);

  const auto value = [](const Aggregate& counts) {
    const auto series =
        counts.collect([](const std::string& raw) { return raw == "cluster.a.upstream_rq_total"; });
    return series.size() == 1 ? series[0].value : 0;
  };
  EXPECT_EQ(value(second_counts), 5u);
  EXPECT_EQ(value(third_counts), 5u);
  second->drain({1000, false});
  second->onReaped({processes_.workers[0]->pid, 0});
  EXPECT_EQ(value(second_counts), 5u);
}

TEST_F(GenerationInheritance, BrokenAnywhereItIsRefusedOrHarmless) {
  Bequest bequest;
  Json::Value saved = old_->save(bequest);
  size_t tried = 0, refused = 0;
  eachMutation(saved, saved, [&] {
    Aggregate counts;
    base::Status status;
    auto next = restored(counts, saved, &status, bootstrap_);
    ++tried;
    refused += status.ok() ? 0 : 1;
    EXPECT_TRUE(status.ok() || !status.error().context.empty());
  });
  EXPECT_GT(tried, 300u);
  EXPECT_GT(refused, 100u);
}

Aggregate& countedAll(Aggregate& counts, const stats::Directory& directory) {
  counts.setCurrent(std::make_shared<const stats::Directory>(directory));
  counts.addCounter("cluster.a.upstream_rq_total", 7);
  counts.addCounter("cluster.a.upstream_rq_503", 3);
  counts.observe("cluster.a.upstream_rq_time", 1500);
  counts.addOwn("convoy_worker_exits_total", {{"reason", "clean"}}, 2);
  counts.setOwn("convoy_some_gauge", stats::StatType::Gauge, {}, 4);
  return counts;
}

TEST(AggregateInheritance, EveryCountIsTheSameInTheNextProgram) {
  config::Bootstrap bootstrap;
  bootstrap.clusters.emplace_back().name = "a";
  const stats::Directory directory = stats::Directory::build(bootstrap);
  Aggregate before, after;
  countedAll(before, directory).resetCounters();
  before.addCounter("cluster.a.upstream_rq_total", 1);
  ASSERT_TRUE(after.restore(before.save()));
  after.setCurrent(std::make_shared<const stats::Directory>(directory));
  const auto wanted = before.collect(nullptr), got = after.collect(nullptr);
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].raw_name, wanted[i].raw_name);
    EXPECT_EQ(got[i].value, wanted[i].value) << wanted[i].raw_name;
    EXPECT_EQ(got[i].buckets, wanted[i].buckets) << wanted[i].raw_name;
    EXPECT_EQ(got[i].sum_us, wanted[i].sum_us) << wanted[i].raw_name;
  }
}

TEST(AggregateInheritance, BrokenAnywhereItIsRefusedOrHarmless) {
  config::Bootstrap bootstrap;
  bootstrap.clusters.emplace_back().name = "a";
  Aggregate before;
  countedAll(before, stats::Directory::build(bootstrap));
  Json::Value saved = before.save();
  size_t tried = 0, refused = 0;
  eachMutation(saved, saved, [&] {
    Aggregate after;
    ++tried;
    refused += after.restore(saved) ? 0 : 1;
    after.collect(nullptr);
  });
  EXPECT_GT(tried, 100u);
  EXPECT_GT(refused, 10u);
}

class SocketInheritance : public ::testing::Test {
 protected:
  SocketInheritance() {
    config::Listener& listener = bootstrap_.listeners.emplace_back();
    listener.name = "web";
    listener.address.address = "127.0.0.1";
    listener.enable_reuse_port = true;
  }
  Json::Value save() {
    set_ = *old_.bind(bootstrap_, "f");
    return old_.save(
        {set_->entries()[0].bound.get()},
        [](const BoundAddress&) { return std::vector<std::string>{"l0.s0"}; }, bequest_);
  }
  config::Bootstrap bootstrap_;
  ListenerSockets old_{2, {}};
  std::shared_ptr<const ListenerSet> set_;
  Bequest bequest_;
};

TEST_F(SocketInheritance, TheNextProgramFindsThemByTheirNamesAndListensOn) {
  const Json::Value saved = save();
  const uint16_t port = set_->entries()[0].bound->address().port();
  EXPECT_EQ(bequest_.fds().size(), 2u);
  ListenerSockets next(2, {});
  std::vector<std::shared_ptr<BoundAddress>> addresses;
  ASSERT_TRUE(next.restore(saved, &addresses).ok());
  ASSERT_EQ(addresses.size(), 1u);
  EXPECT_EQ(addresses[0]->inheritedNames(), std::vector<std::string>{"l0.s0"});
  // Port 0: bound anew it would be another.
  const auto again = next.bind(bootstrap_, "f");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->entries()[0].bound, addresses[0]);
  EXPECT_EQ(addresses[0]->address().port(), port);
  EXPECT_TRUE(addresses[0]->ownGroup());
}

TEST_F(SocketInheritance, WhatAFailedTakeOverClosesIsStillOpen) {
  const Json::Value saved = save();
  {
    ListenerSockets next(2, {});
    std::vector<std::shared_ptr<BoundAddress>> addresses;
    ASSERT_TRUE(next.restore(saved, &addresses).ok());
  }
  for (int fd : bequest_.fds()) {
    int listening = 0;
    socklen_t length = sizeof(listening);
    EXPECT_EQ(::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length), 0);
    EXPECT_EQ(listening, 1);
  }
}

TEST_F(SocketInheritance, BrokenAnywhereTheyAreRefusedOrHarmless) {
  Json::Value saved = save();
  size_t tried = 0;
  eachMutation(saved, saved, [&] {
    ListenerSockets next(2, {});
    std::vector<std::shared_ptr<BoundAddress>> addresses;
    static_cast<void>(next.restore(saved, &addresses).ok());
    ++tried;
  });
  EXPECT_GT(tried, 50u);
}

}  // namespace
}  // namespace convoy::master

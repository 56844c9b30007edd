// generation: the set of workers of one configuration: starts them, keeps every slot filled, drains
// them when a newer one took over. Owned by the Master, which holds one running generation and
// those that still drain. Master's loop.
//
//            AllReady            AllAccepting           DrainAsked            Empty
//   Starting --------> Prepared --------------> Running ----------> Draining ------> Gone
//      |                  |                                            ^
//      +------------------+--LostWorker--> Failed --DrainAsked---------+
//
// While Running a dead worker is started again after 0, 100, 200, 400 ... 5000 ms (from 0 again
// after 60 s of life; never more than 200 if none is left); a neighbour accepts for it meanwhile
// (adoption.h), and with no neighbour connections wait in the queues of its sockets, which stay
// open in the master. Before Running a death is a failure: the caller rolls back to the generation
// that still runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "master/admin/context.h"
#include "master/adoption.h"
#include "master/metrics/aggregate.h"
#include "master/publish.h"
#include "master/worker_process.h"

namespace convoy::master {

class Generation;

class GenerationCallbacks {
 public:
  virtual ~GenerationCallbacks() = default;
  virtual void onGenerationReady(Generation& generation) = 0;
  virtual void onGenerationRunning(Generation& generation) = 0;
  virtual void onGenerationFailed(Generation& generation, const std::string& why) = 0;
  // No process is left: it may be destroyed (later: EventLoop::post).
  virtual void onGenerationGone(Generation& generation) = 0;
  virtual void onWorkerRestarted(uint32_t slot) = 0;
  virtual void onWorkerLost(Generation& generation, uint32_t slot) = 0;  // while Running
  virtual void onWorkerBack(Generation& generation, uint32_t slot) = 0;  // it accepts again
  // After rekey(): every worker that lives has the new certificates. Not from inside rekey().
  virtual void onGenerationRekeyed(Generation&) {}
  // A worker died, and its sentinel may still hold its connections.
  virtual void onBereaved(Generation&, uint32_t, std::unique_ptr<SentinelEnd>, const Exited&) {}
};

enum class GenerationState : uint8_t { Starting, Prepared, Running, Draining, Failed, Gone };
enum class GenerationEvent : uint8_t { AllReady, AllAccepting, LostWorker, DrainAsked, Empty };
// Nothing: the event changes nothing in that state.
std::optional<GenerationState> nextState(GenerationState state, GenerationEvent event);

// Milliseconds before the next start of a slot whose last `failures` workers died young.
uint64_t respawnDelayMs(uint32_t failures);

class Generation final : private WorkerCallbacks {
 public:
  using State = GenerationState;
  using Event = GenerationEvent;

  // `endpoints` makes the payload a fresh worker starts with.
  Generation(net::EventLoop& loop, Processes& processes, Aggregate& aggregate,
             GenerationCallbacks& callbacks, Plan plan,
             std::function<ipc::EndpointsPayload()> endpoints);
  ~Generation() override;

  void start();
  // For a program that takes our place; and there, instead of start(). REQUIRES: Running or
  // Draining.
  Json::Value save(Bequest& bequest) const;
  base::Status restore(const Json::Value& saved);
  void startAccept();
  // Our connections go to `next`, a worker's to that of the same slot, as far as they can.
  void linkTo(Generation& next);
  // Some worker of `next` died or came back: whose heir is gone gets another.
  void findHeirs(Generation& next);
  // Again, with an earlier deadline, while it drains already: the deadline moves. Listeners of
  // `keep_accepting` are accepted from until stopAccept() for their address.
  void drain(const ipc::DrainPayload& order);
  void exitNow();
  // After a failure: what accepted already may finish, the rest goes at once.
  void abandon(uint64_t deadline_ms);
  // Nobody accepts any more, what is under way ends, the workers stay: also those that are started
  // later. `rest_ms` is asked for what is left of the deadline then.
  void quiesce(const ipc::DrainPayload& order, std::function<uint64_t()> rest_ms);
  bool quiet() const { return quiet_rest_ms_ != nullptr; }
  void stopAccept(const BoundAddress& bound);
  // A worker has not said yet that it stopped.
  bool stopPending() const;
  // True if the process was ours.
  bool onReaped(const Exited& exited);

  void sendEndpoints(const ipc::EndpointsPayload& changed);
  void sendLogs();
  // Who is told of hosts that fail (ejections).
  using HostFailing = std::function<void(const ipc::HostFailingPayload&)>;
  void setHostFailing(HostFailing told) { host_failing_ = std::move(told); }
  using HostRates = std::function<void(const ipc::HostRatesPayload&)>;
  void setHostRates(HostRates told) { host_rates_ = std::move(told); }
  // Asks the workers what they know of the hosts of some clusters; who is told what they say.
  // Returns the slots of those that will.
  std::set<uint32_t> askHosts(const ipc::HostStatsPayload& asked);
  using HostStats = std::function<void(uint32_t slot, const ipc::HostStatsToldPayload&)>;
  void setHostStats(HostStats told) { host_stats_ = std::move(told); }
  // What a worker started from now on is told, in this order. Outlives us.
  // The same of the TicketKeys message.
  void setTicketKeys(const std::string* message) { ticket_keys_ = message; }
  void setLimits(SharedLimits* limits) { limits_ = limits; }
  void setLogLevels(const std::vector<std::string>* messages) { log_levels_ = messages; }
  // And of /healthcheck/fail; sendHealth() tells the living workers what it is now.
  void setHealthFailed(const bool* failed) { health_failed_ = failed; }
  void sendHealth();
  void send(ipc::MessageType type, const std::string& payload);  // to every living worker

  const Plan& plan() const { return plan_; }
  // The same configuration with other certificates: to all workers, and to those that come.
  base::Status rekey(const Plan& plan);
  bool keysPending() const;  // a worker has not said yet that it took them
  uint32_t number() const { return plan_.number; }
  State state() const { return state_; }
  uint64_t drainStartedMs() const { return drain_started_ms_; }
  // Some worker had to cut connections.
  bool deadlineHit() const { return deadline_hit_; }
  size_t living() const;
  bool allSaid() const;  // nothing is on its way to a worker
  bool serves() const;   // some worker accepts and moves
  std::vector<WorkerView> views() const;
  // For the Watchdog: neighbours accept for those that do not move, and `timeout_ms` ends them.
  void lookForStalls(uint64_t timeout_ms);
  void forgiveStalls();
  WorkerProcess* heirOf(uint32_t slot);
  bool isAccepting(pid_t pid) const;
  void adoptSentinels();  // to be reaped as workers are
  // The newest tick of any living worker, for the watchdog; 0 = none.
  uint64_t newestTickMs() const;

 private:
  struct Slot {
    uint32_t index = 0;
    std::unique_ptr<WorkerProcess> worker;
    std::shared_ptr<const stats::Layout> layout;  // of its slab; null: that of the plan
    uint32_t holdings = 0;                        // where in its slab (limits_page.h)
    uint32_t failures = 0;
    uint64_t restarts = 0;
    std::unique_ptr<net::Timer> respawn;
    std::unique_ptr<net::Timer> start_limit;
  };
  void onWorkerReady(uint32_t slot) override;
  void onWorkerAccepting(uint32_t slot) override;
  void onDrainProgress(uint32_t slot, const ipc::DrainProgressPayload& since) override;
  void onHostFailing(const ipc::HostFailingPayload& report) override {
    if (host_failing_) host_failing_(report);
  }
  void onHostRates(const ipc::HostRatesPayload& rates) override {
    if (host_rates_) host_rates_(rates);
  }
  void onHostStats(uint32_t slot, const ipc::HostStatsToldPayload& told) override {
    if (host_stats_) host_stats_(slot, told);
  }
  void onKeysTaken(uint32_t) override { checkKeys(); }
  void checkKeys();
  bool advance(Event event);
  Slot& addSlot();
  using LayoutPtr = std::shared_ptr<const stats::Layout>;
  base::Status restoreSlot(const Json::Value& saved, const std::vector<LayoutPtr>& layouts);
  base::Status restoreSlab(Slot& slot, LayoutPtr layout, std::shared_ptr<stats::Slab> slab);
  base::Status spawn(Slot& slot);
  void postSentinel(WorkerProcess& worker);
  void postLimits(Slot& slot);
  void spawnOrRetry(Slot& slot);
  void fail(const std::string& why);
  void onDeath(Slot& slot, const Exited& exited);
  void scheduleRespawn(Slot& slot);
  Adoptions::Health healthOf(const Slot& slot) const;
  void reassignSockets();
  void onWatched(Slot& slot);
  void adoptKept(uint32_t dead);
  void sendAdopt(uint32_t adopter, uint32_t slot);
  void keepQuiet(WorkerProcess& worker) const;
  bool all(WorkerState state) const;
  void checkGone();

  net::EventLoop& loop_;
  Processes& processes_;
  Aggregate& aggregate_;
  GenerationCallbacks& callbacks_;
  Plan plan_;  // only rekey() changes it
  std::function<ipc::EndpointsPayload()> endpoints_;
  HostFailing host_failing_;
  HostRates host_rates_;
  HostStats host_stats_;
  State state_ = State::Starting;
  ipc::DrainPayload quiet_order_;
  std::function<uint64_t()> quiet_rest_ms_;
  const std::vector<std::string>* log_levels_ = nullptr;
  const std::string* ticket_keys_ = nullptr;
  SharedLimits* limits_ = nullptr;
  const bool* health_failed_ = nullptr;
  bool served_ = false;  // was Running once
  bool stopping_ = false;
  bool deadline_hit_ = false;
  std::vector<uint32_t> kept_;  // listeners that are accepted from while draining
  uint64_t drain_started_ms_ = 0;
  uint64_t drain_deadline_at_ms_ = 0;
  std::vector<std::unique_ptr<Slot>> slots_;
  Adoptions adoptions_;
};

}  // namespace convoy::master

// worker_process: one worker as the master sees it: pid, control channel, slab, state. Owned by its
// Generation's slot; the master's loop. Does not trust the worker: any breach of the protocol kills
// it.
//
//              Ready             StartAccept, Accepting         Drain
//   Starting ---------> Ready -------------------------> Accepting ----> Draining
//      |                  |                                  |              |
//      +------------------+------- process reaped -----------+--------------+--> Dead
//
// Death is what waitpid says, never what the channel says.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/base/unique_fd.h"
#include "common/ipc/channel.h"
#include "common/ipc/host_stats.h"
#include "common/net/event_loop.h"
#include "common/stats/slab.h"
#include "master/inheritance.h"
#include "master/sentinel_end.h"
#include "master/spawn.h"
#include "master/watchdog.h"

namespace convoy::master {

// Of all its listeners.
uint64_t lastDeadlineMs(const ipc::DrainPayload& order);

enum class WorkerState : uint8_t { Starting, Ready, Accepting, Draining, Dead };
enum class WorkerEvent : uint8_t { SaidReady, SaidAccepting, DrainSent, Reaped };

// Nothing: the event is not allowed in that state.
std::optional<WorkerState> nextState(WorkerState state, WorkerEvent event);
const char* workerStateName(WorkerState state);  // "starting"

class WorkerCallbacks {
 public:
  virtual ~WorkerCallbacks() = default;
  virtual void onWorkerReady(uint32_t slot) = 0;
  virtual void onWorkerAccepting(uint32_t slot) = 0;
  // What it handed over and cut since the last time it said so; `connections` and `requests` are
  // what is left.
  virtual void onDrainProgress(uint32_t slot, const ipc::DrainProgressPayload& since) = 0;
  virtual void onHostStats(uint32_t slot, const ipc::HostStatsToldPayload& told) {
    static_cast<void>(slot), static_cast<void>(told);
  }
  virtual void onKeysTaken(uint32_t slot) { static_cast<void>(slot); }
  virtual void onHostFailing(const ipc::HostFailingPayload& report) { static_cast<void>(report); }
  virtual void onHostRates(const ipc::HostRatesPayload& rates) { static_cast<void>(rates); }
};

// Who reads what a draining worker hands over: that worker's end of the pair, and its process.
struct Heir {
  base::UniqueFd inbox;
  pid_t pid = -1;
};

class WorkerProcess final : private ipc::ChannelCallbacks {
 public:
  WorkerProcess(net::EventLoop& loop, Processes& processes, WorkerCallbacks& callbacks,
                uint32_t slot, Spawned spawned, std::shared_ptr<stats::Slab> slab);

  // One that another program started in this process: `saved` is what its save() gave.
  static std::unique_ptr<WorkerProcess> restore(net::EventLoop& loop, Processes& processes,
                                                WorkerCallbacks& callbacks, uint32_t slot,
                                                const Json::Value& saved,
                                                std::shared_ptr<stats::Slab> slab);
  Json::Value save(Bequest& bequest);

  ipc::Channel& channel() { return channel_; }
  void startAccept();
  void drain(const ipc::DrainPayload& payload);
  // A Drain after which it stays.
  void quiesce(const ipc::DrainPayload& payload);
  // It was told to drain by the program before us: what becomes of it if it does not.
  void limitDrain(uint64_t deadline_ms);
  // Everything that was to be said to it is said, and no answer is due: it can change masters, and
  // the next one, which may be an older program, hears nothing that it did not ask for.
  bool allSaid() const {
    return channel_.open() && !channel_.sending() && hosts_asked_.empty() && !keysPending();
  }
  void stopAccept(const ipc::StopAcceptPayload& payload);
  // For onHostStats(), later. False, and nothing happens: it is of another program, has answers to
  // give already, or does not read.
  bool askHosts(const ipc::HostStatsPayload& payload);
  // The Secrets message, and a Ping behind it: the answer says that the worker has come past both.
  void rekey(int config);
  bool keysPending() const { return keys_asked_ != 0; }
  // It has not said yet that it did what stopAccept() asked for.
  bool stopPending() const { return stops_asked_ != stops_done_; }
  void exitNow();         // asks; SIGKILL follows if it does not go
  void kill(int signal);  // only while it lives
  void onReaped() { advance(WorkerEvent::Reaped); }

  pid_t pid() const { return pid_; }
  WorkerState state() const { return state_; }
  Heir& heir() { return heir_; }
  void setHeir(Heir heir) { heir_ = std::move(heir); }
  std::unique_ptr<SentinelEnd>& sentinel() { return sentinel_; }  // null without --sentinel
  // Started under the program before us: its table is not ours, but we bury it. 0: none.
  pid_t inheritedSentinel() const { return inherited_sentinel_; }
  const stats::Slab& slab() const { return *slab_; }
  const std::shared_ptr<stats::Slab>& sharedSlab() const { return slab_; }
  uint64_t startedMs() const { return started_ms_; }
  TickWatch& watch() { return watch_; }
  const std::string& lastWords() const { return last_words_; }  // its Fatal text

 private:
  void onMessage(ipc::Message message) override;
  void onChannelClosed(const std::string& reason) override;
  void onHello(const ipc::Message& message);
  bool advance(WorkerEvent event);
  void onProgress(const ipc::Message& message);
  void onHostFailing(const ipc::Message& message);
  void onHostRates(const ipc::Message& message);
  void onHostStats(const ipc::Message& message);
  void breach(const std::string& what);
  void killAfter(uint64_t ms);

  net::EventLoop& loop_;
  Processes& processes_;
  WorkerCallbacks& callbacks_;
  uint32_t slot_;
  pid_t pid_;
  std::shared_ptr<stats::Slab> slab_;
  WorkerState state_ = WorkerState::Starting;
  uint64_t started_ms_;
  ipc::DrainProgressPayload progress_;
  Heir heir_;
  std::unique_ptr<SentinelEnd> sentinel_;
  pid_t inherited_sentinel_ = 0;
  TickWatch watch_;
  uint32_t stops_asked_ = 0, stops_done_ = 0;
  uint32_t keys_asked_ = 0;  // Pongs that are due
  bool greeted_ = false;
  bool accept_sent_ = false;
  bool inherited_ = false;  // may not know all that we say
  static constexpr size_t kMaxHostQuestions = 4;
  std::set<uint32_t> hosts_asked_;  // questions whose answers are due
  std::string last_words_;
  std::unique_ptr<net::Timer> kill_timer_;
  ipc::Channel channel_;
};

}  // namespace convoy::master

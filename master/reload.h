// reload: one change of configuration as states; the first start is the same walk with nothing to
// go back to. Knows the order and the rules (one at a time, what fails is undone, hangups
// coalesce), not the work: that is ReloadSteps, the Master or a fake. Owned by the Master; its
// loop.
//
//         request()            validated()            resolved()          prepared()
//   Idle ----------> Validating ----------> Resolving ----------> Starting ----------> Committing
//    ^  (read once,      |       (load, bind    |       (new          |    (accept)       |
//    |   a child tries)  |        new, logs)    |        workers)     |                   |
//    |                   |                      |                     |                   |
//    +--- Failed: undo(), rejected -------------+--- failed(), 15 s --+-------------------+
//    +--- running(): adopt() -------------------------------------------------------------+
//   Where prepare() finds only new certificates (only_keys), no worker is started:
//
//   Validating ----------> Rekeying ----------> Idle    once every running worker has them, or is
//             prepare()            rekeyed()            dead; after 15 s it has Failed
//
// request() while not Idle is remembered: however many hangups came, one more reload follows. A
// caller that waits gets the result of the reload that began after he asked. A reload of the file
// carries out what was asked for with the running configuration (another number of workers) too; if
// it fails, that is tried again without the file. While more than one replaced generation still
// drains, the next reload waits for them, at most kRestMs after the one before: a storm of hangups
// does not pile up generations.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/net/event_loop.h"

namespace convoy::master {

enum class ReloadResult : uint8_t { Ok, Invalid, BindFailed, StartFailed };
const char* reloadResultName(ReloadResult result);  // "ok", "invalid", ...

// File: read it again. Workers: the running configuration, with another number of workers.
enum class ReloadTrigger : uint8_t { File, Workers };

struct ReloadOutcome {
  ReloadResult result = ReloadResult::Ok;
  std::string error;  // for people; rendered diagnostics
  // Of prepare(): the running workers are told of new certificates, nothing has to be started.
  bool only_keys = false;
  bool ok() const { return result == ReloadResult::Ok; }
};

class ReloadSteps {
 public:
  virtual ~ReloadSteps() = default;
  virtual void validate() = 0;                               // the file; then validated()
  virtual ReloadOutcome prepare(ReloadTrigger trigger) = 0;  // not Ok: has undone itself
  virtual void resolve() = 0;                                // then Reload::resolved()
  virtual void startWorkers() = 0;                           // then prepared() or failed()
  virtual void commit() = 0;  // StartAccept; then running() or failed()
  // Some running worker has not said yet that it has the new certificates; then rekeyed().
  virtual bool keysPending() const = 0;
  virtual void adoptKeys() = 0;  // all have them
  virtual void adopt() = 0;      // the new one is the running one: drain the old
  virtual void undo() = 0;       // drop the new one; the old was never touched
  virtual void finished(const ReloadOutcome& outcome) = 0;
  virtual size_t draining() const = 0;  // replaced generations that have not ended
};

enum class ReloadState : uint8_t { Idle, Validating, Resolving, Starting, Committing, Rekeying };
enum class ReloadEvent : uint8_t {
  Begun,
  Valid,
  OnlyKeys,
  AllRekeyed,
  Resolved,
  AllReady,
  AllAccepting,
  Failed
};
// Nothing: the event means nothing in that state.
std::optional<ReloadState> nextState(ReloadState state, ReloadEvent event);

class Reload {
 public:
  using State = ReloadState;
  using Event = ReloadEvent;
  static constexpr uint64_t kRestMs = 250;
  using Done = std::function<void(const ReloadOutcome&)>;

  Reload(net::EventLoop& loop, ReloadSteps& steps, uint64_t start_timeout_ms);
  // `done` (may be empty) is called once, never from inside request().
  void request(Done done, ReloadTrigger trigger = ReloadTrigger::File);
  // The server stops: what is under way is undone, what waits is told so.
  void cancel(const std::string& why);

  void validated(const ReloadOutcome& outcome);
  void resolved();
  void prepared();
  void running();
  void rekeyed();
  void failed(const std::string& why);
  // A replaced generation has ended.
  void drained();
  State state() const { return state_; }
  bool scheduled() const { return scheduled_; }

 private:
  struct Waiting {
    Done done;
    ReloadTrigger trigger;
  };
  bool advance(Event event);
  void schedule();
  bool mustRest() const;
  void begin();
  std::string late() const;
  void keepForLater();
  void finish(ReloadOutcome outcome);
  void reject(ReloadResult result, const std::string& why);

  net::EventLoop& loop_;
  ReloadSteps& steps_;
  uint64_t start_timeout_ms_;
  State state_ = State::Idle;
  bool scheduled_ = false;  // begin() is posted, or rests
  bool resting_ = false;
  uint64_t rest_until_ms_ = 0;
  bool cancelled_ = false;
  bool file_asked_ = false, workers_asked_ = false;  // since the last one began
  ReloadTrigger trigger_ = ReloadTrigger::File;      // of the one under way
  bool covers_workers_ = false;
  std::vector<Waiting> current_, next_;
  std::unique_ptr<net::Timer> limit_, rest_;
};

}  // namespace convoy::master

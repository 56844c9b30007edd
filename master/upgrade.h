// upgrade: another program takes over in the same process, with the same pid, sockets, workers and
// counts. Knows the order and what may go wrong, not what is passed on: that is UpgradeSteps, the
// Master. Owned by the Master; its loop.
//
//   Idle --request()--> Asking --yes--> Waiting <------> Holding --quiet()--> Executing ==exec==>
//    ^                    | no, crash,     |   quiet() or   |  one turn later     | cannot be
//    |                    | 10 s           |   not          |                     | executed
//    +--------------------+--- 30 s -------+----------------+---------------------+
//
// Holding: signals wait for the new program, while the loop handles those that came before. The new
// program restores, then reloads. Nothing has changed before Executing, and nothing after an exec
// that fails.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "master/child_check.h"

namespace convoy::master {

class UpgradeSteps {
 public:
  virtual ~UpgradeSteps() = default;
  // Asks `program` whether it could take over. `done` is called once, later.
  virtual base::Status ask(const std::string& program, ChildCheck::Done done) = 0;
  // Nothing is under way that could not be passed on.
  virtual bool quiet() const = 0;
  virtual void holdSignals(bool on) = 0;
  // Does not return if it succeeds.
  virtual base::Error execute(const std::string& program) = 0;
};

enum class UpgradeState : uint8_t { Idle, Asking, Waiting, Holding, Executing };
enum class UpgradeEvent : uint8_t { Requested, SaidYes, Quiet, Disturbed, Refused };
// Nothing: the event means nothing in that state.
std::optional<UpgradeState> nextState(UpgradeState state, UpgradeEvent event);

class Upgrade {
 public:
  using State = UpgradeState;
  using Event = UpgradeEvent;
  static constexpr uint64_t kQuietWithinMs = 30000;

  Upgrade(net::EventLoop& loop, UpgradeSteps& steps);
  // `refused` is called with the reason if nothing will change; if all goes well nobody is left to
  // call it.
  void request(const std::string& program, std::function<void(const std::string& why)> refused);
  State state() const { return state_; }

 private:
  bool advance(Event event);
  void onAnswer(const ChildCheck::Answer& answer);
  void tryNow();
  void refuse(const std::string& why);

  net::EventLoop& loop_;
  UpgradeSteps& steps_;
  State state_ = State::Idle;
  std::string program_;
  std::function<void(const std::string&)> refused_;
  uint64_t waiting_since_ms_ = 0;
  std::unique_ptr<net::Timer> again_;
};

}  // namespace convoy::master

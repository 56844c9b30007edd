#include "master/upgrade.h"

#include <utility>

#include "common/base/log.h"

namespace convoy::master {
namespace {

constexpr uint64_t kLookEveryMs = 20;

}  // namespace

std::optional<UpgradeState> nextState(UpgradeState state, UpgradeEvent event) {
  using S = UpgradeState;
  const auto from = [state](S expected, S next) {
    return state == expected ? std::optional<S>(next) : std::nullopt;
  };
  switch (event) {
    case UpgradeEvent::Requested:
      return from(S::Idle, S::Asking);
    case UpgradeEvent::SaidYes:
      return from(S::Asking, S::Waiting);
    case UpgradeEvent::Quiet:
      return state == S::Waiting ? S::Holding : from(S::Holding, S::Executing);
    case UpgradeEvent::Disturbed:
      return from(S::Holding, S::Waiting);
    case UpgradeEvent::Refused:
      if (state != S::Idle) return S::Idle;
      return std::nullopt;
  }
  return std::nullopt;
}

Upgrade::Upgrade(net::EventLoop& loop, UpgradeSteps& steps) : loop_(loop), steps_(steps) {
  again_ = loop.createTimer([this] { tryNow(); });
}

bool Upgrade::advance(Event event) {
  const auto next = nextState(state_, event);
  if (!next) return false;
  state_ = *next;
  return true;
}

void Upgrade::request(const std::string& program,
                      std::function<void(const std::string& why)> refused) {
  if (!advance(Event::Requested)) return refused("an upgrade is under way already");
  program_ = program;
  refused_ = std::move(refused);
  base::logger("main").info("upgrade: asking {} whether it can take over", program_);
  const base::Status asked =
      steps_.ask(program_, [this](const ChildCheck::Answer& answer) { onAnswer(answer); });
  if (!asked.ok()) refuse(asked.error().context);
}

void Upgrade::onAnswer(const ChildCheck::Answer& answer) {
  if (state_ != State::Asking) return;
  if (!answer.ok) return refuse(program_ + " cannot take over: " + answer.text);
  advance(Event::SaidYes);
  waiting_since_ms_ = loop_.nowMs();
  tryNow();
}

void Upgrade::tryNow() {
  if (state_ != State::Waiting && state_ != State::Holding) return;
  if (!steps_.quiet()) {
    if (advance(Event::Disturbed)) steps_.holdSignals(false);
    if (loop_.nowMs() - waiting_since_ms_ >= kQuietWithinMs) {
      return refuse("for " + std::to_string(kQuietWithinMs / 1000) +
                    " s there was always a reload, the end of a listener, an answer of the admin "
                    "interface or an order to a worker under way");
    }
    again_->start(kLookEveryMs);
    return;
  }
  advance(Event::Quiet);
  if (state_ == State::Holding) {
    steps_.holdSignals(true);
    again_->start(1);
    return;
  }
  const base::Error failed = steps_.execute(program_);
  steps_.holdSignals(false);
  refuse(failed.context);
}

void Upgrade::refuse(const std::string& why) {
  advance(Event::Refused);
  base::logger("main").error("upgrade refused, nothing has changed: {}", why);
  if (auto refused = std::exchange(refused_, nullptr)) refused(why);
}

}  // namespace convoy::master

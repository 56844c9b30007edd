#include "master/reload.h"

#include <utility>

namespace convoy::master {

const char* reloadResultName(ReloadResult result) {
  switch (result) {
    case ReloadResult::Ok:
      return "ok";
    case ReloadResult::Invalid:
      return "invalid";
    case ReloadResult::BindFailed:
      return "bind_failed";
    case ReloadResult::StartFailed:
      return "start_failed";
  }
  return "start_failed";
}

std::optional<ReloadState> nextState(ReloadState state, ReloadEvent event) {
  using S = ReloadState;
  const auto from = [state](S expected, S next) {
    return state == expected ? std::optional<S>(next) : std::nullopt;
  };
  switch (event) {
    case ReloadEvent::Begun:
      return from(S::Idle, S::Validating);
    case ReloadEvent::Valid:
      return from(S::Validating, S::Resolving);
    case ReloadEvent::OnlyKeys:
      return from(S::Validating, S::Rekeying);
    case ReloadEvent::AllRekeyed:
      return from(S::Rekeying, S::Idle);
    case ReloadEvent::Resolved:
      return from(S::Resolving, S::Starting);
    case ReloadEvent::AllReady:
      return from(S::Starting, S::Committing);
    case ReloadEvent::AllAccepting:
      return from(S::Committing, S::Idle);
    case ReloadEvent::Failed:
      if (state != S::Idle) return S::Idle;
      return std::nullopt;
  }
  return std::nullopt;
}

bool Reload::advance(Event event) {
  const auto next = nextState(state_, event);
  if (!next) return false;
  state_ = *next;
  return true;
}

Reload::Reload(net::EventLoop& loop, ReloadSteps& steps, uint64_t start_timeout_ms)
    : loop_(loop), steps_(steps), start_timeout_ms_(start_timeout_ms) {
  limit_ = loop_.createTimer([this] { failed(late()); });
  rest_ = loop_.createTimer([this] { begin(); });
}

std::string Reload::late() const {
  const std::string within = " within " + std::to_string(start_timeout_ms_ / 1000) + " s";
  if (state_ != State::Rekeying) return "the new workers were not ready" + within;
  return "not every worker took the new certificates" + within +
         ": the others serve them, that one goes on with the old ones until it moves again or is "
         "replaced (--worker-timeout); another reload replaces them all";
}

void Reload::request(Done done, ReloadTrigger trigger) {
  if (cancelled_) {
    if (done) loop_.post([done] { done({ReloadResult::StartFailed, "the server is stopping"}); });
    return;
  }
  if (done) next_.push_back({std::move(done), trigger});
  (trigger == ReloadTrigger::File ? file_asked_ : workers_asked_) = true;
  if (state_ == State::Idle) schedule();
}

void Reload::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  loop_.post([this] { begin(); });
}

bool Reload::mustRest() const {
  return steps_.draining() > 1 && loop_.nowMs() < rest_until_ms_;
}

void Reload::drained() {
  if (!resting_ || mustRest()) return;
  resting_ = false;
  rest_->stop();
  loop_.post([this] { begin(); });
}

void Reload::begin() {
  if (!scheduled_) return;
  resting_ = !cancelled_ && mustRest();
  if (resting_) return rest_->start(rest_until_ms_ - loop_.nowMs());
  scheduled_ = false;
  if (cancelled_ || state_ != State::Idle) return;
  trigger_ = file_asked_ ? ReloadTrigger::File : ReloadTrigger::Workers;
  covers_workers_ = workers_asked_;
  file_asked_ = workers_asked_ = false;
  current_ = std::exchange(next_, {});
  advance(Event::Begun);
  // What runs has been validated.
  if (trigger_ == ReloadTrigger::Workers) return validated({});
  steps_.validate();
}

void Reload::validated(const ReloadOutcome& outcome) {
  if (state_ != State::Validating) return;
  if (!outcome.ok()) return reject(outcome.result, outcome.error);
  const ReloadOutcome prepared = steps_.prepare(trigger_);
  if (!prepared.ok()) return finish(prepared);
  if (prepared.only_keys) {
    advance(Event::OnlyKeys);
    limit_->start(start_timeout_ms_);
    if (!steps_.keysPending()) rekeyed();
    return;
  }
  advance(Event::Valid);
  steps_.resolve();
}

// The file is at fault, not the number of workers.
void Reload::keepForLater() {
  workers_asked_ = true;
  std::vector<Waiting> told;
  for (Waiting& waiting : current_) {
    (waiting.trigger == ReloadTrigger::Workers ? next_ : told).push_back(std::move(waiting));
  }
  current_ = std::move(told);
}

void Reload::resolved() {
  if (!advance(Event::Resolved)) return;
  limit_->start(start_timeout_ms_);
  steps_.startWorkers();
}

void Reload::prepared() {
  if (!advance(Event::AllReady)) return;
  steps_.commit();
}

void Reload::running() {
  if (state_ != State::Committing) return;
  steps_.adopt();
  rest_until_ms_ = loop_.nowMs() + kRestMs;
  finish({});
}

void Reload::rekeyed() {
  if (state_ != State::Rekeying) return;
  steps_.adoptKeys();
  finish({});
}

void Reload::failed(const std::string& why) {
  if (state_ == State::Idle) return;
  reject(ReloadResult::StartFailed, why);
}

void Reload::reject(ReloadResult result, const std::string& why) {
  steps_.undo();
  finish({result, why});
}

void Reload::finish(ReloadOutcome outcome) {
  const Event good = state_ == State::Rekeying ? Event::AllRekeyed : Event::AllAccepting;
  advance(outcome.ok() ? good : Event::Failed);
  limit_->stop();
  steps_.finished(outcome);
  if (!outcome.ok() && trigger_ == ReloadTrigger::File && covers_workers_ && !cancelled_) {
    keepForLater();
  }
  for (Waiting& waiting : std::exchange(current_, {})) {
    loop_.post([done = std::move(waiting.done), outcome] { done(outcome); });
  }
  if ((file_asked_ || workers_asked_) && !cancelled_) schedule();
}

void Reload::cancel(const std::string& why) {
  if (cancelled_) return;
  cancelled_ = true;
  if (state_ != State::Idle) reject(ReloadResult::StartFailed, why);
  for (Waiting& waiting : std::exchange(next_, {})) {
    loop_.post([done = std::move(waiting.done), why] { done({ReloadResult::StartFailed, why}); });
  }
}

}  // namespace convoy::master

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

Reload::Reload(net::EventLoop& loop, ReloadSteps& steps, uint64_t start_timeout_ms)
    : loop_(loop), steps_(steps), start_timeout_ms_(start_timeout_ms) {
  limit_ = loop_.createTimer([this] {
    failed("the new workers were not ready within " + std::to_string(start_timeout_ms_ / 1000) +
           " s");
  });
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

void Reload::begin() {
  scheduled_ = false;
  if (cancelled_ || state_ != State::Idle) return;
  trigger_ = file_asked_ ? ReloadTrigger::File : ReloadTrigger::Workers;
  covers_workers_ = workers_asked_;
  file_asked_ = workers_asked_ = false;
  current_ = std::exchange(next_, {});
  ReloadOutcome outcome = steps_.prepare(trigger_);
  if (!outcome.ok()) return finish(std::move(outcome));
  state_ = State::Resolving;
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
  if (state_ != State::Resolving) return;
  state_ = State::Starting;
  limit_->start(start_timeout_ms_);
  steps_.startWorkers();
}

void Reload::prepared() {
  if (state_ != State::Starting) return;
  state_ = State::Committing;
  steps_.commit();
}

void Reload::running() {
  if (state_ != State::Committing) return;
  steps_.adopt();
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
  state_ = State::Idle;
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

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

void Reload::request(Done done) {
  if (cancelled_) {
    if (done) loop_.post([done] { done({ReloadResult::StartFailed, "the server is stopping"}); });
    return;
  }
  if (done) next_.push_back(std::move(done));
  if (state_ != State::Idle) {
    again_ = true;
    return;
  }
  if (scheduled_) return;
  scheduled_ = true;
  loop_.post([this] { begin(); });
}

void Reload::begin() {
  scheduled_ = false;
  if (cancelled_ || state_ != State::Idle) return;
  again_ = false;
  current_ = std::exchange(next_, {});
  ReloadOutcome outcome = steps_.prepare();
  if (!outcome.ok()) return finish(std::move(outcome));
  state_ = State::Resolving;
  steps_.resolve();
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
  for (Done& done : std::exchange(current_, {})) {
    loop_.post([done = std::move(done), outcome] { done(outcome); });
  }
  if ((again_ || !next_.empty()) && !cancelled_ && !scheduled_) {
    scheduled_ = true;
    loop_.post([this] { begin(); });
  }
}

void Reload::cancel(const std::string& why) {
  if (cancelled_) return;
  cancelled_ = true;
  if (state_ != State::Idle) reject(ReloadResult::StartFailed, why);
  for (Done& done : std::exchange(next_, {})) {
    loop_.post([done = std::move(done), why] { done({ReloadResult::StartFailed, why}); });
  }
}

}  // namespace convoy::master

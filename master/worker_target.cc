#include "master/worker_target.h"

#include "common/base/text.h"

namespace convoy::master {
namespace {

base::Error refusal(const std::string& what) {
  return base::Error::make(
      base::ErrorKind::InvalidArgument,
      what + ": the number of workers is from 1 to " + std::to_string(WorkerTarget::kMax),
      base::Side::Operator);
}

}  // namespace

WorkerTarget::WorkerTarget(std::optional<uint32_t> fixed, std::function<uint32_t()> count_cpus)
    : fixed_(fixed),
      count_cpus_(std::move(count_cpus)),
      running_(fixed_ ? *fixed_ : count_cpus_()) {}

uint32_t WorkerTarget::wish(uint32_t n) {
  if (!wish_ && n == running_) {
    fixed_ = n;
  } else {
    wish_ = n;
  }
  return n;
}

base::Result<uint32_t> WorkerTarget::set(const std::string& number) {
  const auto n = base::parseUint(number);
  if (!n || *n < 1 || *n > kMax) return refusal("\"" + number + "\"");
  return wish(static_cast<uint32_t>(*n));
}

base::Result<uint32_t> WorkerTarget::up() {
  if (wanted() >= kMax) return refusal("no more than " + std::to_string(wanted()));
  return wish(wanted() + 1);
}

base::Result<uint32_t> WorkerTarget::down() {
  if (wanted() <= 1) return refusal("one worker is left");
  return wish(wanted() - 1);
}

Json::Value WorkerTarget::save() const {
  Json::Value out(Json::objectValue);
  out["running"] = running_;
  if (fixed_) out["fixed"] = *fixed_;
  return out;
}

void WorkerTarget::restore(const Json::Value& saved) {
  uint32_t fixed = 0;
  base::getUint(saved, "running", &running_);
  if (base::getUint(saved, "fixed", &fixed)) fixed_ = fixed;
}

uint32_t WorkerTarget::begin(ReloadTrigger trigger) {
  trigger_ = trigger;
  tried_wish_ = wish_;
  if (wish_) {
    tried_ = *wish_;
  } else if (fixed_) {
    tried_ = *fixed_;
  } else {
    tried_ = trigger == ReloadTrigger::File ? count_cpus_() : running_;
  }
  return tried_;
}

void WorkerTarget::ended(bool ok) {
  if (ok) {
    running_ = tried_;
    if (tried_wish_) fixed_ = tried_wish_;
  }
  // A file that could not be loaded says nothing about the wish: it is tried again without.
  const bool settled = ok || trigger_ == ReloadTrigger::Workers;
  if (settled && wish_ == tried_wish_) wish_.reset();
}

}  // namespace convoy::master

#include "master/rescue.h"

#include <algorithm>
#include <csignal>
#include <sys/wait.h>

#include "common/base/log.h"
#include "master/succession.h"

namespace convoy::master {
namespace {

bool crashed(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return true;
  const int signal = WTERMSIG(wait_status);
  return signal != SIGKILL && signal != SIGTERM;
}

}  // namespace

struct Rescues::Rescue {
  Plan plan;
  uint32_t slot = 0;
  std::unique_ptr<SentinelEnd> end;
  uint32_t max_replays = 0;
  uint64_t since_ms = 0;
  uint32_t generation = 0;  // of the heir; 0: Waiting
  pid_t heir = -1;
};

Rescues::Rescues(net::EventLoop& loop, Processes& processes, Aggregate& aggregate)
    : loop_(loop), processes_(processes), aggregate_(aggregate) {
  timer_ = loop.createTimer([this] { look(); });
}

Rescues::~Rescues() = default;

void Rescues::add(const Plan& plan, uint32_t slot, std::unique_ptr<SentinelEnd> end,
                  int wait_status) {
  auto rescue = std::make_unique<Rescue>();
  rescue->plan = plan;
  rescue->slot = slot;
  rescue->end = std::move(end);
  rescue->max_replays = crashed(wait_status) ? kReplaysAfterCrash : kReplaysAfterKill;
  rescue->since_ms = loop_.nowMs();
  rescues_.push_back(std::move(rescue));
  timer_->start(kLookMs);
}

void Rescues::update(Generation* running) {
  if (running == nullptr || running->state() != GenerationState::Running) return;
  for (auto& rescue : rescues_) assign(*rescue, *running);
}

void Rescues::assign(Rescue& rescue, Generation& running) {
  const bool waiting = rescue.generation == 0;
  if (!waiting && (running.number() != rescue.generation || running.isAccepting(rescue.heir))) {
    return;
  }
  WorkerProcess* heir = running.heirOf(rescue.slot);
  if (heir == nullptr) return;
  rescue.generation = running.number();
  rescue.heir = heir->pid();
  heir->channel().send(ipc::MessageType::Inherit, "{}", {rescue.end->inbox()});
  if (!waiting) return;
  rescue.end->go(successionOf(rescue.plan, running.plan()).listeners, rescue.max_replays);
  base::logger("main").info("the connections of the dead worker {} go to worker pid {}",
                            rescue.slot, rescue.heir);
}

void Rescues::abandon() {
  for (auto& rescue : rescues_) {
    if (rescue->generation == 0) rescue->end->go({}, 0);
  }
}

void Rescues::adoptSentinels() {
  for (auto& rescue : rescues_) processes_.adopt(rescue->end->pid());
}

void Rescues::count(Rescue& rescue) {
  const ipc::RescueHeader& h = rescue.end->header();
  const auto add = [this](const char* kind, uint64_t n) {
    aggregate_.addOwn("convoy_sentinel_rescued_total", {{"kind", kind}}, n);
  };
  add("idle", h.idle);
  add("replayed", h.replayed);
  add("refused", h.refused);
  add("cut", h.cut);
  base::logger("main").info(
      "connections of the dead worker {}: {} idle and {} replayed live on, {} refused, {} cut",
      rescue.slot, h.idle.load(), h.replayed.load(), h.refused.load(), h.cut.load());
}

// A sentinel that has gone has sent all; what the heir has not read yet another may have to.
void Rescues::look() {
  adoptSentinels();
  std::erase_if(rescues_, [this](const auto& rescue) {
    const uint64_t age_ms = loop_.nowMs() - rescue->since_ms;
    // One that was just cloned may not have written its number yet.
    const bool gone =
        rescue->end->pid() == 0 ? age_ms > 1000 : !processes_.lives(rescue->end->pid());
    if (age_ms < kGiveUpMs && (!gone || (rescue->heir != -1 && rescue->end->unread())))
      return false;
    count(*rescue);
    return true;
  });
  if (!rescues_.empty()) timer_->start(kLookMs);
}

}  // namespace convoy::master

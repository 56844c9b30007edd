#include "master/generation.h"

#include <algorithm>
#include <csignal>
#include <sys/wait.h>

#include "common/base/log.h"
#include "common/ipc/health.h"
#include "master/succession.h"

namespace convoy::master {
namespace {

constexpr uint64_t kFirstDelayMs = 100;
constexpr uint64_t kMaxDelayMs = 5000;
constexpr uint64_t kLoneDelayMs = 200;
constexpr uint64_t kGoodLifeMs = 60000;

base::Logger& log() {
  return base::logger("main");
}

// A worker keeps itself to its deadline (exit code 3) or was told to go (0).
bool isClean(int wait_status) {
  return WIFEXITED(wait_status) && (WEXITSTATUS(wait_status) == 0 || WEXITSTATUS(wait_status) == 3);
}

// The label of convoy_worker_exits_total.
const char* exitReason(int wait_status) {
  if (!WIFEXITED(wait_status)) return "signal";
  return WEXITSTATUS(wait_status) == 0   ? "clean"
         : WEXITSTATUS(wait_status) == 3 ? "deadline"
                                         : "code";
}

std::string howOften(uint32_t failures) {
  if (failures == 0) return "";
  return " in " + std::to_string(respawnDelayMs(failures)) + " ms (" +
         std::to_string(failures + 1) + " times in a row it lived less than " +
         std::to_string(kGoodLifeMs / 1000) + " s)";
}

}  // namespace

uint64_t respawnDelayMs(uint32_t failures) {
  if (failures == 0) return 0;
  if (failures > 7) return kMaxDelayMs;
  return std::min(kFirstDelayMs << (failures - 1), kMaxDelayMs);
}

std::optional<GenerationState> nextState(GenerationState state, GenerationEvent event) {
  using S = GenerationState;
  const bool before_running = state == S::Starting || state == S::Prepared;
  switch (event) {
    case GenerationEvent::AllReady:
      if (state == S::Starting) return S::Prepared;
      return std::nullopt;
    case GenerationEvent::AllAccepting:
      if (state == S::Prepared) return S::Running;
      return std::nullopt;
    case GenerationEvent::LostWorker:
      if (before_running) return S::Failed;
      return std::nullopt;
    case GenerationEvent::DrainAsked:
      if (state != S::Gone) return S::Draining;
      return std::nullopt;
    case GenerationEvent::Empty:
      if (state == S::Draining) return S::Gone;
      return std::nullopt;
  }
  return std::nullopt;
}

bool Generation::advance(Event event) {
  const auto next = nextState(state_, event);
  if (!next) return false;
  state_ = *next;
  return true;
}

Generation::Generation(net::EventLoop& loop, Processes& processes, Aggregate& aggregate,
                       GenerationCallbacks& callbacks, Plan plan,
                       std::function<ipc::EndpointsPayload()> endpoints)
    : loop_(loop),
      processes_(processes),
      aggregate_(aggregate),
      callbacks_(callbacks),
      plan_(std::move(plan)),
      endpoints_(std::move(endpoints)),
      adoptions_(plan_.concurrency) {}

Generation::~Generation() = default;

void Generation::start() {
  for (uint32_t i = 0; i < plan_.concurrency; ++i) {
    const base::Status spawned = spawn(addSlot());
    if (!spawned.ok()) return fail(spawned.error().context);
  }
}

Generation::Slot& Generation::addSlot() {
  slots_.push_back(std::make_unique<Slot>());
  Slot& slot = *slots_.back();
  slot.index = static_cast<uint32_t>(slots_.size() - 1);
  slot.respawn = loop_.createTimer([this, &slot] { spawnOrRetry(slot); });
  slot.start_limit = loop_.createTimer([this, &slot] {
    if (slot.worker != nullptr && slot.worker->state() < WorkerState::Accepting) {
      log().error("worker {} does not accept after {} s: killing it", slot.index,
                  plan_.start_timeout_ms / 1000);
      slot.worker->kill(SIGKILL);
    }
  });
  return slot;
}

base::Status Generation::spawn(Slot& slot) {
  auto slab = stats::Slab::create(plan_.directory->layoutHash(), plan_.directory->cellCount(),
                                  plan_.number, slot.index);
  if (!slab.ok()) return slab.error();
  auto spawned = processes_.spawn(slot.index);
  if (!spawned.ok()) return spawned.error();
  std::shared_ptr<stats::Slab> shared = std::move(slab).value();
  aggregate_.attach(plan_.directory, shared, slot.index);
  WorkerCallbacks& self = *this;
  slot.worker = std::make_unique<WorkerProcess>(loop_, processes_, self, slot.index,
                                                std::move(spawned).value(), shared);
  slot.layout.reset();
  ipc::Channel& channel = slot.worker->channel();
  const base::Status published = publishPlan(channel, plan_, slot.index, *shared);
  if (!published.ok()) {
    slot.worker->kill(SIGKILL);
    return published;
  }
  if (plan_.sentinel) postSentinel(*slot.worker);
  if (log_levels_ != nullptr) {
    for (const std::string& message : *log_levels_) {
      channel.send(ipc::MessageType::LogLevel, message);
    }
  }
  if (ticket_keys_ != nullptr) channel.send(ipc::MessageType::TicketKeys, *ticket_keys_);
  postLimits(slot);
  if (health_failed_ != nullptr && *health_failed_) {
    channel.send(ipc::MessageType::Health, ipc::healthMessage(true));
  }
  channel.send(ipc::MessageType::Endpoints, ipc::toJson(endpoints_()));
  log().debug("generation {}: worker {} started, pid {}", plan_.number, slot.index,
              slot.worker->pid());
  return {};
}

void Generation::postSentinel(WorkerProcess& worker) {
  auto end = SentinelEnd::create();
  if (!end.ok()) return log().error("{}", end.error().context);
  worker.sentinel() = std::move(*end);
  worker.sentinel()->publish(worker.channel());
}

void Generation::postLimits(Slot& slot) {
  if (limits_ == nullptr || !limits_->usable() || plan_.seats == nullptr) return;
  slot.holdings = plan_.directory->holdings();
  limits_->attach(slot.worker->sharedSlab(), slot.holdings, plan_.seats);
  slot.worker->channel().send(ipc::MessageType::Limits,
                              ipc::toJson(ipc::LimitsPayload{plan_.seats->numbers()}),
                              {limits_->fd()});
}

void Generation::adoptSentinels() {
  for (auto& slot : slots_) {
    if (slot->worker != nullptr && slot->worker->inheritedSentinel() > 0) {
      processes_.adopt(slot->worker->inheritedSentinel());
    }
    if (slot->worker != nullptr && slot->worker->sentinel() != nullptr) {
      processes_.adopt(slot->worker->sentinel()->pid());
    }
  }
}

void Generation::spawnOrRetry(Slot& slot) {
  if (state_ != State::Running || slot.worker != nullptr) return;
  ++slot.restarts;
  aggregate_.addOwn("convoy_worker_restarts_total", {{"slot", std::to_string(slot.index)}}, 1);
  aggregate_.addOwn("convoy_worker_respawns_total", {}, 1);
  callbacks_.onWorkerRestarted(slot.index);
  const base::Status spawned = spawn(slot);
  if (spawned.ok()) {
    slot.start_limit->start(plan_.start_timeout_ms);
    return;
  }
  log().error("worker {} cannot be started: {}", slot.index, spawned.error().context);
  if (slot.worker == nullptr) scheduleRespawn(slot);
}

void Generation::onWorkerReady(uint32_t index) {
  if (quiet()) keepQuiet(*slots_[index]->worker);
  if (state_ == State::Running) return slots_[index]->worker->startAccept();
  if (!all(WorkerState::Ready) || !advance(Event::AllReady)) return;
  callbacks_.onGenerationReady(*this);
}

void Generation::startAccept() {
  for (auto& slot : slots_) slot->worker->startAccept();
}

void Generation::onWorkerAccepting(uint32_t index) {
  if (state_ == State::Running) {
    log().info("worker {} is back, pid {}", index, slots_[index]->worker->pid());
    reassignSockets();
    callbacks_.onWorkerBack(*this, index);
    return;
  }
  if (!all(WorkerState::Accepting) || !advance(Event::AllAccepting)) return;
  served_ = true;
  callbacks_.onGenerationRunning(*this);
}

// The worker of the same slot, or while that one is being replaced, of the next.
WorkerProcess* Generation::heirOf(uint32_t slot) {
  for (size_t i = 0; i < slots_.size(); ++i) {
    WorkerProcess* worker = slots_[(slot + i) % slots_.size()]->worker.get();
    if (worker != nullptr && worker->state() == WorkerState::Accepting) return worker;
  }
  return nullptr;
}

void Generation::linkTo(Generation& next) {
  const ipc::SuccessorPayload succession = successionOf(plan_, next.plan_);
  for (auto& slot : slots_) {
    // One that never accepted has nothing to give.
    const WorkerProcess* worker = slot->worker.get();
    if (worker == nullptr ||
        (worker->state() != WorkerState::Accepting && worker->state() != WorkerState::Draining)) {
      continue;
    }
    WorkerProcess* heir = next.heirOf(slot->index);
    if (heir == nullptr) return;
    const base::Status linked = linkWorkers(*slot->worker, *heir, succession);
    if (!linked.ok()) {
      log().error("worker {} cannot hand over its connections: {}", slot->index,
                  linked.error().context);
    }
  }
}

bool Generation::isAccepting(pid_t pid) const {
  return std::any_of(slots_.begin(), slots_.end(), [pid](const auto& slot) {
    return slot->worker != nullptr && slot->worker->pid() == pid &&
           slot->worker->state() == WorkerState::Accepting;
  });
}

void Generation::findHeirs(Generation& next) {
  for (auto& slot : slots_) {
    if (slot->worker == nullptr || next.isAccepting(slot->worker->heir().pid)) continue;
    WorkerProcess* heir = next.heirOf(slot->index);
    if (heir != nullptr) inheritFrom(*slot->worker, *heir);
  }
}

void Generation::onDrainProgress(uint32_t, const ipc::DrainProgressPayload& since) {
  const auto add = [this](const char* kind, uint64_t n) {
    aggregate_.addOwn("convoy_connections_handed_over_total", {{"kind", kind}}, n);
  };
  add("http", since.http);
  add("tcp", since.tcp);
  add("upgrade", since.upgrade);
  add("upstream", since.upstream);
  const auto forced = [this](const char* kind, uint64_t n) {
    aggregate_.addOwn("convoy_drain_forced_total", {{"kind", kind}}, n);
  };
  forced("http", since.forced_http);
  forced("tcp", since.forced_tcp);
  forced("upgrade", since.forced_upgrade);
}

void Generation::lookForStalls(uint64_t timeout_ms) {
  bool changed = false;
  for (auto& slot : slots_) {
    WorkerProcess* worker = slot->worker.get();
    if (worker == nullptr ||
        (worker->state() != WorkerState::Accepting && worker->state() != WorkerState::Draining)) {
      continue;
    }
    if (!worker->watch().look(worker->slab().header().tick_ms, loop_.nowMs(), timeout_ms)) continue;
    changed = true;
    onWatched(*slot);
  }
  if (changed) reassignSockets();
}

void Generation::onWatched(Slot& slot) {
  WorkerProcess& worker = *slot.worker;
  const uint64_t still_ms = worker.watch().stillMs(loop_.nowMs());
  switch (worker.watch().state()) {
    case TickWatch::State::Moving:
      return log().info("worker {} (pid {}) moves again", slot.index, worker.pid());
    case TickWatch::State::Stalled:
      aggregate_.addCounter("workers.watchdog_miss", 1);
      return log().error("worker {} (pid {}) has not moved for {} ms", slot.index, worker.pid(),
                         still_ms);
    case TickWatch::State::Aborted:
      aggregate_.addCounter("workers.watchdog_mega_miss", 1);
      log().critical("worker {} (pid {}) has not moved for {} ms: aborting it (SIGABRT)",
                     slot.index, worker.pid(), still_ms);
      return worker.kill(SIGABRT);
    case TickWatch::State::Killed:
      log().critical("worker {} (pid {}) is still there: killing it", slot.index, worker.pid());
      return worker.kill(SIGKILL);
  }
}

void Generation::forgiveStalls() {
  for (auto& slot : slots_) {
    if (slot->worker != nullptr) slot->worker->watch().forgive(loop_.nowMs());
  }
}

Adoptions::Health Generation::healthOf(const Slot& slot) const {
  if (slot.worker == nullptr || slot.worker->state() != WorkerState::Accepting) {
    return Adoptions::Health::Gone;
  }
  return slot.worker->watch().state() == TickWatch::State::Moving ? Adoptions::Health::Serving
                                                                  : Adoptions::Health::Stalled;
}

bool Generation::serves() const {
  return std::any_of(slots_.begin(), slots_.end(), [this](const auto& slot) {
    return healthOf(*slot) == Adoptions::Health::Serving;
  });
}

// Every change of a slot's health comes here: a worker that died, stalled, moves or accepts again.
void Generation::reassignSockets() {
  if (state_ != State::Running) return;
  std::vector<Adoptions::Health> now;
  for (const auto& slot : slots_) now.push_back(healthOf(*slot));
  for (const Adoptions::Step& step : adoptions_.update(now)) {
    if (step.kind == Adoptions::Step::Kind::Adopt) {
      sendAdopt(step.adopter, step.slot);
    } else {
      slots_[step.adopter]->worker->channel().send(ipc::MessageType::Release,
                                                   ipc::toJson(ipc::ReleasePayload{step.slot}));
    }
  }
}

void Generation::sendAdopt(uint32_t adopter, uint32_t slot) {
  ipc::Channel& channel = slots_[adopter]->worker->channel();
  ipc::AdoptPayload payload;
  payload.slot = slot;
  std::vector<int> fds;
  const auto flush = [&] {
    channel.send(ipc::MessageType::Adopt, ipc::toJson(payload), fds);
    payload.indices.clear();
    fds.clear();
  };
  for (const ListenerSet::Entry& entry : plan_.listeners->entries()) {
    // The others are a newer generation's by now.
    if (state_ == State::Draining && std::count(kept_.begin(), kept_.end(), entry.index) == 0) {
      continue;
    }
    // What all slots share, it polls anyway.
    const std::vector<int> held = entry.bound->socketsOf(adopter, plan_.concurrency);
    for (int fd : entry.bound->socketsOf(slot, plan_.concurrency)) {
      if (std::count(held.begin(), held.end(), fd) != 0) continue;
      payload.indices.push_back(entry.index);
      fds.push_back(fd);
      if (fds.size() == ipc::kMaxFdsPerMessage) flush();
    }
  }
  flush();
  aggregate_.addOwn("convoy_listener_adoptions_total", {}, 1);
  log().info("worker {} accepts for worker {}", adopter, slot);
}

// While draining nobody comes back, but listeners that no other generation has are still accepted
// from: what waits for the dead worker there is its neighbour's.
void Generation::adoptKept(uint32_t dead) {
  if (kept_.empty()) return;
  for (size_t i = 1; i < slots_.size(); ++i) {
    const size_t next = (dead + i) % slots_.size();
    const WorkerProcess* worker = slots_[next]->worker.get();
    if (worker == nullptr || worker->state() != WorkerState::Draining) continue;
    return sendAdopt(static_cast<uint32_t>(next), dead);
  }
}

bool Generation::all(WorkerState state) const {
  return slots_.size() == plan_.concurrency &&
         std::all_of(slots_.begin(), slots_.end(), [state](const auto& slot) {
           return slot->worker != nullptr && slot->worker->state() == state;
         });
}

void Generation::fail(const std::string& why) {
  if (!advance(Event::LostWorker)) return;
  callbacks_.onGenerationFailed(*this, why);
}

void Generation::drain(const ipc::DrainPayload& order) {
  if (state_ == State::Gone) return;
  const uint64_t at = loop_.nowMs() + lastDeadlineMs(order);
  const bool again = state_ == State::Draining;
  if (again && at >= drain_deadline_at_ms_ && (stopping_ || !order.stopping)) return;
  if (!again) {
    drain_started_ms_ = loop_.nowMs();
    kept_ = order.keep_accepting;
  }
  advance(Event::DrainAsked);
  stopping_ = stopping_ || order.stopping;
  drain_deadline_at_ms_ = again ? std::min(at, drain_deadline_at_ms_) : at;
  for (auto& slot : slots_) {
    slot->respawn->stop();
    if (slot->worker != nullptr) slot->worker->drain(order);
  }
  checkGone();
}

void Generation::exitNow() {
  if (state_ == State::Gone) return;
  if (state_ != State::Draining) drain_started_ms_ = loop_.nowMs();
  advance(Event::DrainAsked);
  drain_deadline_at_ms_ = loop_.nowMs();
  for (auto& slot : slots_) {
    slot->respawn->stop();
    if (slot->worker != nullptr) slot->worker->exitNow();
  }
  checkGone();
}

void Generation::abandon(uint64_t deadline_ms) {
  if (state_ == State::Gone) return;
  advance(Event::DrainAsked);
  drain_started_ms_ = loop_.nowMs();
  drain_deadline_at_ms_ = drain_started_ms_ + deadline_ms;
  for (auto& slot : slots_) {
    if (slot->worker == nullptr) continue;
    if (slot->worker->state() == WorkerState::Accepting) {
      slot->worker->drain({deadline_ms, false});
    } else {
      slot->worker->exitNow();
    }
  }
  checkGone();
}

void Generation::quiesce(const ipc::DrainPayload& order, std::function<uint64_t()> rest_ms) {
  quiet_order_ = order;
  quiet_order_.keep_accepting.clear();
  quiet_rest_ms_ = std::move(rest_ms);
  for (auto& slot : slots_) {
    // One that is not ready yet hears of it when it is, before it may accept.
    if (slot->worker == nullptr || slot->worker->state() == WorkerState::Starting) continue;
    slot->worker->quiesce(order);
  }
}

void Generation::keepQuiet(WorkerProcess& worker) const {
  ipc::DrainPayload order = quiet_order_;
  order.deadline_ms = quiet_rest_ms_();
  worker.quiesce(order);
}

void Generation::stopAccept(const BoundAddress& bound) {
  ipc::StopAcceptPayload payload;
  for (const ListenerSet::Entry& entry : plan_.listeners->entries()) {
    if (entry.bound.get() != &bound) continue;
    payload.indices.push_back(entry.index);
    std::erase(kept_, entry.index);
  }
  if (payload.indices.empty()) return;  // which would mean all
  for (auto& slot : slots_) {
    // One that is not ready yet will leave without having accepted anything.
    if (slot->worker == nullptr || slot->worker->state() == WorkerState::Starting) continue;
    slot->worker->stopAccept(payload);
  }
}

bool Generation::stopPending() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return slot->worker != nullptr && slot->worker->stopPending();
  });
}

bool Generation::onReaped(const Exited& exited) {
  for (auto& slot : slots_) {
    if (slot->worker == nullptr || slot->worker->pid() != exited.pid) continue;
    onDeath(*slot, exited);
    return true;
  }
  return false;
}

void Generation::onDeath(Slot& slot, const Exited& exited) {
  WorkerProcess& worker = *slot.worker;
  // Its end may be known before its last words were read.
  worker.channel().receiveRest();
  const std::string how = describeExit(exited.status);
  const std::string words = worker.lastWords().empty() ? "" : ": " + worker.lastWords();
  const uint64_t lived_ms = loop_.nowMs() - worker.startedMs();
  worker.onReaped();
  aggregate_.retire(&worker.slab());
  if (limits_ != nullptr) limits_->retire(&worker.slab());
  aggregate_.addOwn("convoy_worker_exits_total", {{"reason", exitReason(exited.status)}}, 1);
  // Its channel may be the caller of this very turn.
  loop_.post([gone = std::shared_ptr<WorkerProcess>(std::move(slot.worker))] {});
  slot.start_limit->stop();
  if (worker.sentinel() != nullptr && !isClean(exited.status)) {
    callbacks_.onBereaved(*this, slot.index, std::move(worker.sentinel()), exited);
  }
  switch (state_) {
    case State::Starting:
    case State::Prepared:
      fail("worker " + std::to_string(slot.index) + " ended before it was ready, " + how + words);
      return;
    case State::Running:
      slot.failures = lived_ms >= kGoodLifeMs ? 0 : slot.failures;
      log().error("worker {} (pid {}) died, {}{}: starting another{}", slot.index, exited.pid, how,
                  words, howOften(slot.failures));
      scheduleRespawn(slot);
      reassignSockets();
      callbacks_.onWorkerLost(*this, slot.index);
      checkKeys();  // who comes in its place has the new ones from the start
      return;
    case State::Draining:
      if (WIFEXITED(exited.status) && WEXITSTATUS(exited.status) == 3) deadline_hit_ = true;
      if (!isClean(exited.status)) {
        log().warn("worker {} (pid {}) of generation {} ended while draining, {}{}", slot.index,
                   exited.pid, plan_.number, how, words);
      }
      adoptKept(slot.index);
      checkGone();
      return;
    case State::Failed:
    case State::Gone:
      checkGone();
  }
}

void Generation::scheduleRespawn(Slot& slot) {
  const uint64_t delay_ms = respawnDelayMs(slot.failures);
  // Clients wait for this one: nobody else accepts.
  slot.respawn->start(living() == 0 ? std::min(delay_ms, kLoneDelayMs) : delay_ms);
  slot.failures = std::min<uint32_t>(slot.failures + 1, 30);
}

void Generation::checkGone() {
  if (living() != 0 || !advance(Event::Empty)) return;
  if (served_) {
    aggregate_.observeOwn("convoy_drain_seconds", (loop_.nowMs() - drain_started_ms_) * 1000);
  }
  callbacks_.onGenerationGone(*this);
}

base::Status Generation::rekey(const Plan& plan) {
  auto text = ipc::sealedMemfd("convoy-config", plan.canonical_json);
  if (!text.ok()) return text.error();
  plan_.bootstrap = plan.bootstrap;
  plan_.canonical_json = plan.canonical_json;
  for (auto& slot : slots_) {
    if (slot->worker == nullptr) continue;
    slot->worker->rekey(text->get());
  }
  return {};
}

bool Generation::keysPending() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return slot->worker != nullptr && slot->worker->keysPending();
  });
}

void Generation::checkKeys() {
  if (!keysPending()) callbacks_.onGenerationRekeyed(*this);
}

void Generation::send(ipc::MessageType type, const std::string& payload) {
  for (auto& slot : slots_) {
    if (slot->worker != nullptr) slot->worker->channel().send(type, payload);
  }
}

std::set<uint32_t> Generation::askHosts(const ipc::HostStatsPayload& asked) {
  std::set<uint32_t> out;
  for (auto& slot : slots_) {
    if (slot->worker != nullptr && slot->worker->askHosts(asked)) out.insert(slot->index);
  }
  return out;
}

void Generation::sendHealth() {
  if (health_failed_ != nullptr)
    send(ipc::MessageType::Health, ipc::healthMessage(*health_failed_));
}

void Generation::sendEndpoints(const ipc::EndpointsPayload& changed) {
  send(ipc::MessageType::Endpoints, ipc::toJson(changed));
}

void Generation::sendLogs() {
  for (auto& slot : slots_) {
    if (slot->worker != nullptr) plan_.logs->send(slot->worker->channel());
  }
}

bool Generation::allSaid() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return slot->worker == nullptr || slot->worker->allSaid();
  });
}

size_t Generation::living() const {
  return static_cast<size_t>(std::count_if(
      slots_.begin(), slots_.end(), [](const auto& slot) { return slot->worker != nullptr; }));
}

std::vector<WorkerView> Generation::views() const {
  std::vector<WorkerView> out;
  for (const auto& slot : slots_) {
    if (slot->worker == nullptr) continue;
    const stats::SlabHeader& header = slot->worker->slab().header();
    WorkerView view;
    view.slot = slot->index;
    view.generation = plan_.number;
    view.pid = slot->worker->pid();
    view.state = workerStateName(slot->worker->state());
    view.restarts = slot->restarts;
    view.connections = header.connections;
    view.requests_inflight = header.requests_inflight;
    view.uptime_s = (loop_.nowMs() - slot->worker->startedMs()) / 1000;
    if (state_ == State::Draining) view.draining_ms = loop_.nowMs() - drain_started_ms_;
    out.push_back(std::move(view));
  }
  return out;
}

uint64_t Generation::newestTickMs() const {
  uint64_t newest = 0;
  for (const auto& slot : slots_) {
    if (slot->worker != nullptr) newest = std::max(newest, slot->worker->slab().header().tick_ms);
  }
  return newest;
}

}  // namespace convoy::master

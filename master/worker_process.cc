#include "master/worker_process.h"

#include <algorithm>
#include <csignal>

#include "common/base/build_info.h"
#include "common/base/log.h"

namespace convoy::master {
namespace {

constexpr uint64_t kExitGraceMs = 2000;
constexpr uint64_t kMuteGraceMs = 5000;  // a closed channel, and the process still there
constexpr uint64_t kLastWordsBytes = 4096;

}  // namespace

std::optional<WorkerState> nextState(WorkerState state, WorkerEvent event) {
  if (event == WorkerEvent::Reaped) return WorkerState::Dead;
  if (state == WorkerState::Dead) return std::nullopt;
  switch (event) {
    case WorkerEvent::SaidReady:
      if (state == WorkerState::Starting) return WorkerState::Ready;
      return std::nullopt;
    case WorkerEvent::SaidAccepting:
      if (state == WorkerState::Ready) return WorkerState::Accepting;
      // Its answer and our Drain crossed on the wire.
      if (state == WorkerState::Draining) return WorkerState::Draining;
      return std::nullopt;
    case WorkerEvent::DrainSent:
      return WorkerState::Draining;
    case WorkerEvent::Reaped:
      return WorkerState::Dead;
  }
  return std::nullopt;
}

const char* workerStateName(WorkerState state) {
  switch (state) {
    case WorkerState::Starting:
      return "starting";
    case WorkerState::Ready:
      return "ready";
    case WorkerState::Accepting:
      return "accepting";
    case WorkerState::Draining:
      return "draining";
    case WorkerState::Dead:
      return "dead";
  }
  return "dead";
}

WorkerProcess::WorkerProcess(net::EventLoop& loop, Processes& processes, WorkerCallbacks& callbacks,
                             uint32_t slot, Spawned spawned, std::shared_ptr<stats::Slab> slab)
    : loop_(loop),
      processes_(processes),
      callbacks_(callbacks),
      slot_(slot),
      pid_(spawned.pid),
      slab_(std::move(slab)),
      started_ms_(loop.nowMs()),
      channel_(loop, std::move(spawned.control), *this) {}

Json::Value WorkerProcess::save(Bequest& bequest) {
  Json::Value out(Json::objectValue);
  out["pid"] = pid_;
  out["control"] = bequest.give(channel_.fd());
  out["slab"] = bequest.give(slab_->fd());
  out["state"] = static_cast<uint32_t>(state_);
  out["started_ms"] = Json::Value::UInt64{started_ms_};
  out["greeted"] = greeted_;
  out["accept_sent"] = accept_sent_;
  out["stops_asked"] = stops_asked_;
  out["stops_done"] = stops_done_;
  out["progress"] = ipc::toJson(progress_);
  out["inbox"] = bequest.give(heir_.inbox.get());
  out["heir"] = heir_.pid;
  out["sentinel"] = sentinel_ != nullptr ? sentinel_->pid() : inherited_sentinel_;
  return out;
}

std::unique_ptr<WorkerProcess> WorkerProcess::restore(net::EventLoop& loop, Processes& processes,
                                                      WorkerCallbacks& callbacks, uint32_t slot,
                                                      const Json::Value& saved,
                                                      std::shared_ptr<stats::Slab> slab) {
  uint32_t state = 0;
  if (!saved.isObject() || !saved["pid"].isInt() || !base::getUint(saved, "state", &state) ||
      state > static_cast<uint32_t>(WorkerState::Draining) || !saved["progress"].isString()) {
    return nullptr;
  }
  base::UniqueFd control = takeFd(saved, "control");
  if (!control.valid()) return nullptr;
  processes.adopt(saved["pid"].asInt());
  auto out = std::make_unique<WorkerProcess>(loop, processes, callbacks, slot,
                                             Spawned{saved["pid"].asInt(), std::move(control)},
                                             std::move(slab));
  out->state_ = static_cast<WorkerState>(state);
  out->inherited_ = true;
  base::getUint(saved, "started_ms", &out->started_ms_);
  base::getBool(saved, "greeted", &out->greeted_);
  base::getBool(saved, "accept_sent", &out->accept_sent_);
  base::getUint(saved, "stops_asked", &out->stops_asked_);
  base::getUint(saved, "stops_done", &out->stops_done_);
  if (!fromJson(saved["progress"].asString(), &out->progress_)) return nullptr;
  out->heir_.inbox = takeFd(saved, "inbox");
  if (saved["heir"].isInt()) out->heir_.pid = saved["heir"].asInt();
  if (saved["sentinel"].isInt()) out->inherited_sentinel_ = saved["sentinel"].asInt();
  return out;
}

bool WorkerProcess::advance(WorkerEvent event) {
  const auto next = nextState(state_, event);
  if (!next) return false;
  state_ = *next;
  return true;
}

void WorkerProcess::startAccept() {
  accept_sent_ = true;
  channel_.send(ipc::MessageType::StartAccept, "{}");
}

uint64_t lastDeadlineMs(const ipc::DrainPayload& order) {
  uint64_t last = order.deadline_ms;
  for (uint64_t deadline : order.deadlines_ms) last = std::max(last, deadline);
  return last;
}

void WorkerProcess::drain(const ipc::DrainPayload& payload) {
  if (!advance(WorkerEvent::DrainSent)) return;
  channel_.send(ipc::MessageType::Drain, ipc::toJson(payload));
  // The worker keeps its own deadline; this one is for a worker that does not keep it.
  killAfter(lastDeadlineMs(payload) + kMuteGraceMs);
}

void WorkerProcess::quiesce(const ipc::DrainPayload& payload) {
  if (state_ == WorkerState::Dead) return;
  channel_.send(ipc::MessageType::Drain, ipc::toJson(payload));
}

void WorkerProcess::stopAccept(const ipc::StopAcceptPayload& payload) {
  if (state_ == WorkerState::Dead) return;
  ++stops_asked_;
  channel_.send(ipc::MessageType::StopAccept, ipc::toJson(payload));
}

bool WorkerProcess::askHosts(const ipc::HostStatsPayload& payload) {
  if (state_ != WorkerState::Accepting || inherited_) return false;
  if (!channel_.open() || channel_.sending()) return false;
  if (hosts_asked_.size() >= kMaxHostQuestions) return false;
  if (!hosts_asked_.insert(payload.question).second) return false;
  channel_.send(ipc::MessageType::HostStats, ipc::toJson(payload));
  return true;
}

void WorkerProcess::rekey(int config) {
  if (state_ == WorkerState::Dead || !channel_.open()) return;
  ++keys_asked_;
  channel_.send(ipc::MessageType::Secrets, "{}", {config});
  channel_.send(ipc::MessageType::Ping, "{}");
}

void WorkerProcess::limitDrain(uint64_t deadline_ms) {
  if (state_ == WorkerState::Draining) killAfter(deadline_ms + kMuteGraceMs);
}

void WorkerProcess::exitNow() {
  if (state_ == WorkerState::Dead) return;
  advance(WorkerEvent::DrainSent);
  channel_.send(ipc::MessageType::Exit, "{}");
  killAfter(kExitGraceMs);
}

void WorkerProcess::kill(int signal) {
  if (state_ != WorkerState::Dead) processes_.kill(pid_, signal);
}

void WorkerProcess::killAfter(uint64_t ms) {
  if (kill_timer_ == nullptr) {
    kill_timer_ = loop_.createTimer([this] {
      if (state_ == WorkerState::Dead) return;
      base::logger("main").warn("worker {} (pid {}) does not go: killing it", slot_, pid_);
      kill(SIGKILL);
    });
  }
  kill_timer_->start(ms);
}

void WorkerProcess::breach(const std::string& what) {
  base::logger("main").error("worker {} (pid {}) broke the control protocol: {}: killing it", slot_,
                             pid_, what);
  kill(SIGKILL);
}

void WorkerProcess::onHello(const ipc::Message& message) {
  ipc::HelloPayload hello;
  if (greeted_ || !fromJson(message.payload, &hello)) return breach("wrong Hello");
  if (hello.protocol != ipc::kProtocolVersion) return breach("another protocol version");
  greeted_ = true;
}

void WorkerProcess::onProgress(const ipc::Message& message) {
  ipc::DrainProgressPayload now;
  if (!fromJson(message.payload, &now) || now.http < progress_.http || now.tcp < progress_.tcp ||
      now.upgrade < progress_.upgrade || now.upstream < progress_.upstream ||
      now.forced_http < progress_.forced_http || now.forced_tcp < progress_.forced_tcp ||
      now.forced_upgrade < progress_.forced_upgrade) {
    return breach("wrong DrainProgress");
  }
  ipc::DrainProgressPayload since = now;
  since.http -= progress_.http;
  since.tcp -= progress_.tcp;
  since.upgrade -= progress_.upgrade;
  since.upstream -= progress_.upstream;
  since.forced_http -= progress_.forced_http;
  since.forced_tcp -= progress_.forced_tcp;
  since.forced_upgrade -= progress_.forced_upgrade;
  progress_ = now;
  callbacks_.onDrainProgress(slot_, since);
}

void WorkerProcess::onHostFailing(const ipc::Message& message) {
  ipc::HostFailingPayload report;
  if (!fromJson(message.payload, &report)) return breach("wrong HostFailing");
  callbacks_.onHostFailing(report);
}

void WorkerProcess::onHostRates(const ipc::Message& message) {
  ipc::HostRatesPayload rates;
  if (!fromJson(message.payload, &rates)) return breach("wrong HostRates");
  callbacks_.onHostRates(rates);
}

void WorkerProcess::onHostStats(const ipc::Message& message) {
  ipc::HostStatsToldPayload told;
  if (!fromJson(message.payload, &told)) return breach("wrong HostStatsTold");
  if (hosts_asked_.erase(told.question) == 0) return breach("HostStatsTold unasked");
  callbacks_.onHostStats(slot_, told);
}

void WorkerProcess::onMessage(ipc::Message message) {
  if (state_ == WorkerState::Dead) return;
  switch (message.type) {
    case ipc::MessageType::Hello:
      return onHello(message);
    case ipc::MessageType::Ready:
      if (!greeted_ || (state_ != WorkerState::Draining && !advance(WorkerEvent::SaidReady))) {
        return breach("Ready out of order");
      }
      if (state_ == WorkerState::Ready) callbacks_.onWorkerReady(slot_);
      return;
    case ipc::MessageType::Accepting:
      if (!accept_sent_ || !advance(WorkerEvent::SaidAccepting)) {
        return breach("Accepting out of order");
      }
      if (state_ == WorkerState::Accepting) callbacks_.onWorkerAccepting(slot_);
      return;
    case ipc::MessageType::Fatal:
      last_words_ = message.payload.substr(0, kLastWordsBytes);
      return;
    case ipc::MessageType::DrainProgress:
    case ipc::MessageType::Drained:
      return onProgress(message);
    case ipc::MessageType::Pong:
      if (!keysPending()) return breach("Pong unasked");
      if (--keys_asked_ == 0) callbacks_.onKeysTaken(slot_);
      return;
    case ipc::MessageType::HostRates:
      return onHostRates(message);
    case ipc::MessageType::HostFailing:
      return onHostFailing(message);
    case ipc::MessageType::HostStatsTold:
      return onHostStats(message);
    case ipc::MessageType::AcceptStopped:
      if (!stopPending()) return breach("AcceptStopped unasked");
      ++stops_done_;
      return;
    default:
      return breach("a message that only the master sends");
  }
}

void WorkerProcess::onChannelClosed(const std::string& reason) {
  if (state_ == WorkerState::Dead) return;
  if (reason == "end of file") {
    // It is most likely on its way out, and waitpid will say how.
    if (state_ != WorkerState::Draining) killAfter(kMuteGraceMs);
    return;
  }
  breach(reason);
}

}  // namespace convoy::master

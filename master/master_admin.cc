// The Master as the admin server sees it.
#include "common/base/json.h"
#include "common/base/log.h"
#include "master/accept_queue.h"
#include "master/admin/server_gauges.h"
#include "master/master.h"
#include "master/status.h"

namespace convoy::master {

ServerState Master::state() const {
  if (state_ == State::Booting) return ServerState::Initializing;
  if (state_ != State::Serving || healthcheck_failed_ || drain_command_.asked()) {
    return ServerState::Draining;
  }
  // Every worker crash-loops or stands still: nobody serves, whatever was promised before.
  return running_->generation->serves() ? ServerState::Live : ServerState::Initializing;
}

uint64_t Master::uptimeSeconds() const {
  return (loop_.nowMs() - start_ms_) / 1000;
}

std::vector<std::pair<std::string, std::string>> Master::commandLine() const {
  return options_.given;
}

config::Node Master::node() const {
  config::Node out = shown_->node;
  if (!options_.service_node.empty()) out.id = options_.service_node;
  if (!options_.service_cluster.empty()) out.cluster = options_.service_cluster;
  if (!options_.service_zone.empty()) out.zone = options_.service_zone;
  return out;
}

std::vector<WorkerView> Master::workers() const {
  std::vector<WorkerView> out;
  for (Generation* generation : generations()) {
    for (WorkerView& view : generation->views()) out.push_back(std::move(view));
  }
  return out;
}

void Master::refreshGauges() {
  refreshServerGauges(*this);
  if (running_ != nullptr) {
    limit_gauges_.refresh(*running_->plan.bootstrap, *running_->plan.seats, limits_, aggregate_);
    setAcceptQueues(*running_->plan.bootstrap, *running_->plan.listeners, aggregate_);
  }
  aggregate_.setGauge("dns.cares.pending_resolutions", resolver_->pending());
}

const std::vector<ipc::EndpointHost>& Master::hosts(size_t cluster_index) const {
  static const std::vector<ipc::EndpointHost> kNone;
  const Edition* edition = running_ != nullptr ? running_.get() : next_.get();
  if (edition == nullptr || edition->hosts == nullptr) return kNone;
  return edition->hosts->hosts(cluster_index);
}

const Ejections::BothRates* Master::successRates(size_t cluster_index) const {
  const Edition* edition = running_ != nullptr ? running_.get() : next_.get();
  if (edition == nullptr || edition->hosts == nullptr) return nullptr;
  return edition->hosts->successRates(static_cast<uint32_t>(cluster_index));
}

const Provenance& Master::provenance() const {
  static const Provenance kNone;
  return running_ == nullptr ? kNone : running_->provenance;
}

const HostBook& Master::hostBook(const ipc::HostStatsPayload& next) {
  if (running_ != nullptr && !next.clusters.empty()) running_->generation->askHosts(next);
  return host_book_;
}

void Master::surveyHosts(const std::vector<uint32_t>& clusters, HostSurvey::Done done) {
  std::vector<HostSurvey::Part> parts;
  for (const uint32_t cluster : clusters) parts.push_back({cluster, hosts(cluster).size()});
  host_survey_.start(std::move(parts), std::move(done));
}

void Master::testRoute(const Json::Value& request,
                       std::function<void(bool ok, const std::string& text)> done) {
  route_tester_.ask(
      canonical_, request,
      [done = std::move(done)](const ChildCheck::Answer& answer) { done(answer.ok, answer.text); });
}

void Master::quit() {
  // After the answer to the request that asked for it.
  loop_.post([this] { stopGracefully(); });
}

void Master::drainListeners(bool graceful) {
  if (state_ != State::Serving && state_ != State::Booting) return;
  drain_command_.ask(graceful ? options_.shutdown_delay_ms : 0, nullptr);
}

void Master::reopenLogs() {
  base::logger("main").info("reopening log files");
  if (!options_.log_path.empty()) {
    const base::Status status = base::setLogPath(options_.log_path);
    if (!status.ok()) base::logger("main").error("{}", status.error().context);
  }
  for (Generation* generation : generations()) {
    const base::Status status = generation->plan().logs->reopen();
    if (!status.ok()) {
      base::logger("main").error("{}: lines go on to the old file", status.error().context);
    }
    generation->sendLogs();
  }
  if (admin_ != nullptr) admin_->setAccessLogs(shown_->admin.access_log);
}

void Master::setHealthcheckFailed(bool failed) {
  healthcheck_failed_ = failed;
  for (Generation* generation : generations()) generation->sendHealth();
}

base::Status Master::setLogLevel(const std::string& component, const std::string& level) {
  auto parsed = base::parseLogLevel(level);
  if (!parsed.ok()) return parsed.error();
  if (component.empty()) {
    base::setLogLevel(*parsed);
  } else {
    const base::Status status = base::setLogLevel(component, *parsed);
    if (!status.ok()) return status;
  }
  const std::string message = rememberLogLevel(component, level);
  for (Generation* generation : generations()) {
    generation->send(ipc::MessageType::LogLevel, message);
  }
  return {};
}

// Workers that are started later hear it, too.
std::string Master::rememberLogLevel(const std::string& component, const std::string& level) {
  Json::Value message(Json::objectValue);
  message["component"] = component;
  message["level"] = level;
  std::string text = base::writeJson(message);
  if (component.empty()) log_levels_.clear();  // one level for all
  std::erase_if(log_levels_, [&](const std::string& older) {
    auto parsed = base::parseJson(older);
    return parsed.ok() && (*parsed)["component"].asString() == component;
  });
  log_levels_.push_back(text);
  return text;
}

// --- the control socket ---

void Master::onCommand(const ControlRequest& request, ControlServer::Reply reply) {
  if (request.command == "upgrade") return askUpgrade(request, std::move(reply));
  if (request.command == "reload") return askReload(request.wait, std::move(reply));
  if (request.command == "drain") return askDrain(request.wait, std::move(reply));
  if (request.command == "workers") return askWorkers(request, std::move(reply));
  if (request.command == kStatusCommand) {
    return running_ ? reply({true, statusJson(*this)})
                    : reply({false, "this convoy is starting: ask again when it serves"});
  }
  reply({false, "this convoy knows no command \"" + request.command + "\""});
}

void Master::askReload(bool wait, ControlServer::Reply reply) {
  if (!wait) {
    reload_.request(nullptr);
    return reply({true, "reload started"});
  }
  reload_.request([reply = std::move(reply)](const ReloadOutcome& outcome) {
    reply({outcome.ok(), outcome.ok() ? "reloaded" : outcome.error});
  });
}

void Master::askDrain(bool wait, ControlServer::Reply reply) {
  if (state_ != State::Serving) {
    return reply({false, running_ == nullptr ? "this convoy is starting: ask again when it serves"
                                             : "this convoy is stopping already"});
  }
  if (wait) return drain_command_.ask(options_.shutdown_delay_ms, std::move(reply));
  drain_command_.ask(options_.shutdown_delay_ms, nullptr);
  reply({true, "draining"});
}

void Master::askWorkers(const ControlRequest& request, ControlServer::Reply reply) {
  if (running_ == nullptr)
    return reply({false, "this convoy is starting: ask again when it serves"});
  auto wanted = target_.set(request.argument);
  if (!wanted.ok()) return reply({false, wanted.error().context});
  const std::string text = std::to_string(*wanted) + " workers";
  base::logger("main").info("the operator wants {}", text);
  if (!target_.pending()) return reply({true, text + ", as before"});
  if (!request.wait) {
    reload_.request(nullptr, ReloadTrigger::Workers);
    return reply({true, text + " are being started"});
  }
  reload_.request(
      [reply = std::move(reply), text](const ReloadOutcome& outcome) {
        reply({outcome.ok(), outcome.ok() ? text : outcome.error});
      },
      ReloadTrigger::Workers);
}

void Master::countWorkers(const char* signal, base::Result<uint32_t> wanted) {
  base::Logger& log = base::logger("main");
  if (running_ == nullptr || state_ != State::Serving) {
    return log.warn("{}: not while the server starts or stops", signal);
  }
  if (!wanted.ok()) return log.warn("{}: {}", signal, wanted.error().context);
  log.info("{}: {} workers", signal, *wanted);
  if (target_.pending()) reload_.request(nullptr, ReloadTrigger::Workers);
}

void Master::modifyRuntime(const std::vector<std::pair<std::string, std::string>>& changes,
                           std::function<void(const std::string& error)> done) {
  auto before = runtime_overrides_;
  for (const auto& [key, value] : changes) {
    if (value.empty()) {
      runtime_overrides_.erase(key);
    } else {
      runtime_overrides_[key] = value;
    }
  }
  reload([this, before = std::move(before), done = std::move(done)](const std::string& error) {
    if (!error.empty()) runtime_overrides_ = before;
    done(error);
  });
}

void Master::reload(std::function<void(const std::string& error)> done) {
  reload_.request([done = std::move(done)](const ReloadOutcome& outcome) {
    done(outcome.ok() ? ""
                      : (outcome.error.empty() ? std::string(reloadResultName(outcome.result))
                                               : outcome.error));
  });
}

}  // namespace convoy::master

// The Master passes on all that it holds to the program that takes its place, and takes it over
// there.
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "common/base/build_info.h"
#include "common/base/log.h"
#include "master/check.h"
#include "master/master.h"
#include "master/metrics/series_rules.h"

namespace convoy::master {
namespace {

constexpr uint64_t kAskLimitMs = 10000;
constexpr uint64_t kBackWithinMs = 10000;
constexpr uint64_t kLookEveryMs = 20;

base::Logger& log() {
  return base::logger("main");
}

base::Error malformed(const char* what) {
  return base::Error::make(base::ErrorKind::Protocol,
                           std::string(what) + " of the old program does not parse");
}

Json::Value save(const ReloadView& reloads) {
  Json::Value out(Json::objectValue);
  out["ok"] = Json::Value::UInt64{reloads.ok};
  out["invalid"] = Json::Value::UInt64{reloads.invalid};
  out["start_failed"] = Json::Value::UInt64{reloads.start_failed};
  out["bind_failed"] = Json::Value::UInt64{reloads.bind_failed};
  out["last_ok"] = reloads.last_ok;
  out["last_attempt"] = Json::Value::Int64{reloads.last_attempt_unix};
  out["last_success"] = Json::Value::Int64{reloads.last_success_unix};
  out["last_error"] = reloads.last_error;
  return out;
}

bool restore(const Json::Value& saved, ReloadView* out) {
  return saved.isObject() && base::getUint(saved, "ok", &out->ok) &&
         base::getUint(saved, "invalid", &out->invalid) &&
         base::getUint(saved, "start_failed", &out->start_failed) &&
         base::getUint(saved, "bind_failed", &out->bind_failed) &&
         base::getBool(saved, "last_ok", &out->last_ok) &&
         base::getInt(saved, "last_attempt", &out->last_attempt_unix) &&
         base::getInt(saved, "last_success", &out->last_success_unix) &&
         base::getString(saved, "last_error", &out->last_error);
}

void restoreLogLevels(const Json::Value& saved) {
  if (!saved.isObject()) return;
  for (const std::string& component : saved.getMemberNames()) {
    const Json::Value& name = saved[component];
    const auto level = base::parseLogLevel(name.isString() ? name.asString() : "");
    base::logger(component);  // it comes to be with its first line, else
    if (level.ok()) static_cast<void>(base::setLogLevel(component, *level).ok());
  }
}

}  // namespace

// --- asked for ---

void Master::askUpgrade(const ControlRequest& request, ControlServer::Reply reply) {
  if (state_ != State::Serving || drain_command_.asked()) {
    return reply({false, "the server is leaving: it is not upgraded any more"});
  }
  const std::string program = request.argument.empty() ? options_.program : request.argument;
  // With --wait the answer is the new program's: it finds the caller among what it inherits.
  const bool wait = request.wait;
  upgrade_.request(program, [reply, wait](const std::string& why) {
    if (wait) reply({false, why});
  });
  if (!wait) reply({true, "upgrade started"});
}

base::Status Master::ask(const std::string& program, ChildCheck::Done done) {
  auto sources = readSources(options_);
  if (!sources.ok()) return sources.error();
  if (program.empty() || program[0] != '/') {
    return base::Error::make(base::ErrorKind::InvalidArgument,
                             "\"" + program + "\" is not an absolute path");
  }
  if (::access(program.c_str(), X_OK) != 0) return base::Error::fromErrno(errno, program);
  auto question = makeQuestion(program, *sources, options_);
  if (!question.ok()) return question.error();
  upgrade_check_ =
      std::make_shared<ChildCheck>(loop_, processes_, question->program, kAskLimitMs,
                                   [this, done = std::move(done)](const ChildCheck::Answer& raw) {
                                     upgrade_check_.reset();
                                     done(readAnswer(raw));
                                   });
  return {};
}

bool Master::quiet() const {
  const auto all = generations();
  return state_ == State::Serving && !drain_command_.asked() &&
         reload_.state() == Reload::State::Idle && !reload_.scheduled() && retirement_.idle() &&
         (admin_ == nullptr || admin_->quiet()) && (metrics_ == nullptr || metrics_->quiet()) &&
         fd_store_.quiet() &&
         std::all_of(all.begin(), all.end(), [](const Generation* g) { return g->allSaid(); });
}

base::Error Master::execute(const std::string& program) {
  base::UniqueFd old_image(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  if (!old_image.valid()) return base::Error::fromErrno(errno, "/proc/self/exe");
  log().info("upgrade: executing {}", program);
  Bequest bequest;
  const Json::Value state = bequeath(bequest);
  return execInto(program, options_.argv, state, bequest, old_image.get());
}

Json::Value Master::bequeath(Bequest& bequest) const {
  std::vector<const Edition*> editions = {running_.get()};
  for (const EditionPtr& edition : draining_) editions.push_back(edition.get());
  std::vector<const BoundAddress*> addresses;
  for (const Edition* edition : editions) {
    for (const ListenerSet::Entry& entry : edition->plan.listeners->entries()) {
      const BoundAddress* bound = entry.bound.get();
      if (std::count(addresses.begin(), addresses.end(), bound) == 0) addresses.push_back(bound);
    }
  }
  Json::Value out(Json::objectValue);
  out["revision"] = base::buildRevision();
  out["start_unix"] = Json::Value::Int64{start_unix_};
  out["start_ms"] = Json::Value::UInt64{start_ms_};
  out["next_number"] = next_number_;
  out["healthcheck_failed"] = healthcheck_failed_;
  out["reloads"] = save(reloads_);
  out["history"] = history_.save();
  out["workers"] = target_.save();
  out["notifier"] = notifier_.save();
  out["aggregate"] = aggregate_.save();
  out["limits"] = limits_.save(bequest);
  out["ticket_keys"] = ticket_keys_.bequeath();
  Json::Value& levels = out["log_levels"] = Json::Value(Json::objectValue);
  for (const auto& [component, level] : base::logLevels()) {
    levels[component] = std::string(base::logLevelName(level));
  }
  out["control"] = control_->save(kUpgradeCommand, bequest);
  out["metrics"] = bequest.give(metrics_ == nullptr ? -1 : metrics_->listeningFd());
  for (const auto& [key, value] : runtime_overrides_) out["runtime"][key] = value;
  out["admin"] = bequest.give(admin_ == nullptr ? -1 : admin_->listeningFd());
  out["addresses"] = sockets_.save(
      addresses, [this](const BoundAddress& bound) { return fd_store_.namesOf(bound); }, bequest);
  Json::Value& list = out["editions"] = Json::Value(Json::arrayValue);
  for (const Edition* edition : editions) {
    Json::Value one(Json::objectValue);
    one["number"] = edition->plan.number;
    one["concurrency"] = edition->plan.concurrency;
    one["config"] = edition->plan.canonical_json;
    one["endpoints"] = ipc::toJson(edition->currentEndpoints());
    Json::Value& entries = one["listeners"] = Json::Value(Json::arrayValue);
    for (const ListenerSet::Entry& entry : edition->plan.listeners->entries()) {
      const auto at = std::find(addresses.begin(), addresses.end(), entry.bound.get());
      entries.append(entry.index);
      entries.append(entry.http);
      entries.append(Json::Value::UInt64{static_cast<uint64_t>(at - addresses.begin())});
    }
    one["generation"] = edition->generation->save(bequest);
    list.append(std::move(one));
  }
  return out;
}

// --- taken over ---

base::Status Master::restore(const Inheritance& inheritance) {
  Addresses addresses;
  const base::Status restored = restoreAll(inheritance.state, &addresses);
  // Here, where no address has ended: that would remove the path of a unix socket.
  if (!restored.ok()) fallBack(restored.error().context);
  return restored;
}

base::Status Master::restoreAll(const Json::Value& saved, Addresses* addresses) {
  if (!saved.isObject() || !base::getInt(saved, "start_unix", &start_unix_) ||
      !base::getUint(saved, "start_ms", &start_ms_) ||
      !base::getUint(saved, "next_number", &next_number_) ||
      !base::getBool(saved, "healthcheck_failed", &healthcheck_failed_) ||
      !master::restore(saved["reloads"], &reloads_) || !saved["workers"].isObject()) {
    return malformed("the state");
  }
  history_.restore(saved["history"]);
  target_.restore(saved["workers"]);
  if (!aggregate_.restore(saved["aggregate"])) return malformed("the counters");
  restoreLogLevels(saved["log_levels"]);
  ticket_keys_.restore(saved["ticket_keys"]);
  limits_.restore(saved["limits"]);
  const base::Status bound = sockets_.restore(saved["addresses"], addresses);
  if (!bound.ok()) return bound;
  const Json::Value& editions = saved["editions"];
  if (!editions.isArray() || editions.empty()) return malformed("the configuration");
  for (const Json::Value& one : editions) {
    auto edition = restoreEdition(one, *addresses);
    if (!edition.ok()) return edition.error();
    if (running_ == nullptr) {
      running_ = std::move(edition).value();
    } else {
      draining_.push_back(std::move(edition).value());
    }
  }
  aggregate_.setCurrent(running_->plan.directory);
  aggregate_.setRules(rulesOf(running_->plan.bootstrap->stats_config));
  reloads_.generation = running_->plan.number;
  running_->admin_socket = takeFd(saved, "admin");
  startMetrics(takeFd(saved, "metrics"));
  if (saved["runtime"].isObject()) {
    for (const std::string& key : saved["runtime"].getMemberNames()) {
      if (saved["runtime"][key].isString()) {
        runtime_overrides_[key] = saved["runtime"][key].asString();
      }
    }
  }
  startAdmin(*running_);
  state_ = State::Serving;
  running_->resolve(loop_, *resolver_, nullptr);
  return {};
}

base::Result<Master::EditionPtr> Master::restoreEdition(const Json::Value& saved,
                                                        const Addresses& addresses) {
  std::string text, endpoints;
  Plan plan;
  if (!saved.isObject() || !base::getString(saved, "config", &text) ||
      !base::getString(saved, "endpoints", &endpoints) ||
      !base::getUint(saved, "number", &plan.number) ||
      !base::getUint(saved, "concurrency", &plan.concurrency) || !saved["listeners"].isArray()) {
    return malformed("a configuration");
  }
  const config::LoadResult loaded = config::loadCanonical(config_name_, text);
  if (!loaded.ok()) {
    return base::Error::make(base::ErrorKind::Protocol, renderAll(loaded.diagnostics));
  }
  std::vector<ListenerSet::Entry> entries;
  const Json::Value& list = saved["listeners"];
  for (Json::ArrayIndex i = 0; i + 2 < list.size(); i += 3) {
    if (!list[i].isUInt() || !list[i + 1].isBool() || !list[i + 2].isUInt() ||
        list[i].asUInt() >= loaded.bootstrap->listeners.size() ||
        list[i + 2].asUInt() >= addresses.size()) {
      return malformed("a listener");
    }
    entries.push_back({list[i].asUInt(), list[i + 1].asBool(), addresses[list[i + 2].asUInt()]});
  }
  plan.bootstrap = loaded.bootstrap;
  plan.canonical_json = text;
  plan.directory =
      std::make_shared<const stats::Directory>(stats::Directory::build(*loaded.bootstrap));
  plan.seats = limits_.seatsOf(plan.directory->seatNames());
  plan.listeners = std::make_shared<const ListenerSet>(std::move(entries));
  auto logs = LogFiles::open(*loaded.bootstrap, config_name_);
  if (!logs.ok()) return logs.error();
  plan.logs = std::move(logs).value();
  fillIdentity(plan);
  auto shown = withBoundPorts(*loaded.bootstrap, *plan.listeners);
  EditionCallbacks& callbacks = *this;
  auto out = std::make_unique<Edition>(aggregate_, callbacks, std::move(plan), std::move(shown));
  ipc::EndpointsPayload hosts;
  if (!fromJson(endpoints, &hosts)) return malformed("the endpoints");
  out->inherited_endpoints = std::move(hosts);
  makeGeneration(*out);
  const base::Status generation = out->generation->restore(saved["generation"]);
  if (!generation.ok()) return generation.error();
  return out;
}

// The workers of the old program serve until those of the new one do: a reload like any other.
void Master::afterUpgrade(const Inheritance& inheritance, const ControlServer::Reply& reply) {
  reapChildren();
  if (!inheritance.failure.empty()) {
    log().error("the upgrade failed, the old program serves on: {}", inheritance.failure);
    return reply({false, "the upgrade failed, the old program serves on: " + inheritance.failure});
  }
  reload_.request(
      [this, reply](const ReloadOutcome& outcome) { afterFirstReload(outcome, reply); });
}

void Master::afterFirstReload(const ReloadOutcome& outcome, const ControlServer::Reply& reply) {
  if (outcome.ok()) {
    old_image_.reset();
    log().info("upgraded to {} ({})", base::kVersion, base::buildRevision());
    return reply({true, "upgraded to " + std::string(base::kVersion)});
  }
  // Nobody could replace a worker that dies.
  if (outcome.result == ReloadResult::StartFailed && state_ == State::Serving) {
    log().error("the workers of the new program do not start: back to the old one");
    return goBack(outcome.error, loop_.nowMs() + kBackWithinMs, reply);
  }
  old_image_.reset();
  reply({false, "the new program serves with the old configuration: " + outcome.error});
}

void Master::goBack(const std::string& why, uint64_t until_ms, const ControlServer::Reply& reply) {
  // The workers that failed are still on their way out, and cannot be passed on.
  if (!quiet() && loop_.nowMs() < until_ms) {
    back_timer_ = loop_.createTimer([=, this] { goBack(why, until_ms, reply); });
    return back_timer_->start(kLookEveryMs);
  }
  const base::UniqueFd old_image = std::move(old_image_);
  if (quiet()) {
    Bequest bequest;
    const Json::Value state = bequeath(bequest);
    const base::Error failed =
        execInto("/proc/self/fd/" + std::to_string(old_image.get()), options_.argv, state, bequest,
                 old_image.get(), "its workers do not start: " + why);
    log().critical("{}", failed.context);
  }
  reply({false, "the new program serves with the old workers, its own do not start: " + why});
}

}  // namespace convoy::master

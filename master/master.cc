#include "master/master.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

#include "common/base/build_info.h"
#include "common/base/log.h"
#include "common/net/socket.h"
#include "master/banner.h"
#include "master/check.h"
#include "master/config_changes.h"
#include "master/listen_address.h"
#include "master/metrics/series_rules.h"
#include "master/worker_count.h"

namespace convoy::master {
namespace {

// Longer than the retirement of an address that it goes on accepting from.
constexpr uint64_t kShortestDrainMs = 2500;
// What a worker may still need after a deadline to say its last to every client.
constexpr uint64_t kCutTakesMs = 2500;
// While it drains, the service manager hears that it does: silence means that it hangs.
constexpr uint64_t kExtendEveryMs = 5000;
constexpr int kExitDeadline = 3;

constexpr uint64_t kCheckLimitMs = 5000;

base::Logger& log() {
  return base::logger("main");
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void raiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // the workers inherit it
}

void writeFile(const std::string& path, const std::string& text) {
  if (path.empty()) return;
  std::ofstream out(path, std::ios::trunc);
  out << text;
  if (!out.flush()) log().error("cannot write \"{}\"", path);
}

}  // namespace

Master::Master(net::EventLoop& loop, Processes& processes, const Options& options,
               Notifier notifier, std::vector<InheritedSocket> inherited, Identity identity)
    : loop_(loop),
      processes_(processes),
      options_(options),
      notifier_(std::move(notifier)),
      identity_(identity),
      config_name_(configurationName(options)),
      target_(options.concurrency, [] { return usableCpus(affinityCpus(), ""); }),
      start_unix_(std::time(nullptr)),
      start_ms_(loop.nowMs()),
      limits_(loop),
      sockets_(target_.running(), std::move(inherited)),
      reload_(loop, *this, options.start_timeout_ms),
      route_tester_(loop, processes),
      host_survey_(loop,
                   [this](const ipc::HostStatsPayload& page) {
                     return running_ == nullptr ? std::set<uint32_t>()
                                                : running_->generation->askHosts(page);
                   }),
      upgrade_(loop, *this),
      shown_(std::make_shared<config::Bootstrap>()),
      fd_store_(loop, notifier_),
      retirement_(loop, *this),
      drain_command_(loop, *this, options.drain_timeout_ms),
      rescues_(loop, processes, aggregate_),
      watchdog_(loop, options.worker_timeout_ms, [this] { return generations(); }) {
  stop_timer_ = loop_.createTimer([this] {
    if (state_ == State::Stopping) return drainAll();
    log().warn("the drain deadline is over: closing what is left");
    for (Generation* generation : generations()) generation->exitNow();
  });
  extend_timer_ = loop_.createTimer([this] {
    notifier_.extendTimeout(3 * kExtendEveryMs * 1000);
    extend_timer_->start(kExtendEveryMs);
  });
  for (const auto& [component, level] : options.component_log_levels) {
    rememberLogLevel(component, level);
  }
  watchdog_timer_ = loop_.createTimer([this] { feedWatchdog(); });
}

Master::~Master() = default;

int Master::run(const Inheritance* inheritance) {
  raiseDescriptorLimit();
  log().info("convoy {} ({}) starting: {} workers, configuration {}", base::kVersion,
             std::string_view(base::buildRevision()).substr(0, 12), target_.running(),
             config_name_);
  auto resolver = makeResolver(loop_, {});
  if (!resolver.ok()) {
    log().critical("{}", resolver.error().context);
    return 1;
  }
  resolver_ = std::move(resolver).value();
  signals_ = std::make_unique<Signals>(loop_, [this](Intention i) { onIntention(i); });
  writeFile(options_.pid_file, std::to_string(::getpid()) + "\n");
  openControl(inheritance);
  startWatching();
  if (metrics_ == nullptr && !startMetrics({})) return 1;
  if (inheritance == nullptr) reload_.request(nullptr);
  watchdog_.start();
  loop_.run();
  if (!options_.pid_file.empty()) ::unlink(options_.pid_file.c_str());
  log().info("exiting with {}", exit_code_);
  return exit_code_;
}

void Master::openControl(const Inheritance* inheritance) {
  control_ = std::make_unique<ControlServer>(
      loop_, [this](const ControlRequest& request, ControlServer::Reply reply) {
        onCommand(request, std::move(reply));
      });
  if (inheritance != nullptr) {
    const base::Status restored = restore(*inheritance);
    if (!restored.ok()) {
      // The workers serve on for a while, and a service manager starts us anew.
      log().critical("cannot take over: {}", restored.error().context);
      std::_Exit(1);
    }
    const ControlServer::Reply reply =
        control_->restore(kUpgradeCommand, inheritance->state["control"]);
    old_image_ = settle(*inheritance);
    return afterUpgrade(*inheritance, reply);
  }
  for (const std::string& address :
       controlAddresses(options_.control_path, variable("RUNTIME_DIRECTORY"), options_.config_path,
                        static_cast<uint32_t>(::getpid()))) {
    const base::Status listening = control_->listen(address);
    if (!listening.ok()) {
      log().warn("{}: `convoy reload` cannot use it, SIGHUP works as ever",
                 listening.error().context);
    }
  }
}

void Master::startWatching() {
  if (options_.config_path.empty()) return;
  const WatchDecision decision =
      decideWatch(options_.watch, options_.config_path, inContainer(), mountTable());
  log().info("{} is {} for changes: {}", options_.config_path,
             decision.on ? "watched" : "not watched", decision.why);
  if (!decision.warning.empty()) log().warn("{}", decision.warning);
  if (!decision.on) return;
  secret_watch_.reset();
  watch_ =
      std::make_unique<Watch>(loop_, options_.config_path, [this] { reload_.request(nullptr); });
}

void Master::onIntention(Intention intention) {
  switch (intention) {
    case Intention::Reload:
      log().info("SIGHUP: reloading {}", config_name_);
      return reload_.request(nullptr);
    case Intention::StopGraceful:
      return stopGracefully();
    case Intention::StopNow:
      return stopNow();
    case Intention::ReopenLogs:
      return reopenLogs();
    case Intention::ReapChildren:
      return reapChildren();
    case Intention::WorkersUp:
      return countWorkers("SIGTTIN", target_.up());
    case Intention::WorkersDown:
      return countWorkers("SIGTTOU", target_.down());
    case Intention::Upgrade:
      log().info("SIGUSR2: upgrading the program");
      return upgrade_.request(options_.program, [](const std::string&) {});
  }
}

void Master::reapChildren() {
  for (Generation* generation : generations()) generation->adoptSentinels();
  rescues_.adoptSentinels();
  for (const Exited& exited : processes_.reap()) {
    if (check_ != nullptr && check_->onReaped(exited)) continue;
    if (upgrade_check_ != nullptr && upgrade_check_->onReaped(exited)) continue;
    if (route_tester_.onReaped(exited)) continue;
    for (Generation* generation : generations()) {
      if (generation->onReaped(exited)) break;
    }
  }
}

std::vector<Generation*> Master::generations() const {
  std::vector<Generation*> out;
  const auto add = [&out](const EditionPtr& edition) {
    if (edition != nullptr && edition->generation != nullptr) {
      out.push_back(edition->generation.get());
    }
  };
  add(running_);
  add(next_);
  for (const EditionPtr& edition : draining_) add(edition);
  return out;
}

// --- one reload (or the start) ---

void Master::validate() {
  trigger_ = ReloadTrigger::File;
  target_.begin(trigger_);
  reloads_.last_attempt_unix = std::time(nullptr);
  history_.begin(state_ == State::Booting ? "start" : "file", reloads_.last_attempt_unix,
                 loop_.nowMs());
  if (state_ == State::Serving) notifier_.reloading(loop_.nowUs());
  auto sources = readSources(options_);
  if (!sources.ok()) return reload_.validated({ReloadResult::Invalid, sources.error().context});
  sources_read_ = std::move(sources).value();
  if (watch_ != nullptr) watch_->noteSources(sources_read_);
  // At the start there is nothing that a crash of the parser could take down.
  if (state_ == State::Booting) return reload_.validated({});
  auto question = makeQuestion("/proc/self/exe", sources_read_, options_);
  if (!question.ok()) {
    return reload_.validated({ReloadResult::Invalid, question.error().context});
  }
  check_ = std::make_shared<ChildCheck>(
      loop_, processes_, question->program, kCheckLimitMs, [this](const ChildCheck::Answer& raw) {
        const CheckAnswer answer = readAnswer(raw);
        check_.reset();
        if (watch_ != nullptr && !answer.files.empty()) watch_->noteFiles(answer.files);
        reload_.validated(answer.ok ? ReloadOutcome{}
                                    : ReloadOutcome{ReloadResult::Invalid,
                                                    answer.text.empty()
                                                        ? "the check of the configuration failed"
                                                        : answer.text});
      });
}

ReloadOutcome Master::prepare(ReloadTrigger trigger) {
  if (trigger == ReloadTrigger::Workers) {
    trigger_ = trigger;
    target_.begin(trigger);
    history_.begin("workers", std::time(nullptr), loop_.nowMs());
    config::LoadResult same;
    same.bootstrap = running_->plan.bootstrap;
    same.canonical_json = running_->plan.canonical_json;
    const ReloadOutcome bound = bindAll(same);
    if (next_ != nullptr) next_->provenance = running_->provenance;
    return bound;
  }
  const auto sources = std::exchange(sources_read_, {});
  const config::LoadResult loaded = loadSources(sources, options_, runtime_overrides_);
  if (watch_ != nullptr) watch_->noteFiles(loaded.files);
  if (!loaded.ok()) return {ReloadResult::Invalid, renderAll(loaded.diagnostics)};
  for (const config::Diagnostic& warning : loaded.diagnostics) {
    base::logger("config").warn("{}", config::render(warning));
  }
  watchSecrets(loaded.files);
  if (rekey(loaded)) {
    running_->provenance = provenanceOf(sources, loaded);
    ReloadOutcome told;
    told.only_keys = true;
    return told;
  }
  ReloadOutcome bound = bindAll(loaded);
  if (next_ != nullptr) next_->provenance = provenanceOf(sources, loaded);
  return bound;
}

void Master::fillIdentity(Plan& plan) const {
  plan.sentinel = options_.sentinel;
  plan.start_timeout_ms = options_.start_timeout_ms;
  plan.identity.uid = identity_.uid;
  plan.identity.gid = identity_.gid;
  plan.identity.orphan_grace_ms = options_.orphan_grace_ms;
  plan.identity.log_level = options_.log_level;
  plan.identity.service_node = options_.service_node;
  plan.identity.service_cluster = options_.service_cluster;
  plan.identity.service_zone = options_.service_zone;
}

ReloadOutcome Master::bindAll(const config::LoadResult& loaded) {
  Plan plan;
  plan.bootstrap = loaded.bootstrap;
  plan.canonical_json = loaded.canonical_json;
  plan.concurrency = target_.starting();
  sockets_.setSlots(plan.concurrency);
  plan.directory =
      std::make_shared<const stats::Directory>(stats::Directory::build(*loaded.bootstrap));
  plan.seats = limits_.seatsOf(plan.directory->seatNames());
  auto logs = LogFiles::open(*loaded.bootstrap, config_name_);
  if (!logs.ok()) return {ReloadResult::Invalid, logs.error().context};
  plan.logs = std::move(logs).value();
  auto listeners = sockets_.bind(*loaded.bootstrap, config_name_);
  if (!listeners.ok()) return {ReloadResult::BindFailed, listeners.error().context};
  plan.listeners = std::move(listeners).value();
  fillIdentity(plan);
  plan.number = next_number_++;
  auto shown = withBoundPorts(*loaded.bootstrap, *plan.listeners);
  EditionCallbacks& callbacks = *this;
  auto edition =
      std::make_unique<Edition>(aggregate_, callbacks, std::move(plan), std::move(shown));
  const base::Status admin = bindAdmin(*edition);
  if (!admin.ok()) return {ReloadResult::BindFailed, admin.error().context};
  next_ = std::move(edition);
  return {};
}

base::Status Master::bindAdmin(Edition& edition) {
  const auto& wanted = edition.shown->admin.address;
  if (!wanted || (admin_ != nullptr && wanted->toString() == admin_configured_)) return {};
  auto address = toAddress(*wanted);
  if (!address.ok()) return address.error();
  net::ListenOptions options;
  options.reuse_port = false;
  options.unix_mode = wanted->mode;
  auto socket = net::listenOn(*address, options);
  if (!socket.ok()) {
    return base::Error::make(base::ErrorKind::Io, config_name_ + ":" +
                                                      std::to_string(wanted->origin.line) + ":" +
                                                      std::to_string(wanted->origin.column) +
                                                      ": error: admin: " + socket.error().context);
  }
  edition.admin_socket = std::move(socket).value();
  return {};
}

void Master::resolve() {
  // At the start /ready must be there to say that we are not; later the old admin answers on.
  if (running_ == nullptr) startAdmin(*next_);
  next_->resolve(loop_, *resolver_, running_ == nullptr ? nullptr : running_->hosts.get());
}

void Master::onEditionResolved(Edition& edition) {
  if (next_.get() == &edition) reload_.resolved();
}

void Master::makeGeneration(Edition& edition) {
  GenerationCallbacks& callbacks = *this;
  edition.generation =
      std::make_unique<Generation>(loop_, processes_, aggregate_, callbacks, edition.plan,
                                   [&edition] { return edition.currentEndpoints(); });
  edition.generation->setLogLevels(&log_levels_);
  edition.generation->setTicketKeys(&ticket_keys_.message());
  edition.generation->setLimits(&limits_);
  edition.generation->setHealthFailed(&healthcheck_failed_);
  edition.generation->setHostFailing([&edition](const ipc::HostFailingPayload& report) {
    if (edition.hosts != nullptr) edition.hosts->failing(report);
  });
  edition.generation->setHostRates([&edition](const ipc::HostRatesPayload& rates) {
    if (edition.hosts != nullptr) edition.hosts->rates(rates);
  });
  edition.generation->setHostStats(
      [this, number = edition.plan.number](uint32_t slot, const ipc::HostStatsToldPayload& told) {
        if (told.question == 0) return host_book_.note(number, slot, told);
        const bool serves = running_ != nullptr && running_->plan.number == number;
        if (serves) host_survey_.told(slot, told);
      });
}

void Master::sendTicketKeys() {
  for (Generation* generation : generations()) {
    generation->send(ipc::MessageType::TicketKeys, ticket_keys_.message());
  }
}

void Master::startWorkers() {
  makeGeneration(*next_);
  if (drain_command_.quiet()) {
    ipc::DrainPayload order{drain_command_.restMs(), true};
    order.announced_ms = drain_command_.announcedMs();
    keepQuiet(*next_, order);
  }
  next_->generation->start();
}

void Master::commit() {
  next_->plan.listeners->applyOptions();
  next_->generation->startAccept();
}

void Master::adopt() {
  host_survey_.abandon();
  EditionPtr old = std::move(running_);
  running_ = std::move(next_);
  if (old != nullptr) startAdmin(*running_);
  running_->plan.listeners->steer(running_->plan.concurrency);
  aggregate_.setCurrent(running_->plan.directory);
  aggregate_.setRules(rulesOf(running_->plan.bootstrap->stats_config));
  reloads_.generation = running_->plan.number;
  countChanges(old == nullptr ? "" : old->plan.canonical_json);
  if (old == nullptr) return;
  Generation& replaced = *old->generation;
  draining_.push_back(std::move(old));
  limitDraining();
  linkDraining();
  const ListenerSet& had = *replaced.plan().listeners;
  const ListenerSet& has = *running_->plan.listeners;
  if (!drain_command_.quiet()) retirement_.commit(had, has);
  ipc::DrainPayload order{options_.drain_time_ms, false, had.missingIn(has)};
  const auto& listeners = replaced.plan().bootstrap->listeners;
  for (uint32_t i = 0; i < listeners.size(); ++i) {
    if (!listeners[i].drain_timeout_ms) continue;
    order.listeners.push_back(i);
    // It goes on accepting for its retirement.
    order.deadlines_ms.push_back(std::max(*listeners[i].drain_timeout_ms, kShortestDrainMs));
  }
  replaced.drain(order);
}

// Every one is memory and processes: with reloads that come faster than connections end, somebody
// has to go.
void Master::limitDraining() {
  if (draining_.size() <= options_.max_draining_generations) return;
  const size_t beyond = draining_.size() - options_.max_draining_generations;
  for (size_t i = 0; i < beyond; ++i) {
    Generation& oldest = *draining_[i]->generation;
    log().warn("more than {} generations drain: closing what generation {} still holds",
               options_.max_draining_generations, oldest.number());
    const uint64_t since = loop_.nowMs() - oldest.drainStartedMs();
    oldest.drain({since < kShortestDrainMs ? kShortestDrainMs - since : 0, false});
  }
}

void Master::countChanges(const std::string& old_json) {
  if (old_json == running_->plan.canonical_json) return;
  const auto count = [&](const char* kind, const std::string& prefix) {
    const ConfigChanges changes = changesOf(old_json, running_->plan.canonical_json, kind);
    aggregate_.addCounter(prefix + "added", changes.added);
    aggregate_.addCounter(prefix + "modified", changes.modified);
    aggregate_.addCounter(prefix + "removed", changes.removed);
  };
  count("listeners", "listener_manager.listener_");
  count("clusters", "cluster_manager.cluster_");
}

// All that drain hand over to the running generation directly, not from one to the next: so each
// can go as soon as it has nothing left itself.
void Master::linkDraining() {
  for (const EditionPtr& edition : draining_) {
    if (edition->generation != nullptr) edition->generation->linkTo(*running_->generation);
  }
  rescues_.update(running_->generation.get());
}

bool Master::isWanted(const BoundAddress& bound) const {
  if (state_ == State::Draining || state_ == State::Leaving || drain_command_.quiet()) return false;
  return (running_ != nullptr && running_->plan.listeners->has(&bound)) ||
         (next_ != nullptr && next_->plan.listeners->has(&bound));
}

namespace {

// Only as long as its listeners' retirement takes.
bool goesOnAccepting(const Generation& generation) {
  return generation.state() == Generation::State::Draining || generation.quiet();
}

}  // namespace

// The service manager holds it: what waits there after us is for the next process.
bool Master::isOthersToo(const BoundAddress& bound) const {
  return !bound.inheritedNames().empty() || !fd_store_.namesOf(bound).empty();
}

void Master::stopAccepting(const BoundAddress& bound) {
  for (Generation* generation : generations()) {
    if (goesOnAccepting(*generation)) generation->stopAccept(bound);
  }
}

bool Master::stillAccepting(const BoundAddress& bound) const {
  const auto all = generations();
  return std::any_of(all.begin(), all.end(), [&](const Generation* generation) {
    return goesOnAccepting(*generation) && generation->plan().listeners->has(&bound) &&
           generation->stopPending();
  });
}

void Master::onRetired(const BoundAddress& bound) {
  fd_store_.forget(bound);
  if (state_ == State::Draining) return log().info("{} is closed", bound.address().toString());
  log().info("{} is closed: no configuration listens there any more", bound.address().toString());
}

void Master::undo() {
  if (next_ == nullptr) return;
  EditionPtr dropped = std::move(next_);
  if (dropped->generation == nullptr) {
    // This may be a callback of its own.
    loop_.post([gone = std::shared_ptr<Edition>(std::move(dropped))] {});
    return;
  }
  // Its workers may have begun to accept there, and nobody goes on.
  for (const ListenerSet::Entry& entry : dropped->plan.listeners->entries()) {
    const BoundAddress* bound = entry.bound.get();
    if (running_ != nullptr && !isWanted(*bound) && !retirement_.leaving(bound)) {
      entry.bound->retire();
    }
  }
  Generation& generation = *dropped->generation;
  draining_.push_back(std::move(dropped));
  if (running_ != nullptr) generation.linkTo(*running_->generation);
  generation.abandon(options_.drain_time_ms);
}

// Another number of workers says nothing about the file: what is known of that stays.
void Master::recordReload(const ReloadOutcome& outcome) {
  if (trigger_ == ReloadTrigger::Workers) return;
  reloads_.last_ok = outcome.ok();
  reloads_.last_error = outcome.error;
  if (outcome.ok()) {
    // The start is not a reload.
    if (state_ != State::Booting) ++reloads_.ok;
    reloads_.last_success_unix = std::time(nullptr);
  } else {
    ++(outcome.result == ReloadResult::Invalid      ? reloads_.invalid
       : outcome.result == ReloadResult::BindFailed ? reloads_.bind_failed
                                                    : reloads_.start_failed);
  }
}

void Master::finished(const ReloadOutcome& outcome) {
  target_.ended(outcome.ok());
  recordReload(outcome);
  history_.end(reloadResultName(outcome.result), reloads_.generation, outcome.error, loop_.nowMs());
  if (state_ == State::Booting) {
    if (outcome.ok()) return firstServing();
    log().critical("error initializing configuration '{}': {}\n{}", config_name_,
                   reloadResultName(outcome.result), outcome.error);
    return leave(1);
  }
  if (outcome.ok()) {
    log().info("reloaded: generation {} serves with {} workers", reloads_.generation,
               target_.running());
    notifier_.ready(statusLine());
    fd_store_.keep(*running_->plan.listeners);
  } else {
    log().error("reload rejected ({}), generation {} serves on:\n{}",
                reloadResultName(outcome.result), reloads_.generation, outcome.error);
    if (state_ == State::Serving) notifier_.ready("Reload failed, " + statusLine());
  }
}

void Master::startAdmin(Edition& edition) {
  shown_ = edition.shown;
  canonical_ = edition.plan.canonical_json;
  const config::Admin& admin = edition.shown->admin;
  if (!admin.address) {
    admin_.reset();
    admin_configured_.clear();
    return;
  }
  if (edition.admin_socket.valid()) {
    admin_configured_ = admin.address->toString();
    admin_address_ = *admin.address;
    auto local = net::Address::localOf(edition.admin_socket.get());
    if (local.ok() && local->isIp()) admin_address_.port_value = local->port();
    admin_ = AdminServer::create(loop_, std::move(edition.admin_socket), *this);
    writeFile(options_.admin_address_path, admin_address_.toString());
  }
  admin_->setAccessLogs(admin.access_log);
}

// False: the address cannot be listened on. `inherited`: of the program before us.
bool Master::startMetrics(base::UniqueFd inherited) {
  const std::string& wanted = options_.metrics_address;
  if (wanted.empty()) return true;
  if (!inherited.valid()) {
    auto address = listenAddress(wanted);
    net::ListenOptions how;
    how.reuse_port = false;
    auto socket =
        address.ok() ? net::listenOn(*address, how) : base::Result<base::UniqueFd>(address.error());
    if (!socket.ok()) {
      log().critical("--metrics-address: {}", socket.error().context);
      return false;
    }
    inherited = std::move(socket).value();
  }
  metrics_ = AdminServer::create(loop_, std::move(inherited), *this, AdminServer::Serves::Metrics);
  return true;
}

void Master::onGenerationFailed(Generation& generation, const std::string& why) {
  if (next_ != nullptr && next_->generation.get() == &generation) reload_.failed(why);
}

void Master::onGenerationGone(Generation& generation) {
  const auto it = std::find_if(draining_.begin(), draining_.end(), [&](const EditionPtr& edition) {
    return edition->generation.get() == &generation;
  });
  if (it != draining_.end()) {
    log().info("generation {} is gone after {} ms of draining", generation.number(),
               loop_.nowMs() - generation.drainStartedMs());
    loop_.post([gone = std::shared_ptr<Edition>(std::move(*it))] {});
    draining_.erase(it);
    reload_.drained();
  }
  if (state_ == State::Draining && generation.deadlineHit()) exit_code_ = kExitDeadline;
  leaveIfEmpty();
}

void Master::onWorkerRestarted(uint32_t slot) {
  base::logger("main").debug("worker {}: starting another", slot);
}

void Master::findHeirs(Generation& changed) {
  if (running_ == nullptr || running_->generation.get() != &changed) return;
  for (const EditionPtr& edition : draining_) {
    if (edition->generation != nullptr) edition->generation->findHeirs(changed);
  }
  rescues_.update(&changed);
}

void Master::onBereaved(Generation& generation, uint32_t slot, std::unique_ptr<SentinelEnd> end,
                        const Exited& exited) {
  rescues_.add(generation.plan(), slot, std::move(end), exited.status);
  // Where no worker accepts any more, none will take them.
  if (state_ == State::Draining || state_ == State::Leaving || drain_command_.quiet()) {
    return rescues_.abandon();
  }
  // The death itself is dealt with first.
  loop_.post(
      [this] { rescues_.update(running_ == nullptr ? nullptr : running_->generation.get()); });
}

// --- the end ---

void Master::firstServing() {
  state_ = State::Serving;
  for (const BannerLine& line : banner(*shown_, admin_ == nullptr ? nullptr : &admin_address_)) {
    log().log(line.warning ? base::LogLevel::Warning : base::LogLevel::Info, "{}", line.text);
  }
  if (::geteuid() == 0 && identity_.uid < 0) {
    log().warn("the workers run as root: give --user NAME");
  }
  log().info("serving, pid {}; reload with SIGHUP or `convoy reload`", ::getpid());
  notifier_.ready(statusLine());
  closeUnusedInherited();
  fd_store_.keep(*running_->plan.listeners);
  if (notifier_.watchdogMs() != 0) feedWatchdog();
  if (options_.command == Command::InitOnly) stopNow();
}

void Master::closeUnusedInherited() {
  for (const InheritedSocket& socket : sockets_.takeUnused()) {
    const auto local = net::Address::localOf(socket.fd.get());
    log().warn("inherited socket {} on {} is closed: no listener is configured there",
               socket.name.empty() ? "(without a name)" : "\"" + socket.name + "\"",
               local.ok() ? local->toString() : "no address");
    fd_store_.forgetName(socket.name);
  }
}

std::string Master::statusLine() const {
  return "generation " + std::to_string(reloads_.generation) + ", " +
         std::to_string(target_.running()) + " workers";
}

// Silence is a request to be restarted: it comes when no worker's loop has turned for two seconds.
void Master::feedWatchdog() {
  constexpr uint64_t kStallMs = 2000;
  const uint64_t interval = std::max<uint64_t>(notifier_.watchdogMs() / 2, 1);
  uint64_t newest = 0;
  for (Generation* generation : generations()) {
    newest = std::max(newest, generation->newestTickMs());
  }
  if (newest + std::max(interval, kStallMs) >= loop_.nowMs()) notifier_.watchdog();
  watchdog_timer_->start(interval);
}

void Master::stopGracefully() {
  if (state_ == State::Booting) return stopNow();
  if (state_ != State::Serving) return;
  state_ = State::Stopping;
  const uint64_t delay_ms = remainingDelayMs();
  log().info("stopping: accepting for {} ms more, then draining for at most {} ms", delay_ms,
             options_.drain_timeout_ms);
  notifier_.stopping("draining");
  notifier_.extendTimeout((delay_ms + options_.drain_timeout_ms + 10000) * 1000);
  reload_.cancel("the server is stopping");
  extend_timer_->start(kExtendEveryMs);
  if (delay_ms == 0) return drainAll();
  stop_timer_->start(delay_ms);
}

// What a drain command waited for need not be waited for again.
uint64_t Master::remainingDelayMs() const {
  if (!drain_command_.asked()) return options_.shutdown_delay_ms;
  if (drain_command_.quiet()) return 0;
  const uint64_t spent = drain_command_.announcedMs();
  return options_.shutdown_delay_ms > spent ? options_.shutdown_delay_ms - spent : 0;
}

uint64_t Master::openConnections() const {
  uint64_t open = 0;
  for (const WorkerView& worker : workers()) open += worker.connections;
  return open;
}

void Master::keepQuiet(Edition& edition, const ipc::DrainPayload& order) {
  ipc::DrainPayload stay = order;
  stay.stay = true;
  stay.keep_accepting =
      retirement_.dropAll(*edition.plan.listeners, order.announced_ms == 0,
                          [this](const BoundAddress& bound) { return isOthersToo(bound); });
  edition.generation->quiesce(stay, [this] { return drain_command_.restMs(); });
}

void Master::beginQuiet(uint64_t deadline_ms, uint64_t announced_ms) {
  if (state_ != State::Serving && state_ != State::Booting) return;  // it stops anyway
  ipc::DrainPayload order{deadline_ms, true};
  order.announced_ms = announced_ms;
  for (const EditionPtr& edition : draining_) edition->generation->drain(order);
  if (running_ != nullptr) keepQuiet(*running_, order);
  if (next_ != nullptr && next_->generation != nullptr) keepQuiet(*next_, order);
}

void Master::drainAll() {
  state_ = State::Draining;
  ipc::DrainPayload order{options_.drain_timeout_ms, true};
  order.announced_ms =
      drain_command_.asked() ? drain_command_.announcedMs() : options_.shutdown_delay_ms;
  for (Generation* generation : generations()) {
    if (running_ != nullptr && generation == running_->generation.get()) continue;
    generation->drain(order);
  }
  if (running_ != nullptr) {
    // Who asked for no delay wants no second one for handshakes either.
    order.keep_accepting =
        retirement_.dropAll(*running_->plan.listeners, options_.shutdown_delay_ms == 0,
                            [this](const BoundAddress& bound) { return isOthersToo(bound); });
    running_->generation->drain(order);
  }
  rescues_.abandon();
  // Those that drained already have later deadlines of their own.
  stop_timer_->start(options_.drain_timeout_ms + kCutTakesMs);
  leaveIfEmpty();
}

void Master::stopNow() {
  if (state_ != State::Leaving) log().info("stopping now");
  notifier_.stopping("stopping");
  leave(0);
}

void Master::leave(int exit_code) {
  state_ = State::Leaving;
  exit_code_ = exit_code;
  rescues_.abandon();
  reload_.cancel("the server is stopping");
  for (Generation* generation : generations()) generation->exitNow();
  leaveIfEmpty();
}

void Master::leaveIfEmpty() {
  if (state_ != State::Draining && state_ != State::Leaving) return;
  for (Generation* generation : generations()) {
    if (generation->living() != 0) return;
  }
  // Its deferred deletes and posted functions run before the loop ends.
  loop_.post([this] { loop_.stop(); });
}

}  // namespace convoy::master

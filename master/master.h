// master: the control-plane process: owns sockets, workers, names, reloads, admin. One loop, no
// threads, no user traffic. Implements what the rooms ask of their owner; decides nothing that a
// room can decide.
//
//   Master -> Signals, ControlServer, AdminServer, Reload, ListenerSockets, Resolver, Aggregate
//          -> Edition (running, next, draining) -> Endpoints, Generation -> WorkerProcess
//
//   Booting --first generation Running--> Serving --TERM--> Stopping (503, accepts on for the
//   delay)
//      | fails                               | INT             | delay over
//      v                                     v                 v
//   Leaving (exit 1)                      Leaving <--- Draining: all workers gone, or deadline
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/net/event_loop.h"
#include "master/admin/context.h"
#include "master/admin/server.h"
#include "master/child_check.h"
#include "master/control.h"
#include "master/daemon.h"
#include "master/drain_command.h"
#include "master/edition.h"
#include "master/fd_store.h"
#include "master/host_book.h"
#include "master/host_survey.h"
#include "master/identity.h"
#include "master/inheritance.h"
#include "master/metrics/limit_gauges.h"
#include "master/options.h"
#include "master/reload.h"
#include "master/rescue.h"
#include "master/retirement.h"
#include "master/route_tester.h"
#include "master/signals.h"
#include "master/spawn.h"
#include "master/ticket_keys.h"
#include "master/upgrade.h"
#include "master/watch.h"
#include "master/watchdog.h"
#include "master/worker_target.h"

namespace convoy::master {

class Master final : public AdminContext,
                     private ReloadSteps,
                     private RetirementSteps,
                     private DrainCommandSteps,
                     private GenerationCallbacks,
                     private EditionCallbacks,
                     private UpgradeSteps {
 public:
  enum class State : uint8_t { Booting, Serving, Stopping, Draining, Leaving };

  Master(net::EventLoop& loop, Processes& processes, const Options& options, Notifier notifier,
         std::vector<InheritedSocket> inherited, Identity identity);
  ~Master() override;
  // The exit code. `inheritance`: of the program before us in this process, or null.
  int run(const Inheritance* inheritance = nullptr);

  // AdminContext (master_admin.cc)
  std::shared_ptr<const config::Bootstrap> bootstrap() const override { return shown_; }
  const std::string& canonicalConfig() const override { return canonical_; }
  const std::string& configPath() const override { return options_.config_path; }
  ServerState state() const override;
  uint64_t uptimeSeconds() const override;
  int64_t startUnix() const override { return start_unix_; }
  uint32_t concurrency() const override { return target_.running(); }
  std::vector<std::pair<std::string, std::string>> commandLine() const override;
  config::Node node() const override;
  std::vector<WorkerView> workers() const override;
  ReloadView reloads() const override { return reloads_; }
  const ReloadHistory& history() const override { return history_; }
  const Provenance& provenance() const override;
  const Ejections::BothRates* successRates(size_t cluster_index) const override;
  const HostBook& hostBook(const ipc::HostStatsPayload& next) override;
  void surveyHosts(const std::vector<uint32_t>& clusters, HostSurvey::Done done) override;
  Aggregate& aggregate() override { return aggregate_; }
  const std::vector<TlsView>& certificates() override { return certificates_.of(shown_); }
  void refreshGauges() override;
  const std::vector<ipc::EndpointHost>& hosts(size_t cluster_index) const override;
  void setHealthcheckFailed(bool failed) override;
  void quit() override;
  void drainListeners(bool graceful) override;
  void reopenLogs() override;
  base::Status setLogLevel(const std::string& component, const std::string& level) override;
  void reload(std::function<void(const std::string& error)> done) override;
  void modifyRuntime(const std::vector<std::pair<std::string, std::string>>& changes,
                     std::function<void(const std::string& error)> done) override;
  bool dashboardActions() const override { return options_.dashboard_actions; }
  void testRoute(const Json::Value& request,
                 std::function<void(bool ok, const std::string& text)> done) override;

 private:
  using EditionPtr = std::unique_ptr<Edition>;
  void onIntention(Intention intention);
  void openControl(const Inheritance* inheritance);
  void startWatching();
  void onCommand(const ControlRequest& request, ControlServer::Reply reply);
  void askReload(bool wait, ControlServer::Reply reply);
  void askDrain(bool wait, ControlServer::Reply reply);
  void askUpgrade(const ControlRequest& request, ControlServer::Reply reply);
  void askWorkers(const ControlRequest& request, ControlServer::Reply reply);
  void countWorkers(const char* signal, base::Result<uint32_t> wanted);

  // ReloadSteps
  void validate() override;
  ReloadOutcome prepare(ReloadTrigger trigger) override;
  void resolve() override;
  void startWorkers() override;
  void commit() override;
  bool keysPending() const override;
  void adoptKeys() override;
  void adopt() override;
  void undo() override;
  size_t draining() const override { return draining_.size(); }
  void finished(const ReloadOutcome& outcome) override;
  ReloadOutcome bindAll(const config::LoadResult& loaded);
  void recordReload(const ReloadOutcome& outcome);
  base::Status bindAdmin(Edition& edition);
  void startAdmin(Edition& edition);
  bool startMetrics(base::UniqueFd inherited);

  // UpgradeSteps and what is passed on (master_upgrade.cc)
  base::Status ask(const std::string& program, ChildCheck::Done done) override;
  bool quiet() const override;
  void holdSignals(bool on) override { on ? master::holdSignals() : releaseSignals(); }
  base::Error execute(const std::string& program) override;
  Json::Value bequeath(Bequest& bequest) const;
  using Addresses = std::vector<std::shared_ptr<BoundAddress>>;
  void sendTicketKeys();
  // True: only certificates differ, and the running workers are told of them.
  bool rekey(const config::LoadResult& loaded);
  void watchSecrets(const std::vector<config::FileRead>& files);
  base::Status restore(const Inheritance& inheritance);
  base::Status restoreAll(const Json::Value& saved, Addresses* addresses);
  base::Result<EditionPtr> restoreEdition(const Json::Value& saved, const Addresses& addresses);
  void afterUpgrade(const Inheritance& inheritance, const ControlServer::Reply& reply);
  void afterFirstReload(const ReloadOutcome& outcome, const ControlServer::Reply& reply);
  void goBack(const std::string& why, uint64_t until_ms, const ControlServer::Reply& reply);
  void fillIdentity(Plan& plan) const;
  void makeGeneration(Edition& edition);

  // RetirementSteps
  bool isWanted(const BoundAddress& bound) const override;
  void stopAccepting(const BoundAddress& bound) override;
  bool stillAccepting(const BoundAddress& bound) const override;
  void onRetired(const BoundAddress& bound) override;

  // DrainCommandSteps
  void beginQuiet(uint64_t deadline_ms, uint64_t announced_ms) override;
  bool stillListening() const override { return !retirement_.idle(); }
  uint64_t openConnections() const override;
  void keepQuiet(Edition& edition, const ipc::DrainPayload& order);

  // GenerationCallbacks, EditionCallbacks
  void onGenerationReady(Generation&) override { reload_.prepared(); }
  void onGenerationRunning(Generation&) override { reload_.running(); }
  void onGenerationFailed(Generation& generation, const std::string& why) override;
  void onGenerationGone(Generation& generation) override;
  void onWorkerRestarted(uint32_t slot) override;
  void onWorkerLost(Generation& generation, uint32_t) override { findHeirs(generation); }
  void onWorkerBack(Generation& generation, uint32_t) override { findHeirs(generation); }
  void onGenerationRekeyed(Generation& generation) override;
  void onBereaved(Generation& generation, uint32_t slot, std::unique_ptr<SentinelEnd> end,
                  const Exited& exited) override;
  void onEditionResolved(Edition& edition) override;

  bool isOthersToo(const BoundAddress& bound) const;
  std::string rememberLogLevel(const std::string& component, const std::string& level);
  void limitDraining();
  void linkDraining();
  void findHeirs(Generation& changed);
  void countChanges(const std::string& old_json);
  void firstServing();
  void closeUnusedInherited();
  void stopGracefully();
  uint64_t remainingDelayMs() const;
  void drainAll();
  void stopNow();
  void leave(int exit_code);
  void leaveIfEmpty();
  void reapChildren();
  void feedWatchdog();
  std::vector<Generation*> generations() const;
  std::string statusLine() const;

  net::EventLoop& loop_;
  Processes& processes_;
  const Options& options_;
  const Notifier notifier_;
  const Identity identity_;
  const std::string config_name_;
  WorkerTarget target_;
  ReloadTrigger trigger_ = ReloadTrigger::File;  // of the reload under way
  State state_ = State::Booting;
  int exit_code_ = 0;
  int64_t start_unix_;
  uint64_t start_ms_;
  bool healthcheck_failed_ = false;
  uint32_t next_number_ = 1;
  ReloadView reloads_;
  ReloadHistory history_;
  std::vector<std::string> log_levels_;  // LogLevel messages: what is not as --log-level says

  TicketKeys ticket_keys_{loop_, [this] { sendTicketKeys(); }};
  Aggregate aggregate_;
  SharedLimits limits_;
  LimitGauges limit_gauges_;
  Certificates certificates_;
  std::map<std::string, std::string> runtime_overrides_;  // of /runtime_modify
  ListenerSockets sockets_;
  std::unique_ptr<Resolver> resolver_;
  Reload reload_;
  std::vector<config::Source> sources_read_;  // by the reload under way
  std::shared_ptr<ChildCheck> check_, upgrade_check_;
  RouteTester route_tester_;
  HostBook host_book_;
  HostSurvey host_survey_;
  Upgrade upgrade_;
  std::unique_ptr<net::Timer> back_timer_;
  base::UniqueFd old_image_;  // until the workers of the new program serve
  EditionPtr running_, next_;
  std::deque<EditionPtr> draining_;  // oldest first
  std::shared_ptr<const config::Bootstrap> shown_;
  std::string canonical_;
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<AdminServer> metrics_;  // --metrics-address
  config::SocketAddress admin_address_;   // bound; the operator's, and with the port of the kernel
  std::string admin_configured_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<Signals> signals_;
  FdStore fd_store_;
  Retirement retirement_;
  DrainCommand drain_command_;
  Rescues rescues_;
  Watchdog watchdog_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<Watch> secret_watch_;  // of files of secrets, where watch_ is null
  std::unique_ptr<net::Timer> stop_timer_, extend_timer_, watchdog_timer_;
};

}  // namespace convoy::master

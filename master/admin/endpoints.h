// endpoints: the visible table of the admin interface: path -> method -> handler. Handlers live in
// handlers_*.cc and are plain functions of the context and the request. Master only.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "master/admin/context.h"
#include "master/admin/message.h"

namespace convoy::master {

using Reply = std::function<void(AdminResponse)>;

struct Endpoint {
  std::string_view path;
  bool changes_state;  // POST only
  std::string_view help;
  std::vector<std::string_view> params;  // "name: what it is"
  AdminResponse (*handle)(AdminContext&, const AdminRequest&);
  // Instead of `handle`, for an answer that comes later; `reply` is called once, from the loop.
  void (*handle_later)(AdminContext&, const AdminRequest&, Reply reply) = nullptr;
};

const std::vector<Endpoint>& endpoints();  // sorted by path

// Finds the endpoint, checks the method and where the request comes from, and answers.
void dispatch(AdminContext& context, const AdminRequest& request, Reply reply);
// The same where only /stats/prometheus and /ready are served (--metrics-address).
void dispatchMetrics(AdminContext& context, const AdminRequest& request, Reply reply);

// handlers_dashboard.cc
AdminResponse handleDashboardData(AdminContext&, const AdminRequest&);
AdminResponse handleDashboardMap(AdminContext&, const AdminRequest&);
AdminResponse handleDashboardScript(AdminContext&, const AdminRequest&);
AdminResponse handleDashboardStyle(AdminContext&, const AdminRequest&);
AdminResponse handleDashboardIcon(AdminContext&, const AdminRequest&);
void handleDashboardRoute(AdminContext&, const AdminRequest&, Reply reply);
// handlers_home.cc
std::string helpText();
AdminResponse handleHome(AdminContext&, const AdminRequest&);
AdminResponse handleHelp(AdminContext&, const AdminRequest&);
// handlers_server.cc
AdminResponse handleReady(AdminContext&, const AdminRequest&);
AdminResponse handleServerInfo(AdminContext&, const AdminRequest&);
AdminResponse handleMemory(AdminContext&, const AdminRequest&);
AdminResponse handleListeners(AdminContext&, const AdminRequest&);
AdminResponse handleInitDump(AdminContext&, const AdminRequest&);
AdminResponse handleHotRestartVersion(AdminContext&, const AdminRequest&);
AdminResponse handleContention(AdminContext&, const AdminRequest&);
AdminResponse handleWorkers(AdminContext&, const AdminRequest&);
// handlers_certs.cc
AdminResponse handleCerts(AdminContext&, const AdminRequest&);
// handlers_runtime.cc
AdminResponse handleRuntime(AdminContext&, const AdminRequest&);
void handleRuntimeModify(AdminContext&, const AdminRequest&, Reply reply);
// handlers_profiling.cc
AdminResponse handleCpuProfiler(AdminContext&, const AdminRequest&);
AdminResponse handleHeapProfiler(AdminContext&, const AdminRequest&);
AdminResponse handleAllocProfiler(AdminContext&, const AdminRequest&);
AdminResponse handleHeapDump(AdminContext&, const AdminRequest&);
AdminResponse handleTcmalloc(AdminContext&, const AdminRequest&);
AdminResponse handleRecentLookups(AdminContext&, const AdminRequest&);
AdminResponse handleRecentLookupsChange(AdminContext&, const AdminRequest&);
// handlers_stats.cc
AdminResponse handleStats(AdminContext&, const AdminRequest&);
AdminResponse handlePrometheus(AdminContext&, const AdminRequest&);
// handlers_clusters.cc
void handleClusters(AdminContext&, const AdminRequest&, Reply reply);
// handlers_config_dump.cc
AdminResponse handleConfigDump(AdminContext&, const AdminRequest&);
// handlers_change.cc
AdminResponse handleHealthcheckFail(AdminContext&, const AdminRequest&);
AdminResponse handleHealthcheckOk(AdminContext&, const AdminRequest&);
AdminResponse handleQuit(AdminContext&, const AdminRequest&);
AdminResponse handleResetCounters(AdminContext&, const AdminRequest&);
AdminResponse handleReopenLogs(AdminContext&, const AdminRequest&);
AdminResponse handleDrainListeners(AdminContext&, const AdminRequest&);
AdminResponse handleLogging(AdminContext&, const AdminRequest&);
void handleReload(AdminContext&, const AdminRequest&, Reply reply);

}  // namespace convoy::master

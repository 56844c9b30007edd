#include "master/admin/endpoints.h"

#include <algorithm>

#include <fmt/format.h>

#include "master/admin/guard.h"

namespace convoy::master {

// clang-format off
const std::vector<Endpoint>& endpoints() {
  static const std::vector<Endpoint> kEndpoints = {
      {"/", false, "Admin home page", {}, handleHome},
      {"/allocprofiler", true, "enable/disable the allocation profiler (if supported)", {"enable: y or n"}, handleAllocProfiler},
      {"/certs", false, "print certs on machine", {}, handleCerts},
      {"/clusters", false, "upstream cluster status",
       {"filter: regular expression (RE2) over the cluster's name", "format: text or json"}, nullptr, handleClusters},
      {"/config_dump", false, "dump the running configuration",
       {"resource: the list to dump, e.g. static_clusters", "mask: the fields to dump, e.g. bootstrap.node",
        "name_regex: dump only resources whose name matches (RE2)", "include_eds: dump endpoints too"}, handleConfigDump},
      {"/contention", false, "dump current mutex contention stats", {}, handleContention},
      {"/cpuprofiler", true, "enable/disable the CPU profiler (if supported)", {"enable: y or n"}, handleCpuProfiler},
      {"/dashboard/app.css", false, "style of the dashboard", {}, handleDashboardStyle},
      {"/dashboard/app.js", false, "script of the dashboard", {}, handleDashboardScript},
      {"/dashboard/data", false, "counters and gauges behind the dashboard as json: rows as /dashboard/map names them",
       {"cluster: tell its hosts, too; may be given several times", "memory: tell the proportional memory of processes, too"}, handleDashboardData},
      {"/dashboard/icon.svg", false, "icon of the dashboard", {}, handleDashboardIcon},
      {"/dashboard/map", false, "listeners, routes, clusters, warnings and reloads behind the dashboard as json", {}, handleDashboardMap},
      {"/dashboard/route", true, "tell which route a request would take, without sending it; changes nothing",
       {"listener: its name; the first with HTTP if absent", "scheme: http or https", "method: GET if absent", "host: with a port, if the client would send one",
        "path: with its query", "header: \"name: value\"; may be given several times", "source: IP address of the client"}, nullptr, handleDashboardRoute},
      {"/drain_listeners", true, "drain listeners",
       {"graceful: wait for connections to end", "inboundonly: drain only listeners with traffic_direction INBOUND",
        "skip_exit: with graceful: do not close listeners at the end"}, handleDrainListeners},
      {"/healthcheck/fail", true, "cause the server to fail health checks", {}, handleHealthcheckFail},
      {"/healthcheck/ok", true, "cause the server to pass health checks", {}, handleHealthcheckOk},
      {"/heap_dump", false, "dump the heap (if supported)", {}, handleHeapDump},
      {"/heapprofiler", true, "enable/disable the heap profiler (if supported)", {"enable: y or n"}, handleHeapProfiler},
      {"/help", false, "print out list of admin commands", {}, handleHelp},
      {"/hot_restart_version", false, "print the hot restart compatibility version", {}, handleHotRestartVersion},
      {"/init_dump", false, "dump what the server still waits for", {}, handleInitDump},
      {"/listeners", false, "print listener info", {"format: text or json"}, handleListeners},
      {"/logging", true, "query/change logging levels",
       {"paths: change several loggers, e.g. http:debug,config:trace", "level: change all loggers"}, handleLogging},
      {"/memory", false, "print current allocation/heap usage", {}, handleMemory},
      {"/memory/tcmalloc", false, "print the allocator's own figures (if supported)", {}, handleTcmalloc},
      {"/peak_heap_dump", false, "dump the heap at its largest (if supported)", {}, handleHeapDump},
      {"/quitquitquit", true, "exit the server", {}, handleQuit},
      {"/ready", false, "print server state, return 200 if LIVE, otherwise return 503", {}, handleReady},
      {"/reload", true, "read the configuration again; waits, answers 409 with the errors if it is refused", {}, nullptr, handleReload},
      {"/reopen_logs", true, "reopen access logs", {}, handleReopenLogs},
      {"/reset_counters", true, "reset all counters to zero", {}, handleResetCounters},
      {"/runtime", false, "print runtime values", {}, handleRuntime},
      {"/runtime_modify", true, "adds or modifies runtime values as passed in query parameters", {}, nullptr, handleRuntimeModify},
      {"/server_info", false, "print server version/status information", {}, handleServerInfo},
      {"/stats", false, "print server stats",
       {"usedonly: only stats that were written since the start", "filter: regular expression (RE2) over the stat's name", "invert_filter: those that it does not match",
        "format: text, json or prometheus", "type: All, Counters, Gauges, Histograms or TextReadouts",
        "histogram_buckets: summary, cumulative, disjoint, detailed or none", "hidden: include, only or exclude",
        "pretty: indent the json", "text_readouts: with prometheus: text readouts as gauges"}, handleStats},
      {"/stats/prometheus", false, "print server stats in prometheus format",
       {"usedonly: only stats that were written since the start", "text_readouts: text readouts as gauges",
        "filter: regular expression (RE2) over the stat's name", "invert_filter: those that it does not match", "histogram_buckets: cumulative or summary"}, handlePrometheus},
      {"/stats/recentlookups", false, "show recent lookups of stat names", {}, handleRecentLookups},
      {"/stats/recentlookups/clear", true, "clear the list of lookups", {}, handleRecentLookupsChange},
      {"/stats/recentlookups/disable", true, "disable the recording of lookups", {}, handleRecentLookupsChange},
      {"/stats/recentlookups/enable", true, "enable the recording of lookups (nothing is looked up)", {}, handleRecentLookupsChange},
      {"/workers", false, "print the worker processes and the last reloads as json", {}, handleWorkers},
  };
  return kEndpoints;
}
// clang-format on

namespace {

// admin.allow_paths; a socket that only its owner can reach is no exception, as in Envoy.
bool isAllowed(const AdminContext& context, const AdminRequest& request) {
  const auto bootstrap = context.bootstrap();
  if (bootstrap == nullptr || bootstrap->admin.allow_paths.empty()) return true;
  const auto& allowed = bootstrap->admin.allow_paths;
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const base::StringMatcher& m) { return m.matches(request.path); });
}

}  // namespace

void dispatchMetrics(AdminContext& context, const AdminRequest& request, Reply reply) {
  if (request.path != "/stats/prometheus" && request.path != "/ready") {
    return reply(AdminResponse::text("only /stats/prometheus and /ready are served here\n", 404));
  }
  if (request.method != http::Method::Get && request.method != http::Method::Head) {
    return reply(AdminResponse::text(
        fmt::format("Method {} not allowed, GET required.", request.method_name), 405));
  }
  reply(request.path == "/ready" ? handleReady(context, request)
                                 : handlePrometheus(context, request));
}

void dispatch(AdminContext& context, const AdminRequest& request, Reply reply) {
  if (!isAllowed(context, request)) {
    return reply(
        AdminResponse::text(fmt::format("request to path {} not allowed", request.target), 403));
  }
  const auto& all = endpoints();
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const Endpoint& e) { return e.path == request.path; });
  // The space makes two sentences of it, as in Envoy.
  if (found == all.end()) {
    return reply(AdminResponse::text("invalid path. " + helpText(), 404));
  }
  if (found->changes_state) {
    if (request.method != http::Method::Post) {
      return reply(AdminResponse::text(
          fmt::format("Method {} not allowed, POST required.", request.method_name), 405));
    }
    std::string refusal = refusalOf(request);
    if (!refusal.empty()) return reply(AdminResponse::text(std::move(refusal), 403));
  }
  if (found->handle == nullptr) return found->handle_later(context, request, std::move(reply));
  reply(found->handle(context, request));
}

}  // namespace convoy::master

#include <algorithm>

#include <fmt/format.h>

#include "common/base/json.h"
#include "common/base/text.h"
#include "master/admin/endpoints.h"
#include "master/admin/json_text.h"
#include "master/admin/server_gauges.h"
#include "master/metrics/process_memory.h"

namespace convoy::master {

namespace {

// Options travel as text; in JSON a number is a number and a flag a bool.
Json::Value optionValue(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  if (auto number = base::parseUint(text); number && !leading_zero && *number < UINT32_MAX) {
    return static_cast<Json::UInt64>(*number);
  }
  return text;
}

Json::Value nodeJson(const config::Node& node) {
  Json::Value out(Json::objectValue);
  out["id"] = node.id;
  out["cluster"] = node.cluster;
  out["locality"]["region"] = node.region;
  out["locality"]["zone"] = node.zone;
  out["locality"]["sub_zone"] = node.sub_zone;
  out["user_agent_name"] = "envoy";
  return out;
}

bool wantsJson(const AdminRequest& request) {
  const std::string* format = request.param("format");
  return format != nullptr && *format == "json";
}

Json::Value addressJson(const config::SocketAddress& address) {
  Json::Value out(Json::objectValue);
  if (address.is_pipe) {
    out["pipe"]["path"] = address.path;
  } else {
    out["socket_address"]["address"] = address.address;
    out["socket_address"]["port_value"] = address.port_value;
  }
  return out;
}

}  // namespace

AdminResponse handleReady(AdminContext& context, const AdminRequest&) {
  const ServerState state = context.state();
  return AdminResponse::text(std::string(stateName(state)) + "\n",
                             state == ServerState::Live ? 200 : 503);
}

AdminResponse handleServerInfo(AdminContext& context, const AdminRequest&) {
  Json::Value out(Json::objectValue);
  const std::string uptime = std::to_string(context.uptimeSeconds()) + "s";
  out["version"] = serverVersion();
  out["state"] = stateName(context.state());
  out["uptime_current_epoch"] = uptime;
  out["uptime_all_epochs"] = uptime;
  out["hot_restart_version"] = "disabled";
  Json::Value& options = out["command_line_options"] = Json::Value(Json::objectValue);
  for (auto [name, value] : context.commandLine()) {
    std::replace(name.begin(), name.end(), '-', '_');
    options[name] = optionValue(value);
  }
  out["node"] = nodeJson(context.node());
  return AdminResponse::json(protoJson(out));
}

AdminResponse handleMemory(AdminContext& context, const AdminRequest&) {
  const ServerMemory total = serverMemory(context);
  Json::Value out(Json::objectValue);
  out["allocated"] = std::to_string(total.allocated);
  out["heap_size"] = std::to_string(total.heap);
  // tcmalloc's own figures; this program uses the allocator of the C library.
  out["pageheap_unmapped"] = "0";
  out["pageheap_free"] = "0";
  out["total_thread_cache"] = "0";
  out["total_physical_bytes"] = std::to_string(total.resident);
  return AdminResponse::json(protoJson(out));
}

AdminResponse handleListeners(AdminContext& context, const AdminRequest& request) {
  const auto bootstrap = context.bootstrap();
  if (!wantsJson(request)) {
    std::string out;
    for (const auto& l : bootstrap->listeners) {
      fmt::format_to(std::back_inserter(out), "{}::{}\n", l.name, l.address.toString());
    }
    return AdminResponse::text(std::move(out));
  }
  Json::Value out(Json::objectValue);
  for (const auto& l : bootstrap->listeners) {
    Json::Value status(Json::objectValue);
    status["name"] = l.name;
    status["local_address"] = addressJson(l.address);
    out["listener_statuses"].append(status);
  }
  return AdminResponse::json(protoJson(out));
}

AdminResponse handleInitDump(AdminContext& context, const AdminRequest&) {
  Json::Value out(Json::objectValue);
  Json::Value targets(Json::arrayValue);
  for (const WorkerView& w : context.workers()) {
    if (w.state == "starting" || w.state == "ready") {
      targets.append("worker " + std::to_string(w.slot) + " " + w.state);
    }
  }
  if (!targets.empty()) {
    Json::Value dump(Json::objectValue);
    dump["name"] = "init manager Server";
    dump["target_names"] = targets;
    out["unready_targets_dumps"].append(dump);
  }
  return AdminResponse::json(protoJson(out));
}

AdminResponse handleHotRestartVersion(AdminContext&, const AdminRequest&) {
  return AdminResponse::text("disabled");
}

AdminResponse handleContention(AdminContext&, const AdminRequest&) {
  return AdminResponse::text(
      "Mutex contention tracing is not enabled. To enable, run Envoy with flag "
      "--enable-mutex-tracing.");
}

AdminResponse handleWorkers(AdminContext& context, const AdminRequest&) {
  Json::Value out(Json::objectValue);
  out["workers"] = Json::Value(Json::arrayValue);
  for (const WorkerView& w : context.workers()) {
    Json::Value row(Json::objectValue);
    row["slot"] = w.slot;
    row["generation"] = w.generation;
    row["pid"] = w.pid;
    row["state"] = w.state;
    row["restarts"] = static_cast<Json::UInt64>(w.restarts);
    row["connections"] = static_cast<Json::UInt64>(w.connections);
    row["requests_inflight"] = static_cast<Json::UInt64>(w.requests_inflight);
    row["uptime_s"] = static_cast<Json::UInt64>(w.uptime_s);
    row["resident_bytes"] = static_cast<Json::UInt64>(residentOf(w.pid));
    out["workers"].append(row);
  }
  const ReloadView reloads = context.reloads();
  Json::Value& r = out["reloads"];
  r["generation"] = reloads.generation;
  r["ok"] = static_cast<Json::UInt64>(reloads.ok);
  r["invalid"] = static_cast<Json::UInt64>(reloads.invalid);
  r["start_failed"] = static_cast<Json::UInt64>(reloads.start_failed);
  r["bind_failed"] = static_cast<Json::UInt64>(reloads.bind_failed);
  r["last_ok"] = reloads.last_ok;
  r["last_attempt_unix"] = static_cast<Json::Int64>(reloads.last_attempt_unix);
  r["last_success_unix"] = static_cast<Json::Int64>(reloads.last_success_unix);
  r["last_error"] = reloads.last_error;
  return AdminResponse::json(protoJson(out));
}

}  // namespace convoy::master

#include <fmt/format.h>

#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "master/admin/endpoints.h"

namespace convoy::master {

namespace {

const char* const kLoggingUsage =
    "usage: /logging?<name>=<level> (change single level)\n"
    "usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)\n"
    "usage: /logging?level=<level> (change all levels)\n"
    "levels: trace debug info warning error critical off\n";

AdminResponse ok() {
  return AdminResponse::text("OK\n");
}

std::string activeLoggers() {
  std::string out = "active loggers:\n";
  for (const auto& [component, level] : base::logLevels()) {
    fmt::format_to(std::back_inserter(out), "  {}: {}\n", component, base::logLevelName(level));
  }
  return out + "\n";
}

// component "" = all.
using Change = std::pair<std::string, std::string>;

std::vector<Change> changesOf(const std::string& name, const std::string& value) {
  if (name == "level") return {{"", value}};
  if (name != "paths") return {{name, value}};
  std::vector<Change> out;
  for (std::string_view part : base::split(value, ',')) {
    const size_t colon = part.find(':');
    const bool whole = colon == std::string_view::npos;
    out.emplace_back(part.substr(0, colon), whole ? "" : part.substr(colon + 1));
  }
  return out;
}

bool isKnown(const Change& change) {
  if (!base::parseLogLevel(change.second).ok()) return false;
  if (change.first.empty()) return true;
  for (const auto& [component, level] : base::logLevels()) {
    if (component == change.first) return true;
  }
  return false;
}

size_t countInbound(const std::string& canonical_config, size_t* total) {
  auto config = base::parseJson(canonical_config);
  size_t inbound = 0;
  *total = 0;
  if (!config.ok()) return 0;
  const Json::Value& listeners = config.value()["static_resources"]["listeners"];
  for (const Json::Value& listener : listeners) {
    ++*total;
    if (listener["traffic_direction"] == "INBOUND") ++inbound;
  }
  return inbound;
}

}  // namespace

AdminResponse handleHealthcheckFail(AdminContext& context, const AdminRequest&) {
  context.setHealthcheckFailed(true);
  return ok();
}

AdminResponse handleHealthcheckOk(AdminContext& context, const AdminRequest&) {
  context.setHealthcheckFailed(false);
  return ok();
}

AdminResponse handleQuit(AdminContext& context, const AdminRequest&) {
  context.quit();
  return ok();
}

AdminResponse handleResetCounters(AdminContext& context, const AdminRequest&) {
  context.aggregate().resetCounters();
  return ok();
}

AdminResponse handleReopenLogs(AdminContext& context, const AdminRequest&) {
  context.reopenLogs();
  return ok();
}

AdminResponse handleDrainListeners(AdminContext& context, const AdminRequest& request) {
  const bool graceful = request.has("graceful");
  if (request.has("skip_exit") && !graceful) {
    return AdminResponse::text("skip_exit requires graceful\n", 400);
  }
  if (request.has("inboundonly")) {
    size_t total = 0;
    const size_t inbound = countInbound(context.canonicalConfig(), &total);
    if (inbound == 0) return ok();  // nothing is marked INBOUND: nothing drains, as in Envoy
    if (inbound != total) {
      return AdminResponse::text(
          "inboundonly: only some listeners are INBOUND, and they can only drain together\n", 501);
    }
  }
  context.drainListeners(graceful);
  return ok();
}

AdminResponse handleLogging(AdminContext& context, const AdminRequest& request) {
  if (request.params.empty()) return AdminResponse::text(activeLoggers());
  if (request.params.size() != 1) return AdminResponse::text(kLoggingUsage, 400);
  const auto& [name, value] = request.params.front();
  const std::vector<Change> changes = changesOf(name, value);
  // All or nothing, as in Envoy.
  for (const Change& change : changes) {
    if (!isKnown(change)) return AdminResponse::text(kLoggingUsage, 400);
  }
  for (const Change& change : changes) {
    auto status = context.setLogLevel(change.first, change.second);
    if (!status.ok()) return AdminResponse::text(status.error().context + "\n", 400);
  }
  return AdminResponse::text(activeLoggers());
}

void handleReload(AdminContext& context, const AdminRequest&, Reply reply) {
  context.reload([reply = std::move(reply)](const std::string& error) {
    if (error.empty()) return reply(ok());
    reply(AdminResponse::text(error.ends_with('\n') ? error : error + "\n", 409));
  });
}

}  // namespace convoy::master

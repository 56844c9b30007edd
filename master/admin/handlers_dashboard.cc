#include "common/base/json.h"
#include "common/base/text.h"
#include "master/admin/dashboard_assets.h"
#include "master/admin/dashboard_data.h"
#include "master/admin/dashboard_map.h"
#include "master/admin/endpoints.h"

namespace convoy::master {

namespace {

constexpr std::string_view kScriptType = "text/javascript; charset=UTF-8";
constexpr std::string_view kStyleType = "text/css; charset=UTF-8";
constexpr std::string_view kIconType = "image/svg+xml";

// What explain (worker/explain.h) is asked, of the parameters of the request.
Json::Value questionOf(const AdminRequest& request) {
  Json::Value out(Json::objectValue);
  for (const char* name : {"listener", "scheme", "method", "host", "path", "source"}) {
    if (const std::string* value = request.param(name)) out[name] = *value;
  }
  Json::Value& headers = out["headers"] = Json::Value(Json::arrayValue);
  for (const auto& [name, value] : request.params) {
    if (name != "header" || value.empty()) continue;
    const size_t colon = value.find(':');
    Json::Value field(Json::arrayValue);
    field.append(std::string(base::trimOws(std::string_view(value).substr(0, colon))));
    field.append(colon == std::string::npos
                     ? ""
                     : std::string(base::trimOws(std::string_view(value).substr(colon + 1))));
    headers.append(std::move(field));
  }
  return out;
}

size_t indexIn(const Json::Value& answer, const char* name) {
  uint64_t index = SIZE_MAX;
  base::getUint(answer, name, &index);
  return index;
}

// The child knows indices; names and places in the operator's file are ours to add.
void addNames(const AdminContext& context, Json::Value& answer) {
  const auto bootstrap = context.bootstrap();
  const size_t listener = indexIn(answer, "listener"), chain = indexIn(answer, "chain");
  if (listener >= bootstrap->listeners.size()) return;
  const config::Listener& l = bootstrap->listeners[listener];
  answer["names"]["listener"] = l.name;
  const config::HttpConnectionManager* http =
      chain < l.chainCount() ? l.chain(chain).http() : nullptr;
  const size_t host = indexIn(answer, "virtual_host"), route = indexIn(answer, "route");
  if (http == nullptr || host >= http->route_config.virtual_hosts.size()) return;
  answer["names"]["routes"] = http->route_config.name;
  const config::VirtualHost& v = http->route_config.virtual_hosts[host];
  answer["names"]["virtual_host"] = v.name;
  answer["at"] = placeOf(context.provenance(), v.origin);
  if (route >= v.routes.size()) return;
  answer["names"]["route"] = v.routes[route].name;
  answer["at"] = placeOf(context.provenance(), v.routes[route].origin);
}

}  // namespace

AdminResponse handleDashboardScript(AdminContext&, const AdminRequest&) {
  return {200, kScriptType, std::string(dashboardScript()), nullptr};
}
AdminResponse handleDashboardStyle(AdminContext&, const AdminRequest&) {
  return {200, kStyleType, std::string(dashboardStyle()), nullptr};
}
AdminResponse handleDashboardIcon(AdminContext&, const AdminRequest&) {
  return {200, kIconType, std::string(dashboardIcon()), nullptr};
}

AdminResponse handleDashboardData(AdminContext& context, const AdminRequest& request) {
  DataQuestion question;
  question.memory = request.has("memory");
  for (const auto& [name, value] : request.params) {
    if (name == "cluster") question.clusters.push_back(value);
  }
  return AdminResponse::json(dashboardData(context, question));
}

AdminResponse handleDashboardMap(AdminContext& context, const AdminRequest&) {
  return AdminResponse::json(base::writeJson(dashboardMap(context)) + "\n");
}

void handleDashboardRoute(AdminContext& context, const AdminRequest& request, Reply reply) {
  context.testRoute(
      questionOf(request), [&context, reply = std::move(reply)](bool ok, const std::string& text) {
        if (!ok) return reply(AdminResponse::text(text.ends_with('\n') ? text : text + "\n", 400));
        auto answer = base::parseJson(text);
        if (!answer.ok() || !answer->isObject()) {
          return reply(AdminResponse::text("the answer does not parse\n", 500));
        }
        addNames(context, *answer);
        reply(AdminResponse::json(base::writeJson(*answer) + "\n"));
      });
}

}  // namespace convoy::master

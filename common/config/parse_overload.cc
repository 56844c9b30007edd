#include "common/base/text.h"
#include "common/config/parse.h"

namespace convoy::config {

namespace {

constexpr std::string_view kActions = "envoy.overload_actions.";

// What an action would do under pressure.
std::string_view effectOf(std::string_view action) {
  if (action == "shrink_heap") return "memory goes back to the system as the allocator sees fit";
  if (action == "stop_accepting_requests") return "requests are accepted whatever the pressure";
  if (action == "stop_accepting_connections" || action == "reject_incoming_connections") {
    return "connections are accepted whatever the pressure";
  }
  if (action == "disable_http_keepalive") return "connections are kept whatever the pressure";
  if (action == "reduce_timeouts") return "timeouts are the same whatever the pressure";
  if (action == "reset_high_memory_stream") return "streams go on however much memory they use";
  return "";
}

}  // namespace

// Pressure on memory is not measured, which is said of each action; a limit on connections is a
// promise, and is refused.
void checkOverloadManager(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, "envoy.config.overload.v3.OverloadManager", d);
  r.ignore("refresh_interval");
  r.ignore("buffer_factory_config");
  r.list("resource_monitors", [&](const TreeNode& n, const std::string& p) {
    Reader m(n, p, "envoy.config.overload.v3.ResourceMonitor", d);
    m.required("name");
    m.ignore("typed_config");
    m.ignore("config");
    if (typeOf(m.node("typed_config")) == "DownstreamConnectionsConfig") {
      d.unsupported(n.origin, p,
                    "Envoy can limit the connections of all listeners together, "
                    "Convoy does not yet",
                    "connections are not limited");
    }
  });
  r.list("actions", [&](const TreeNode& n, const std::string& p) {
    Reader a(n, p, "envoy.config.overload.v3.OverloadAction", d);
    a.required("name");
    a.ignoreAll();
    const std::string name = a.text("name");
    const std::string_view effect =
        name.starts_with(kActions) ? effectOf(std::string_view(name).substr(kActions.size())) : "";
    if (effect.empty()) {
      a.error("name", code::kUnknownType, "there is no overload action \"" + name + "\"");
    } else {
      d.warning(n.origin, p, code::kNoEffect,
                "\"" + name + "\" is never taken: " + std::string(effect));
    }
  });
  r.unsupported("loadshed_points", "nothing is shed");
}

}  // namespace convoy::config

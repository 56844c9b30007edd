#include "tests/fakes/admin_context.h"

#include "common/base/log.h"
#include "master/admin/server_gauges.h"

namespace convoy::fakes {

namespace {

const char* const kCanonical = R"({
  "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 9901}}},
  "static_resources": {
    "listeners": [{
      "name": "listener_10000",
      "address": {"socket_address": {"address": "127.0.0.1", "port_value": 10000}},
      "filter_chains": [{"filters": [{
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
          "stat_prefix": "ingress",
          "route_config": {"name": "local_route", "virtual_hosts": [{"name": "v",
            "request_headers_to_add": [{"header": {"key": "Authorization", "value": "Basic hush"}}]
          }]}
        }}],
        "transport_socket": {"typed_config": {"common_tls_context": {"tls_certificates": [
          {"certificate_chain": {"filename": "/c.pem"}, "private_key": {"inline_string": "hush"}}
        ]}}}
      }]
    }],
    "clusters": [{"name": "service", "connect_timeout": "0.25s"}, {"name": "a.b"}]
  }
})";

ipc::EndpointHost hostAt(uint16_t port) {
  ipc::EndpointHost host;
  host.ip = "127.0.0.1";
  host.port = port;
  return host;
}

}  // namespace

FakeAdminContext::FakeAdminContext(const std::vector<std::string>& clusters)
    : config(bootstrapWith(clusters)), canonical(kCanonical) {
  auto directory = directoryOf(*config);
  totals.setCurrent(directory);
  for (uint32_t slot = 0; slot < 2; ++slot) {
    slabs.push_back(workerOf(directory, 1, slot));
    totals.attach(directory, slabs.back().slab, slot);
    master::WorkerView view;
    view.slot = slot;
    view.generation = 1;
    view.state = "accepting";
    worker_views.push_back(view);
  }
  cluster_hosts.resize(clusters.size());
  cluster_hosts[0] = {hostAt(8001), hostAt(8002)};
  cluster_hosts[0][1].healthy = false;
  reload_view.generation = 1;
}

std::vector<std::pair<std::string, std::string>> FakeAdminContext::commandLine() const {
  return {{"config-path", path}, {"concurrency", "2"}, {"drain-time-s", "600s"}};
}

config::Node FakeAdminContext::node() const {
  config::Node node;
  node.id = "node-1";
  node.cluster = "edge";
  return node;
}

void FakeAdminContext::refreshGauges() {
  master::refreshServerGauges(*this);
}

void FakeAdminContext::setHealthcheckFailed(bool failed) {
  calls.push_back(failed ? "healthcheck fail" : "healthcheck ok");
  server_state = failed ? master::ServerState::Draining : master::ServerState::Live;
}

base::Status FakeAdminContext::setLogLevel(const std::string& component, const std::string& level) {
  calls.push_back("log " + component + " " + level);
  auto parsed = base::parseLogLevel(level);
  if (!parsed.ok()) return parsed.error();
  if (component.empty()) {
    base::setLogLevel(parsed.value());
    return {};
  }
  return base::setLogLevel(component, parsed.value());
}

void FakeAdminContext::reload(std::function<void(const std::string& error)> done) {
  calls.push_back("reload");
  if (hold_reload) {
    pending_reload = std::move(done);
  } else {
    done(reload_error);
  }
}

void FakeAdminContext::testRoute(const Json::Value& request,
                                 std::function<void(bool ok, const std::string& text)> done) {
  route_asked = request;
  done(route_ok, route_answer);
}

}  // namespace convoy::fakes

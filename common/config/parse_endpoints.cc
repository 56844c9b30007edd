// config.endpoint.v3: the hosts of a cluster.
#include "common/config/parse.h"

namespace convoy::config {

namespace {

void parseHealthCheckConfig(Reader& e, LbEndpoint& out, Diagnostics& d) {
  e.message("health_check_config", [&](const TreeNode& n, const std::string& p) {
    Reader c(n, p, "envoy.config.endpoint.v3.Endpoint.HealthCheckConfig", d);
    out.health_check_port = static_cast<uint16_t>(c.uint("port_value", 0, 65535));
    out.health_check_hostname = c.text("hostname");
    out.health_check_disabled = c.boolean("disable_active_health_check", false);
    c.unsupported("address", "the endpoint's own address is checked");
  });
}

void parseLbEndpoint(const TreeNode& node, const std::string& path, const LbEndpoint& locality,
                     AddressUse use, Cluster& out, Diagnostics& d) {
  LbEndpoint endpoint = locality;
  Reader r(node, path, "envoy.config.endpoint.v3.LbEndpoint", d);
  const std::string kind = r.oneOf({"endpoint", "endpoint_name"});
  r.unsupported("endpoint_name", "the endpoint is left out");
  r.message("endpoint", [&](const TreeNode& n, const std::string& p) {
    Reader e(n, p, "envoy.config.endpoint.v3.Endpoint", d);
    e.required("address");
    e.message("address", [&](const TreeNode& a, const std::string& ap) {
      endpoint.address = parseAddress(a, ap, use, d);
    });
    endpoint.hostname = e.text("hostname");
    parseHealthCheckConfig(e, endpoint, d);
    e.unsupported("additional_addresses", "only the first address is used");
  });
  if (kind.empty()) r.error("", code::kMissing, "an lb_endpoint needs an endpoint");
  endpoint.load_balancing_weight = static_cast<uint32_t>(r.uint("load_balancing_weight", 1));
  if (endpoint.load_balancing_weight == 0) {
    r.error("load_balancing_weight", code::kWrongValue, "a weight is at least 1");
  }
  // TIMEOUT and DRAINING take no new requests, as UNHEALTHY does not.
  const int health = r.enumeration("health_status",
                                   {{"UNKNOWN", 0, 0},
                                    {"HEALTHY", 1, 0},
                                    {"UNHEALTHY", 2, 1},
                                    {"DRAINING", 3, 1},
                                    {"TIMEOUT", 4, 1},
                                    {"DEGRADED", 5, 2}},
                                   0);
  endpoint.unhealthy = health == 1;
  endpoint.degraded = health == 2;
  r.message("metadata", [&](const TreeNode& n, const std::string& p) {
    endpoint.metadata = parseLbMetadata(n, p, d);
  });
  const std::string* canary = findMetadata(endpoint.metadata, "canary");
  endpoint.canary = canary != nullptr && *canary == "true";
  if (kind == "endpoint") out.endpoints.push_back(std::move(endpoint));
}

void parseLocality(const TreeNode& node, const std::string& path, uint32_t index, AddressUse use,
                   Cluster& out, Diagnostics& d) {
  LbEndpoint locality;
  Reader l(node, path, "envoy.config.endpoint.v3.LocalityLbEndpoints", d);
  l.message("locality", [&](const TreeNode& ln, const std::string& lp) {
    Reader o(ln, lp, "envoy.config.core.v3.Locality", d);
    locality.region = o.text("region");
    locality.zone = o.text("zone");
    locality.sub_zone = o.text("sub_zone");
  });
  locality.priority = static_cast<uint32_t>(l.uint("priority", 0, 128));
  // Envoy matches a subset by what an endpoint says itself.
  l.ignore("metadata");
  locality.locality = index;
  locality.locality_weight = static_cast<uint32_t>(l.uint("load_balancing_weight", 0));
  if (l.has("load_balancing_weight") && locality.locality_weight == 0) {
    l.error("load_balancing_weight", code::kWrongValue, "a weight is at least 1");
  }
  l.unsupported("proximity", "localities are not weighted");
  l.unsupported("leds_cluster_locality_config", "only the endpoints of the file exist");
  l.unsupported("load_balancer_endpoints", "only lb_endpoints are used");
  l.list("lb_endpoints", [&](const TreeNode& e, const std::string& ep) {
    parseLbEndpoint(e, ep, locality, use, out, d);
  });
}

void parsePolicy(const TreeNode& node, const std::string& path, Cluster& out, Diagnostics& d) {
  constexpr std::string_view kPolicy = "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy";
  Reader r(node, path, kPolicy, d);
  r.unsupported("drop_overloads", "nothing is dropped");
  out.lb.overprovisioning_factor =
      static_cast<uint32_t>(r.uint("overprovisioning_factor", out.lb.overprovisioning_factor));
  if (out.lb.overprovisioning_factor == 0) {
    r.error("overprovisioning_factor", code::kWrongValue, "overprovisioning_factor is above 0");
  }
  r.ignore("endpoint_stale_after");  // the endpoints of a file do not grow stale
  r.unsupported("weighted_priority_health", "healthy hosts are counted, whatever their weight");
}

}  // namespace

void parseAssignment(const TreeNode& node, const std::string& path, AddressUse use, Cluster& out,
                     Diagnostics& d) {
  Reader r(node, path, "envoy.config.endpoint.v3.ClusterLoadAssignment", d);
  r.ignore("cluster_name");
  uint32_t localities = 0;
  r.list("endpoints", [&](const TreeNode& n, const std::string& p) {
    parseLocality(n, p, localities++, use, out, d);
  });
  r.message("policy", [&](const TreeNode& n, const std::string& p) { parsePolicy(n, p, out, d); });
  r.unsupported("named_endpoints", "named endpoints are left out");
}

}  // namespace convoy::config

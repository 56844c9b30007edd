#include <array>

#include <fmt/format.h>

#include "common/net/address.h"
#include "master/admin/endpoints.h"
#include "master/admin/json_text.h"

namespace convoy::master {

namespace {

struct Thresholds {
  const char* priority;
  uint32_t connections, pending, requests, retries;
};

std::array<Thresholds, 2> thresholdsOf(const config::Cluster& c) {
  const auto row = [&c](const char* name, config::Priority priority) {
    const auto& t = c.circuit_breakers.thresholds[static_cast<size_t>(priority)];
    return Thresholds{name, t.max_connections, t.max_pending_requests, t.max_requests,
                      t.max_retries};
  };
  return {row("default", config::Priority::Default), row("high", config::Priority::High)};
}

std::string hostAddress(const ipc::EndpointHost& host) {
  if (!host.path.empty()) return host.path;
  auto address = net::Address::fromIp(host.ip, host.port);
  return address.ok() ? address.value().toString() : host.ip + ":" + std::to_string(host.port);
}

// The locality is the configured endpoint's that the host came from: resolved hosts keep its name.
const config::LbEndpoint* endpointOf(const config::Cluster& cluster,
                                     const ipc::EndpointHost& host) {
  for (const auto& e : cluster.endpoints) {
    const bool same_port = e.address.port_value == host.port;
    const bool same_name = e.address.address == host.ip || e.address.address == host.hostname ||
                           (!e.hostname.empty() && e.hostname == host.hostname);
    if (same_port && same_name) return &e;
  }
  return nullptr;
}

const char* healthFlags(const ipc::EndpointHost& host) {
  if (host.failed_check && host.ejected) return "/failed_active_hc/failed_outlier_check";
  if (host.failed_check) return "/failed_active_hc";
  if (host.ejected) return "/failed_outlier_check";
  if (!host.healthy) return "/failed_eds_health";
  return host.degraded ? "/degraded_eds_health" : "healthy";
}

void appendHost(const config::Cluster& cluster, const ipc::EndpointHost& host, std::string& out) {
  const config::LbEndpoint* endpoint = endpointOf(cluster, host);
  const std::string prefix = cluster.name + "::" + hostAddress(host) + "::";
  auto line = [&](const char* name, auto value) {
    fmt::format_to(std::back_inserter(out), "{}{}::{}\n", prefix, name, value);
  };
  line("hostname", host.hostname);
  line("health_flags", healthFlags(host));
  line("weight", host.weight);
  line("region", endpoint ? endpoint->region : "");
  line("zone", endpoint ? endpoint->zone : "");
  line("sub_zone", endpoint ? endpoint->sub_zone : "");
  line("canary", "false");
  line("priority", host.priority);
  line("success_rate", "-1");
  line("local_origin_success_rate", "-1");
}

void appendCluster(const config::Cluster& cluster, const std::vector<ipc::EndpointHost>& hosts,
                   std::string& out) {
  auto to = std::back_inserter(out);
  const std::string& shown = cluster.alt_stat_name.empty() ? cluster.name : cluster.alt_stat_name;
  fmt::format_to(to, "{}::observability_name::{}\n", cluster.name, shown);
  for (const Thresholds& t : thresholdsOf(cluster)) {
    const std::string prefix = cluster.name + "::" + t.priority + "_priority::";
    fmt::format_to(to, "{}max_connections::{}\n", prefix, t.connections);
    fmt::format_to(to, "{}max_pending_requests::{}\n", prefix, t.pending);
    fmt::format_to(to, "{}max_requests::{}\n", prefix, t.requests);
    fmt::format_to(to, "{}max_retries::{}\n", prefix, t.retries);
  }
  fmt::format_to(to, "{}::added_via_api::false\n", cluster.name);
  for (const auto& host : hosts) appendHost(cluster, host, out);
}

Json::Value hostJson(const config::Cluster& cluster, const ipc::EndpointHost& host) {
  Json::Value out(Json::objectValue);
  if (host.path.empty()) {
    out["address"]["socket_address"]["address"] = host.ip;
    out["address"]["socket_address"]["port_value"] = host.port;
  } else {
    out["address"]["pipe"]["path"] = host.path;
  }
  Json::Value& health = out["health_status"];
  if (host.failed_check) health["failed_active_health_check"] = true;
  if (host.ejected) health["failed_outlier_check"] = true;
  const bool told = host.healthy || host.failed_check || host.ejected;
  health["eds_health_status"] = !told ? "UNHEALTHY" : host.degraded ? "DEGRADED" : "HEALTHY";
  out["weight"] = host.weight;
  if (!host.hostname.empty()) out["hostname"] = host.hostname;
  if (host.priority != 0) out["priority"] = host.priority;
  Json::Value& locality = out["locality"] = Json::Value(Json::objectValue);
  if (const config::LbEndpoint* e = endpointOf(cluster, host)) {
    if (!e->region.empty()) locality["region"] = e->region;
    if (!e->zone.empty()) locality["zone"] = e->zone;
    if (!e->sub_zone.empty()) locality["sub_zone"] = e->sub_zone;
  }
  return out;
}

Json::Value clusterJson(const config::Cluster& cluster,
                        const std::vector<ipc::EndpointHost>& hosts) {
  Json::Value out(Json::objectValue);
  out["name"] = cluster.name;
  out["observability_name"] = cluster.alt_stat_name.empty() ? cluster.name : cluster.alt_stat_name;
  for (const Thresholds& t : thresholdsOf(cluster)) {
    Json::Value row(Json::objectValue);
    if (t.priority != std::string_view("default")) row["priority"] = "HIGH";
    row["max_connections"] = t.connections;
    row["max_pending_requests"] = t.pending;
    row["max_requests"] = t.requests;
    row["max_retries"] = t.retries;
    out["circuit_breakers"]["thresholds"].append(row);
  }
  for (const auto& host : hosts) out["host_statuses"].append(hostJson(cluster, host));
  return out;
}

}  // namespace

AdminResponse handleClusters(AdminContext& context, const AdminRequest& request) {
  const auto bootstrap = context.bootstrap();
  std::shared_ptr<const base::Regex> filter;
  if (const std::string* pattern = request.param("filter"); pattern && !pattern->empty()) {
    auto regex = base::Regex::compile(*pattern);
    if (!regex.ok()) return AdminResponse::text(regex.error().context + "\n", 400);
    filter = *regex;
  }
  const auto wanted = [&](size_t i) {
    return filter == nullptr || filter->partialMatch(bootstrap->clusters[i].name);
  };
  const std::string* format = request.param("format");
  if (format != nullptr && *format == "json") {
    Json::Value out(Json::objectValue);
    for (size_t i = 0; i < bootstrap->clusters.size(); ++i) {
      if (!wanted(i)) continue;
      out["cluster_statuses"].append(clusterJson(bootstrap->clusters[i], context.hosts(i)));
    }
    return AdminResponse::json(protoJson(out));
  }
  std::string out;
  for (size_t i = 0; i < bootstrap->clusters.size(); ++i) {
    if (!wanted(i)) continue;
    appendCluster(bootstrap->clusters[i], context.hosts(i), out);
  }
  return AdminResponse::text(std::move(out));
}

}  // namespace convoy::master

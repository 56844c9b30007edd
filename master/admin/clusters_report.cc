#include "master/admin/clusters_report.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/net/address.h"
#include "master/upstream/host_key.h"

namespace convoy::master {

using ipc::HostNumbers;

namespace {

struct Number {
  const char* name;
  uint64_t HostNumbers::*value;
  bool gauge;
};

// In Envoy's text all are sorted by name; in its JSON the counters stand first.
constexpr std::array kByName = {
    Number{"cx_active", &HostNumbers::cx_active, true},
    Number{"cx_connect_fail", &HostNumbers::cx_connect_fail, false},
    Number{"cx_total", &HostNumbers::cx_total, false},
    Number{"rq_active", &HostNumbers::rq_active, true},
    Number{"rq_error", &HostNumbers::rq_error, false},
    Number{"rq_pending_active", &HostNumbers::rq_pending_active, true},
    Number{"rq_success", &HostNumbers::rq_success, false},
    Number{"rq_timeout", &HostNumbers::rq_timeout, false},
    Number{"rq_total", &HostNumbers::rq_total, false},
};

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

// Resolved hosts have the locality of the endpoint that names them.
const config::LbEndpoint& endpointOf(const config::Cluster& cluster,
                                     const ipc::EndpointHost& host) {
  static const config::LbEndpoint kNone;
  return host.endpoint < cluster.endpoints.size() ? cluster.endpoints[host.endpoint] : kNone;
}

const std::string& shownName(const config::Cluster& cluster) {
  return cluster.alt_stat_name.empty() ? cluster.name : cluster.alt_stat_name;
}

std::string healthFlags(const ipc::EndpointHost& host, bool eds_unhealthy) {
  std::string out;
  if (host.failed_check) out += "/failed_active_hc";
  if (host.ejected) out += "/failed_outlier_check";
  if (eds_unhealthy) out += "/failed_eds_health";
  if (host.degraded) out += "/degraded_eds_health";
  return out.empty() ? "healthy" : out;
}

// One that fails its checks or is ejected is unhealthy for that, whatever is configured.
bool isUnhealthyByConfig(const ipc::EndpointHost& host) {
  return !host.healthy && !host.failed_check && !host.ejected;
}

double rateOf(const ClusterReport& report, const std::string& address, size_t kind) {
  if (report.rates == nullptr) return -1;
  const auto& rates = (*report.rates)[kind].by_host;
  const auto found = rates.find(address);
  return found == rates.end() ? -1 : found->second;
}

const HostNumbers& numbersOf(const ClusterReport& report, const std::string& address) {
  static const HostNumbers kNone;
  const HostNumbers* known = report.sums.find(report.index, address);
  return known == nullptr ? kNone : *known;
}

void appendHost(const ClusterReport& report, const ipc::EndpointHost& host, std::string& out) {
  const std::string address = hostKey(host.ip, host.port, host.path);
  const config::LbEndpoint& endpoint = endpointOf(report.cluster, host);
  const std::string prefix = report.cluster.name + "::" + address + "::";
  const auto line = [&](const char* name, auto value) {
    fmt::format_to(std::back_inserter(out), "{}{}::{}\n", prefix, name, value);
  };
  const HostNumbers& numbers = numbersOf(report, address);
  for (const Number& number : kByName) line(number.name, numbers.*number.value);
  line("hostname", host.hostname);
  line("health_flags", healthFlags(host, isUnhealthyByConfig(host)));
  line("weight", host.weight);
  line("region", endpoint.region);
  line("zone", endpoint.zone);
  line("sub_zone", endpoint.sub_zone);
  line("canary", endpoint.canary);
  line("priority", host.priority);
  line("success_rate", rateOf(report, address, 0));
  line("local_origin_success_rate", rateOf(report, address, 1));
}

void appendOutlier(const ClusterReport& report, std::string& out) {
  if (report.rates == nullptr) return;
  const auto line = [&](const char* name, double value) {
    fmt::format_to(std::back_inserter(out), "{}::outlier::{}::{:g}\n", report.cluster.name, name,
                   value);
  };
  line("success_rate_average", (*report.rates)[0].average);
  line("success_rate_ejection_threshold", (*report.rates)[0].threshold);
  line("local_origin_success_rate_average", (*report.rates)[1].average);
  line("local_origin_success_rate_ejection_threshold", (*report.rates)[1].threshold);
}

// admin.v3.SimpleMetric; what is proto3's default is not printed.
void appendStats(const HostNumbers& numbers, Json::Value& out) {
  for (const bool gauges : {false, true}) {
    for (const Number& number : kByName) {
      if (number.gauge != gauges) continue;
      Json::Value one(Json::objectValue);
      one["name"] = number.name;
      if (gauges) one["type"] = "GAUGE";
      if (numbers.*number.value != 0) one["value"] = std::to_string(numbers.*number.value);
      out.append(std::move(one));
    }
  }
}

void addRate(const char* name, double percent, Json::Value& out) {
  if (percent < 0) return;
  out[name] = Json::Value(Json::objectValue);
  if (percent > 0) out[name]["value"] = percent;
}

Json::Value addressJson(const ipc::EndpointHost& host) {
  Json::Value out(Json::objectValue);
  if (host.path.empty()) {
    out["socket_address"]["address"] = host.ip;
    out["socket_address"]["port_value"] = host.port;
  } else {
    out["pipe"]["path"] = host.path;
  }
  return out;
}

Json::Value healthJson(const ipc::EndpointHost& host) {
  Json::Value out(Json::objectValue);
  if (host.failed_check) out["failed_active_health_check"] = true;
  if (host.ejected) out["failed_outlier_check"] = true;
  out["eds_health_status"] = isUnhealthyByConfig(host) ? "UNHEALTHY"
                             : host.degraded           ? "DEGRADED"
                                                       : "HEALTHY";
  return out;
}

Json::Value hostJson(const ClusterReport& report, const ipc::EndpointHost& host) {
  const std::string address = hostKey(host.ip, host.port, host.path);
  Json::Value out(Json::objectValue);
  out["address"] = addressJson(host);
  appendStats(numbersOf(report, address), out["stats"]);
  out["health_status"] = healthJson(host);
  addRate("success_rate", rateOf(report, address, 0), out);
  addRate("local_origin_success_rate", rateOf(report, address, 1), out);
  out["weight"] = host.weight;
  if (!host.hostname.empty()) out["hostname"] = host.hostname;
  if (host.priority != 0) out["priority"] = host.priority;
  Json::Value& locality = out["locality"] = Json::Value(Json::objectValue);
  const config::LbEndpoint& endpoint = endpointOf(report.cluster, host);
  if (!endpoint.region.empty()) locality["region"] = endpoint.region;
  if (!endpoint.zone.empty()) locality["zone"] = endpoint.zone;
  if (!endpoint.sub_zone.empty()) locality["sub_zone"] = endpoint.sub_zone;
  return out;
}

// As Envoy lists them: by priority.
std::vector<const ipc::EndpointHost*> inOrder(const std::vector<ipc::EndpointHost>& hosts) {
  std::vector<const ipc::EndpointHost*> out;
  for (const auto& host : hosts) out.push_back(&host);
  std::stable_sort(out.begin(), out.end(),
                   [](const auto* a, const auto* b) { return a->priority < b->priority; });
  return out;
}

}  // namespace

void appendClusterText(const ClusterReport& report, std::string& out) {
  auto to = std::back_inserter(out);
  const std::string& name = report.cluster.name;
  fmt::format_to(to, "{}::observability_name::{}\n", name, shownName(report.cluster));
  appendOutlier(report, out);
  for (const Thresholds& t : thresholdsOf(report.cluster)) {
    const std::string prefix = name + "::" + t.priority + "_priority::";
    fmt::format_to(to, "{}max_connections::{}\n", prefix, t.connections);
    fmt::format_to(to, "{}max_pending_requests::{}\n", prefix, t.pending);
    fmt::format_to(to, "{}max_requests::{}\n", prefix, t.requests);
    fmt::format_to(to, "{}max_retries::{}\n", prefix, t.retries);
  }
  fmt::format_to(to, "{}::added_via_api::false\n", name);
  for (const auto* host : inOrder(report.hosts)) appendHost(report, *host, out);
}

Json::Value clusterStatusJson(const ClusterReport& report) {
  Json::Value out(Json::objectValue);
  out["name"] = report.cluster.name;
  out["observability_name"] = shownName(report.cluster);
  if (report.rates != nullptr) {
    addRate("success_rate_ejection_threshold", (*report.rates)[0].threshold, out);
    addRate("local_origin_success_rate_ejection_threshold", (*report.rates)[1].threshold, out);
  }
  for (const Thresholds& t : thresholdsOf(report.cluster)) {
    Json::Value row(Json::objectValue);
    if (t.priority != std::string_view("default")) row["priority"] = "HIGH";
    row["max_connections"] = t.connections;
    row["max_pending_requests"] = t.pending;
    row["max_requests"] = t.requests;
    row["max_retries"] = t.retries;
    out["circuit_breakers"]["thresholds"].append(row);
  }
  for (const auto* host : inOrder(report.hosts)) {
    out["host_statuses"].append(hostJson(report, *host));
  }
  return out;
}

}  // namespace convoy::master

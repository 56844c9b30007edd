// conf/metrics.md is made of stat_defs.def: `make metrics-doc` writes it anew (this test with
// CONVOY_WRITE_METRICS_DOC=1), and the test fails while it is not what would be written.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "common/stats/directory.h"

namespace convoy::stats {
namespace {

constexpr const char* kPage = "conf/metrics.md";

struct Section {
  Scope scope;
  const char* raw;
  const char* labels;
  const char* title;
};
constexpr Section kSections[] = {
    {Scope::Http, "http.<stat_prefix>.", "envoy_http_conn_manager_prefix",
     "HTTP connection managers"},
    {Scope::Cluster, "cluster.<name>.", "envoy_cluster_name", "Clusters"},
    {Scope::Grpc, "cluster.<name>.grpc.` or `cluster.<name>.grpc.<service>.<method>.",
     "envoy_cluster_name, envoy_grpc_bridge_service, envoy_grpc_bridge_method",
     "gRPC calls, where the filter grpc_stats counts them"},
    {Scope::Listener, "listener.<address>.", "envoy_listener_address", "Listeners"},
    {Scope::ListenerHttp, "listener.<address>.http.<stat_prefix>.",
     "envoy_listener_address, envoy_http_conn_manager_prefix", "Listeners, by connection manager"},
    {Scope::ListenerTls, "listener.<address>.", "envoy_listener_address", "Listeners with TLS"},
    {Scope::ClusterTls, "cluster.<name>.", "envoy_cluster_name", "Clusters with TLS"},
    {Scope::VirtualCluster, "vhost.<virtual host>.vcluster.<virtual cluster>.",
     "envoy_virtual_host, envoy_virtual_cluster", "Virtual clusters"},
    {Scope::VhostRoute, "vhost.<virtual host>.route.<stat_prefix>.",
     "envoy_virtual_host, envoy_route", "Routes with a stat_prefix"},
    {Scope::Tcp, "tcp.<stat_prefix>.", "envoy_tcp_prefix", "TCP proxies"},
    {Scope::ConnectionLimit, "connection_limit.<stat_prefix>.", "envoy_connection_limit_prefix",
     "Network filters: connection_limit"},
    {Scope::ConnectionRate, "local_rate_limit.<stat_prefix>.",
     "envoy_local_network_ratelimit_prefix", "Network filters: local_ratelimit"},
    {Scope::NetworkRbac, "<stat_prefix>.rbac.", "envoy_rbac_prefix", "Network filters: rbac"},
    {Scope::HttpRate, "<stat_prefix>.http_local_rate_limit.", "envoy_local_http_ratelimit_prefix",
     "HTTP filters: local_ratelimit"},
    {Scope::ProxyProto, "proxy_proto.versions.v<1|2>.", "envoy_proxy_protocol_version",
     "The PROXY protocol, if a listener reads it"},
    {Scope::Server, "", "none", "The server"},
};

std::string familyOf(Scope scope, std::string_view name) {
  std::string out(familyPrefix(scope));
  for (const char c : name) out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return out;
}

std::string typeText(const StatDef& def) {
  switch (def.type) {
    case StatType::Gauge:
      return "gauge";
    case StatType::Histogram:
      return "histogram";
    case StatType::Classes:
    case StatType::ClassesOnUse:
      return "counter, by `envoy_response_code_class`";
    case StatType::Codes:
      return "counter, by `envoy_response_code`";
    case StatType::Counter:
      return "counter";
    default:
      break;
  }
  return "counter, by `" + std::string(def.unit) + "`";
}

std::string page() {
  std::ostringstream out;
  out << "# Metrics\n\n"
         "Made by `make metrics-doc` from common/stats/stat_defs.def: names, types and labels are\n"
         "Envoy's. `/stats/prometheus` has the families, `/stats` the same by their dotted names.\n"
         "Every series is there from the start, at zero, but for those by response code and those\n"
         "of what TLS handshakes agreed on and of gRPC, which come when they first count.\n"
         "Histograms are in milliseconds; `stats_config.histogram_bucket_settings` changes their\n"
         "buckets (19 at most; after a reload that changes them a histogram starts from zero),\n"
         "`stats_matcher` leaves series out, `stats_tags` makes labels of parts of their names.\n"
         "A scrape is compressed for who sends `Accept-Encoding: gzip`, as Prometheus does.\n"
         "`--metrics-address 0.0.0.0:9902` serves `/stats/prometheus` and `/ready` alone.\n";
  for (const Section& section : kSections) {
    size_t count = 0;
    const StatDef* defs = defsOf(section.scope, &count);
    std::vector<std::string> rows;
    for (size_t i = 0; i < count; ++i) {
      const StatDef& def = defs[i];
      rows.push_back("| `" + familyOf(section.scope, def.name) + "` | " + typeText(def) + " | " +
                     std::string(def.help) + " |\n");
    }
    std::sort(rows.begin(), rows.end());
    out << "\n## " << section.title << "\n\n";
    if (*section.raw != '\0') out << "Dotted names begin with `" << section.raw << "`. ";
    out << "Labels: " << section.labels
        << ".\n\n| family | type | what it counts |\n|---|---|---|\n";
    for (const std::string& row : rows) out << row;
  }
  out << "\n## Beside these\n\n"
         "`envoy_listener_worker_downstream_cx_total` and `_active` are the listener's for each\n"
         "worker (`envoy_worker_id`); `envoy_listener_ssl_certificate_expiration_unix_time_seconds`"
         "\nand its `envoy_cluster_` sibling tell when each certificate ends "
         "(`envoy_tls_certificate`);\n`envoy_listener_admin_*` are the admin interface's. Convoy's "
         "own begin with `convoy_`:\nworkers, restarts, reloads, what was handed over, what a "
         "drain "
         "cut, and the queue of\nconnections that wait to be accepted.\n";
  return out.str();
}

TEST(MetricsDoc, IsMadeOfTheStatsThereAre) {
  const std::string wanted = page();
  if (std::getenv("CONVOY_WRITE_METRICS_DOC") != nullptr) std::ofstream(kPage) << wanted;
  std::ostringstream text;
  text << std::ifstream(kPage).rdbuf();
  EXPECT_TRUE(text.str() == wanted) << kPage << " is old: run `make metrics-doc`";
}

TEST(MetricsDoc, EveryStatSaysWhatItCounts) {
  for (const Section& section : kSections) {
    size_t count = 0;
    const StatDef* defs = defsOf(section.scope, &count);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_FALSE(defs[i].help.empty()) << defs[i].name;
      EXPECT_EQ(defs[i].help.find('|'), std::string_view::npos) << defs[i].name;
    }
  }
}

}  // namespace
}  // namespace convoy::stats

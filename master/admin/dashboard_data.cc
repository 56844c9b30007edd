#include "master/admin/dashboard_data.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <span>
#include <unistd.h>

#include <fmt/format.h>

#include "common/net/address.h"
#include "common/stats/stat_tables.h"
#include "master/admin/json_text.h"
#include "master/admin/process_usage.h"
#include "master/metrics/series_table.h"

namespace convoy::master {

using stats::ClusterStat;
using stats::HttpStat;
using stats::ListenerStat;
using stats::Scope;
using stats::StatTable;
using stats::StatType;
using stats::TcpStat;

namespace {

struct Field {
  std::string_view name;
  size_t cell;
  size_t cells;
  bool most;  // over workers the maximum, not the sum
};

// By the name that the page knows it by.
template <typename E>
constexpr Field field(std::string_view name, E stat) {
  const stats::StatDef& def = StatTable<E>::defs()[static_cast<size_t>(stat)];
  // Of a histogram the buckets, not the sum after them.
  const size_t cells = stats::cellsOf(def.type) - (def.type == StatType::Histogram ? 1 : 0);
  return {name, StatTable<E>::offset(stat), cells, def.unit == "bool"};
}

// What usually is zero stands at the end, since it costs nothing there.
constexpr Field kClusterFields[] = {
    field("rq", ClusterStat::upstream_rq_total),
    field("rq_active", ClusterStat::upstream_rq_active),
    field("xx", ClusterStat::upstream_rq_xx),
    field("cx_active", ClusterStat::upstream_cx_active),
    field("cx", ClusterStat::upstream_cx_total),
    field("rx", ClusterStat::upstream_cx_rx_bytes_total),
    field("tx", ClusterStat::upstream_cx_tx_bytes_total),
    field("pending", ClusterStat::upstream_rq_pending_active),
    field("time", ClusterStat::upstream_rq_time),
    field("connect_fail", ClusterStat::upstream_cx_connect_fail),
    field("connect_timeout", ClusterStat::upstream_cx_connect_timeout),
    field("none_healthy", ClusterStat::upstream_cx_none_healthy),
    field("pending_overflow", ClusterStat::upstream_rq_pending_overflow),
    field("cx_overflow", ClusterStat::upstream_cx_overflow),
    field("pending_failure", ClusterStat::upstream_rq_pending_failure_eject),
    field("timeout", ClusterStat::upstream_rq_timeout),
    field("try_timeout", ClusterStat::upstream_rq_per_try_timeout),
    field("rx_reset", ClusterStat::upstream_rq_rx_reset),
    field("tx_reset", ClusterStat::upstream_rq_tx_reset),
    field("closed_in_request", ClusterStat::upstream_cx_destroy_remote_with_active_rq),
    field("protocol_error", ClusterStat::upstream_cx_protocol_error),
    field("max_duration", ClusterStat::upstream_rq_max_duration_reached),
    field("retry", ClusterStat::upstream_rq_retry),
    field("retry_success", ClusterStat::upstream_rq_retry_success),
    field("retry_limit", ClusterStat::upstream_rq_retry_limit_exceeded),
    field("retry_overflow", ClusterStat::upstream_rq_retry_overflow),
    field("panic", ClusterStat::lb_healthy_panic),
    field("check_failure", ClusterStat::health_check_failure),
    field("ejections", ClusterStat::outlier_detection_ejections_enforced_total),
    field("cx_open", ClusterStat::circuit_breakers_default_cx_open),
    field("rq_open", ClusterStat::circuit_breakers_default_rq_open),
    field("pending_open", ClusterStat::circuit_breakers_default_rq_pending_open),
    field("retry_open", ClusterStat::circuit_breakers_default_rq_retry_open),
};

constexpr Field kHttpFields[] = {
    field("rq", HttpStat::downstream_rq_total),
    field("rq_active", HttpStat::downstream_rq_active),
    field("xx", HttpStat::downstream_rq_xx),
    field("cx_active", HttpStat::downstream_cx_active),
    field("cx", HttpStat::downstream_cx_total),
    field("rx", HttpStat::downstream_cx_rx_bytes_total),
    field("tx", HttpStat::downstream_cx_tx_bytes_total),
    field("time", HttpStat::downstream_rq_time),
    field("no_route", HttpStat::no_route),
    field("no_cluster", HttpStat::no_cluster),
    field("protocol_error", HttpStat::downstream_cx_protocol_error),
    field("closed_in_request", HttpStat::downstream_cx_destroy_remote_active_rq),
    field("rx_reset", HttpStat::downstream_rq_rx_reset),
    field("idle_timeout", HttpStat::downstream_rq_idle_timeout),
    field("rq_timeout", HttpStat::downstream_rq_timeout),
    field("header_timeout", HttpStat::downstream_rq_header_timeout),
    field("max_duration", HttpStat::downstream_rq_max_duration_reached),
    field("overload", HttpStat::downstream_rq_overload_close),
    field("bad_path", HttpStat::downstream_rq_failed_path_normalization),
    field("late_failure", HttpStat::rq_reset_after_downstream_response_started),
};

constexpr Field kTcpFields[] = {
    field("cx", TcpStat::downstream_cx_total),
    field("rx", TcpStat::downstream_cx_rx_bytes_total),
    field("tx", TcpStat::downstream_cx_tx_bytes_total),
    field("no_route", TcpStat::downstream_cx_no_route),
};

constexpr Field kListenerFields[] = {
    field("cx_active", ListenerStat::downstream_cx_active),
    field("cx", ListenerStat::downstream_cx_total),
    field("overflow", ListenerStat::downstream_cx_overflow),
    field("overload", ListenerStat::downstream_cx_overload_reject),
    field("no_chain", ListenerStat::no_filter_chain_match),
    field("tls", ListenerStat::ssl_handshake),
    field("tls_error", ListenerStat::ssl_connection_error),
};

std::vector<std::string> namesOf(std::span<const Field> fields) {
  std::vector<std::string> out;
  for (const Field& f : fields) {
    out.push_back(f.cells == 1 ? std::string(f.name) : fmt::format("{}:{}", f.name, f.cells));
  }
  return out;
}

// Gauges are two's complement: between two workers' writes one may be below zero for a moment.
using Row = std::vector<int64_t>;

void addValues(const SeriesBlock* block, std::span<const Field> fields, Row& row) {
  if (block == nullptr) return;
  for (const Field& f : fields) {
    for (size_t i = 0; i < f.cells; ++i) {
      const uint64_t value = f.most ? block->max(f.cell + i) : block->sum(f.cell + i);
      row.push_back(static_cast<int64_t>(value));
    }
  }
}

void writeRow(Row& row, std::string& out) {
  while (!row.empty() && row.back() == 0) row.pop_back();
  out += '[';
  for (size_t i = 0; i < row.size(); ++i) {
    if (i != 0) out += ',';
    fmt::format_to(std::back_inserter(out), "{}", row[i]);
  }
  out += ']';
  row.clear();
}

const char* stateOf(const ipc::EndpointHost& host) {
  if (host.failed_check && host.ejected) return "failed check, ejected";
  if (host.failed_check) return "failed check";
  if (host.ejected) return "ejected";
  return host.healthy ? "healthy" : "unhealthy";
}

std::string addressOf(const ipc::EndpointHost& host) {
  if (!host.path.empty()) return host.path;
  auto address = net::Address::fromIp(host.ip, host.port);
  return address.ok() ? address->toString() : host.ip;
}

class Writer {
 public:
  Writer(AdminContext& context, const DataQuestion& question)
      : context_(context), question_(question), bootstrap_(context.bootstrap()) {}

  std::string write() {
    context_.aggregate().refresh();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    print("{{\"time_ms\":{},\"map\":{},\"state\":{},\"uptime_s\":{}",
          std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
          quotedJson(mapId(context_)), static_cast<int>(context_.state()),
          context_.uptimeSeconds());
    processes();
    rows("listeners", Scope::Listener, kListenerFields, listenerNames());
    rows("http", Scope::Http, kHttpFields, statPrefixes(*bootstrap_, true));
    rows("tcp", Scope::Tcp, kTcpFields, statPrefixes(*bootstrap_, false));
    clusters();
    hosts();
    out_ += "}\n";
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void usage(pid_t pid) {
    const ProcessUsage used = usageOf(pid);
    print("\"pid\":{},\"cpu_ms\":{},\"resident\":{}", pid == 0 ? ::getpid() : pid, used.cpu_ms,
          used.resident);
    if (question_.memory) print(",\"proportional\":{}", proportionalBytesOf(pid));
  }

  void processes() {
    out_ += ",\"master\":{";
    usage(0);
    out_ += "},\"workers\":[";
    const char* separator = "";
    for (const WorkerView& w : context_.workers()) {
      print("{}{{\"slot\":{},\"generation\":{},\"state\":\"{}\",\"restarts\":{},\"connections\":{}",
            separator, w.slot, w.generation, w.state, w.restarts, w.connections);
      print(",\"requests\":{},\"uptime_s\":{},\"draining_ms\":{},", w.requests_inflight, w.uptime_s,
            w.draining_ms);
      usage(w.pid > 0 ? w.pid : -1);
      out_ += '}';
      separator = ",";
    }
    out_ += ']';
  }

  std::vector<std::string> listenerNames() const {
    std::vector<std::string> out;
    for (const auto& listener : bootstrap_->listeners) out.push_back(listener.statName());
    return out;
  }

  void rows(const char* what, Scope scope, std::span<const Field> fields,
            const std::vector<std::string>& names) {
    const char* kind = scope == Scope::Listener ? "listener."
                       : scope == Scope::Http   ? "http."
                                                : "tcp.";
    print(",\"{}\":[", what);
    const char* separator = "";
    for (const std::string& name : names) {
      out_ += separator;
      addValues(context_.aggregate().block(scope, kind + name + "."), fields, row_);
      writeRow(row_, out_);
      separator = ",";
    }
    out_ += ']';
  }

  void clusters() {
    out_ += ",\"clusters\":[";
    for (size_t i = 0; i < bootstrap_->clusters.size(); ++i) {
      const auto& hosts = context_.hosts(i);
      int64_t healthy = 0, failed = 0, ejected = 0;
      for (const auto& host : hosts) {
        healthy += host.healthy ? 1 : 0;
        failed += host.failed_check ? 1 : 0;
        ejected += host.ejected ? 1 : 0;
      }
      row_.assign({static_cast<int64_t>(hosts.size()), healthy, failed, ejected});
      const std::string prefix = "cluster." + bootstrap_->clusters[i].statName() + ".";
      addValues(context_.aggregate().block(Scope::Cluster, prefix), kClusterFields, row_);
      if (i != 0) out_ += ',';
      writeRow(row_, out_);
    }
    out_ += ']';
  }

  void hosts() {
    out_ += ",\"hosts\":{";
    const char* separator = "";
    ipc::HostStatsPayload wanted;
    std::vector<std::string> names;
    for (const std::string& name : question_.clusters) {
      const int index = bootstrap_->findCluster(name);
      if (index < 0 || names.size() == ipc::HostStatsPayload::kMaxClusters) continue;
      wanted.clusters.push_back(static_cast<uint32_t>(index));
      names.push_back(name);
    }
    const HostBook& book = context_.hostBook(wanted);
    for (size_t i = 0; i < names.size(); ++i) {
      print("{}{}:[", separator, quotedJson(names[i]));
      hostsOf(book, wanted.clusters[i]);
      out_ += ']';
      separator = ",";
    }
    out_ += '}';
  }

  void hostsOf(const HostBook& book, uint32_t cluster) {
    const auto& hosts = context_.hosts(cluster);
    const auto& endpoints = bootstrap_->clusters[cluster].endpoints;
    for (size_t i = 0; i < std::min(hosts.size(), ipc::HostStatsToldPayload::kMaxHosts); ++i) {
      const ipc::EndpointHost& host = hosts[i];
      const bool known = host.endpoint < endpoints.size();
      const std::string address = addressOf(host);
      print("{}[{},{},\"{}\",{},{},{}", i == 0 ? "" : ",", quotedJson(address),
            quotedJson(host.hostname), stateOf(host), host.weight, host.priority,
            quotedJson(known ? endpoints[host.endpoint].zone : ""));
      if (const ipc::HostNumbers* n = book.find(cluster, address)) {
        print(",{},{},{},{},{}", n->active, n->answers(), n->errors(), n->timed, n->time_us);
      }
      out_ += ']';
    }
  }

  AdminContext& context_;
  const DataQuestion& question_;
  const std::shared_ptr<const config::Bootstrap> bootstrap_;
  Row row_;
  std::string out_;
};

}  // namespace

std::vector<std::string> clusterFields() {
  std::vector<std::string> out = {"hosts", "healthy", "failed_check", "ejected"};
  const auto more = namesOf(kClusterFields);
  out.insert(out.end(), more.begin(), more.end());
  return out;
}
std::vector<std::string> httpFields() {
  return namesOf(kHttpFields);
}
std::vector<std::string> tcpFields() {
  return namesOf(kTcpFields);
}
std::vector<std::string> listenerFields() {
  return namesOf(kListenerFields);
}

std::vector<std::string> statPrefixes(const config::Bootstrap& bootstrap, bool http) {
  std::vector<std::string> out;
  for (const config::Listener& listener : bootstrap.listeners) {
    for (size_t i = 0; i < listener.chainCount(); ++i) {
      const config::FilterChain& chain = listener.chain(i);
      if ((chain.http() != nullptr) != http) continue;
      const std::string& prefix = http ? chain.http()->stat_prefix : chain.tcp()->stat_prefix;
      if (std::find(out.begin(), out.end(), prefix) == out.end()) out.push_back(prefix);
    }
  }
  return out;
}

std::string mapId(const AdminContext& context) {
  return fmt::format("{}-{}-{}", context.startUnix(), context.reloads().generation,
                     context.history().count());
}

std::string dashboardData(AdminContext& context, const DataQuestion& question) {
  return Writer(context, question).write();
}

}  // namespace convoy::master

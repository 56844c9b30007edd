#include "tests/fakes/convoy_process.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace convoy::fakes {
namespace {

std::string type(const std::string& name) {
  return "\"@type\": type.googleapis.com/envoy.extensions." + name;
}

std::string address(uint16_t port) {
  return "address: {socket_address: {address: 127.0.0.1, port_value: " + std::to_string(port) +
         "}}";
}

std::string listener(const std::string& name, uint16_t port, const std::string& fields,
                     const std::string& filters, const std::string& chain) {
  return "{name: " + name + ", " + address(port) + (fields.empty() ? "" : ", " + fields) +
         ", filter_chains: [{filters: [" + filters + "]" + (chain.empty() ? "" : ", " + chain) +
         "}]}";
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += "  - " + item + "\n";
  return text;
}

std::string withComma(const std::string& extra) {
  return extra.empty() ? "" : ", " + extra;
}

}  // namespace

std::string Config::toCluster(const std::string& cluster, const std::string& extra) {
  return "{match: {prefix: /}, route: {cluster: " + cluster + withComma(extra) + "}}";
}

std::string Config::direct(int status, const std::string& body) {
  return "{match: {prefix: /}, direct_response: {status: " + std::to_string(status) +
         ", body: {inline_string: \"" + body + "\"}}}";
}

Config& Config::chain(const std::string& fields) {
  chain_ = fields;
  return *this;
}

Config& Config::listenerFields(const std::string& fields) {
  fields_ = fields;
  return *this;
}

Config& Config::networkFilter(const std::string& name, const std::string& message,
                              const std::string& fields) {
  network_filters_ += "{name: " + name + ", typed_config: {" + type("filters.network." + message) +
                      withComma(fields) + "}}, ";
  return *this;
}

Config& Config::last(uint16_t port, const std::string& name, const std::string& message,
                     const std::string& fields) {
  listeners_.push_back(listener(name + std::to_string(port), port, fields_,
                                network_filters_ + "{name: " + name + ", typed_config: {" +
                                    type("filters.network." + message) + withComma(fields) + "}}",
                                chain_));
  return *this;
}

Config& Config::alsoChain(const std::string& fields, const std::string& cluster) {
  std::string& last = listeners_.back();
  const std::string end = "]}";
  last.resize(last.size() - end.size());
  last += ", {filters: [{name: tcp, typed_config: {" +
          type("filters.network.tcp_proxy.v3.TcpProxy") +
          ", stat_prefix: also, cluster: " + cluster + "}}], " + fields + "}" + end;
  return *this;
}

Config& Config::httpFilter(const std::string& name, const std::string& message,
                           const std::string& fields) {
  filters_ += "{name: " + name + ", typed_config: {" + type("filters.http." + message) +
              (fields.empty() ? "" : ", " + fields) + "}}, ";
  return *this;
}

Config& Config::http(uint16_t port, const std::string& routes, const std::string& extra,
                     const std::string& log) {
  const std::string access_log = log.empty() ? ""
                                             : ", access_log: [{name: file, typed_config: {" +
                                                   type("access_loggers.file.v3.FileAccessLog") +
                                                   ", path: " + log + "}}]";
  listeners_.push_back(
      listener("web" + std::to_string(port), port, fields_,
               network_filters_ + "{name: http, typed_config: {" +
                   type("filters.network.http_connection_manager.v3.HttpConnectionManager") +
                   ", stat_prefix: web, http_filters: [" + filters_ +
                   "{name: router, typed_config: {" + type("filters.http.router.v3.Router") +
                   "}}], route_config: {virtual_hosts: [{name: all, domains: [\"*\"], routes: [" +
                   routes + "]}]}" + access_log + withComma(extra) + "}}",
               chain_));
  return *this;
}

Config& Config::tcp(uint16_t port, const std::string& cluster, const std::string& extra) {
  listeners_.push_back(listener("tcp" + std::to_string(port), port, fields_,
                                network_filters_ + "{name: tcp, typed_config: {" +
                                    type("filters.network.tcp_proxy.v3.TcpProxy") +
                                    ", stat_prefix: tcp, cluster: " + cluster + withComma(extra) +
                                    "}}",
                                chain_));
  return *this;
}

Config& Config::cluster(const std::string& name, const std::vector<uint16_t>& ports,
                        const std::string& extra) {
  std::string endpoints;
  for (const uint16_t port : ports) {
    endpoints += (endpoints.empty() ? "{endpoint: {" : ", {endpoint: {") + address(port) + "}}";
  }
  const bool own_timeout = extra.find("connect_timeout") != std::string::npos;
  clusters_.push_back("{name: " + name + ", type: STATIC, " +
                      (own_timeout ? "" : "connect_timeout: 1s, ") +
                      "load_assignment: {cluster_name: " + name + ", endpoints: [{lb_endpoints: [" +
                      endpoints + "]}]}" + withComma(extra) + "}");
  return *this;
}

Config& Config::adminPipe(const std::string& path) {
  admin_pipe_ = path;
  return *this;
}

std::string Config::text() const {
  const std::string admin =
      admin_pipe_.empty() ? address(admin_port_) : "address: {pipe: {path: " + admin_pipe_ + "}}";
  return "admin: {" + admin + "}\nstatic_resources:\n  listeners:\n" + joined(listeners_) +
         (clusters_.empty() ? "" : "  clusters:\n" + joined(clusters_));
}

std::string ConvoyProcess::binary() {
  const char* path = getenv("CONVOY_BINARY");
  return path ? path : "build/convoy";
}

ConvoyProcess::ConvoyProcess(const Config& config, const Options& options)
    : ConvoyProcess(config.text(), config.adminPort(), options) {}

ConvoyProcess::ConvoyProcess(const std::string& text, uint16_t admin_port, const Options& options)
    : admin_port_(admin_port), config_path_(dir_.write(options.config_name, text)) {
  std::vector<std::string> argv = {binary(), "-c", config_path_, "--concurrency",
                                   std::to_string(options.concurrency), "--control-path",
                                   dir_.path("control.sock"),
                                   // Whether it is the default depends on where the test runs.
                                   "--watch=false"};
  argv.insert(argv.end(), options.args.begin(), options.args.end());
  child_ = std::make_unique<Child>(argv, options.environment, options.listen_fds);
  if (options.wait_ready &&
      !eventually([&] { return ready() || !child_->running(); }, Millis(20000))) {
    fprintf(stderr, "convoy did not become ready:\n%s\n", log().c_str());
  }
  if (options.wait_ready && !child_->running()) {
    fprintf(stderr, "convoy ended:\n%s\n", log().c_str());
  }
}

// Workers outlive a killed master by design, so that one goes first.
ConvoyProcess::~ConvoyProcess() {
  if (!child_->running()) return;
  child_->signal(SIGINT);
  if (child_->wait(Millis(5000))) return;
  fprintf(stderr, "convoy did not end on SIGINT:\n%s\n", log().c_str());
  for (const pid_t worker : workers()) kill(worker, SIGKILL);
}

bool ConvoyProcess::ready() const {
  const HttpMessage answer = admin("/ready");
  return answer.ok() && answer.status == 200 && answer.body == "LIVE\n";
}

HttpMessage ConvoyProcess::adminPost(const std::string& path) const {
  return RawClient(admin_port_).request("POST", path, "Content-Length: 0\r\n");
}

double ConvoyProcess::metric(const std::string& series) const {
  std::istringstream text(admin("/stats/prometheus").body);
  for (std::string line; std::getline(text, line);) {
    if (line.rfind(series + " ", 0) == 0) return atof(line.c_str() + series.size() + 1);
  }
  return -1;
}

double ConvoyProcess::sum(const std::string& family) const {
  std::istringstream text(admin("/stats/prometheus").body);
  double total = 0;
  for (std::string line; std::getline(text, line);) {
    if (line.rfind(family, 0) != 0) continue;
    const char after = line[family.size()];
    if (after == '{' || after == ' ') total += atof(line.c_str() + line.rfind(' ') + 1);
  }
  return total;
}

void ConvoyProcess::rewrite(const std::string& text) const {
  const std::string next = dir_.write("next", text);
  rename(next.c_str(), config_path_.c_str());
}

bool ConvoyProcess::hangup() const {
  const double before = reloads();
  signal(SIGHUP);
  return eventually([&] { return reloads() > before; }, Millis(15000));
}

Ended ConvoyProcess::reload() const {
  return Child::run({binary(), "reload", "--wait", "--control-path", dir_.path("control.sock")});
}

}  // namespace convoy::fakes

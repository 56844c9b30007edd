// convoy_process: the real program under test, on a configuration text and free ports, ready when
// the constructor returns. Ends (SIGKILL, if it must) with its owner.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/child.h"
#include "tests/fakes/raw_client.h"

namespace convoy::fakes {

// Envoy v3 YAML for tests, put together from pieces. `routes` and `extra` are YAML in flow style.
class Config {
 public:
  Config() : Config(freePort()) {}
  explicit Config(uint16_t admin_port) : admin_port_(admin_port) {}
  uint16_t adminPort() const { return admin_port_; }
  // Before the router, of the listeners that follow: httpFilter("cors", "cors.v3.Cors"). `fields`:
  // of the message, in flow style.
  Config& httpFilter(const std::string& name, const std::string& message,
                     const std::string& fields = "");
  // More fields of the filter chain of the listeners that follow: its transport_socket.
  Config& chain(const std::string& fields);
  // More fields of the listeners that follow: their listener_filters.
  Config& listenerFields(const std::string& fields);
  // Before the last filter of the listeners that follow: networkFilter("limit",
  // "connection_limit.v3.ConnectionLimit", "stat_prefix: a, max_connections: 1").
  Config& networkFilter(const std::string& name, const std::string& message,
                        const std::string& fields);
  // A listener whose chain ends with that filter.
  Config& last(uint16_t port, const std::string& name, const std::string& message,
               const std::string& fields = "");
  // One more filter chain of the last listener, a TCP proxy.
  Config& alsoChain(const std::string& fields, const std::string& cluster);
  // An HTTP listener "web<port>" whose stat_prefix is "web". `extra`: more fields of its
  // http_connection_manager. The access log goes to `log` if that is not empty.
  Config& http(uint16_t port, const std::string& routes, const std::string& extra = "",
               const std::string& log = "");
  Config& tcp(uint16_t port, const std::string& cluster, const std::string& extra = "");
  Config& cluster(const std::string& name, const std::vector<uint16_t>& ports,
                  const std::string& extra = "");
  // Admin on a unix socket instead.
  Config& adminPipe(const std::string& path);
  std::string text() const;

  static std::string toCluster(const std::string& cluster, const std::string& extra = "");
  static std::string direct(int status, const std::string& body);

 private:
  uint16_t admin_port_;
  std::string admin_pipe_;
  std::string filters_;
  std::string chain_, fields_, network_filters_;
  std::vector<std::string> listeners_, clusters_;
};

class ConvoyProcess {
 public:
  struct Options {
    std::vector<std::string> args;
    Child::Environment environment;
    int concurrency = 2;
    bool wait_ready = true;
    std::string config_name = "convoy.yaml";
    std::vector<int> listen_fds = {};  // as a service manager passes them
  };

  explicit ConvoyProcess(const Config& config) : ConvoyProcess(config, Options{}) {}
  ConvoyProcess(const Config& config, const Options& options);
  // Any text; `admin_port` is where it is asked for.
  ConvoyProcess(const std::string& text, uint16_t admin_port, const Options& options);
  ~ConvoyProcess();

  // The path of the program: $CONVOY_BINARY, else build/convoy.
  static std::string binary();

  pid_t pid() const { return child_->pid(); }
  bool ready() const;
  void signal(int number) const { child_->signal(number); }
  std::optional<int> wait(Millis limit) { return child_->wait(limit); }
  std::string log() const { return child_->err(); }
  std::string out() const { return child_->out(); }
  const TempDir& dir() const { return dir_; }
  const std::string& configPath() const { return config_path_; }
  std::vector<pid_t> workers() const { return childrenOf(pid()); }

  HttpMessage admin(const std::string& path) const { return httpGet(admin_port_, path); }
  HttpMessage adminPost(const std::string& path) const;
  // One series of /stats/prometheus by its name and labels as printed, e.g. `a_total{b="c"}`;
  // -1 if it is not there.
  double metric(const std::string& series) const;
  // The sum of all series of a family.
  double sum(const std::string& family) const;

  // Replaces the file in one step, as editors and ConfigMaps do.
  void rewrite(const std::string& text) const;
  // SIGHUP, and waits until a reload more was counted (successful or not). False at the limit.
  bool hangup() const;
  // `convoy reload --wait`.
  Ended reload() const;
  double reloads() const { return sum("convoy_reloads_total"); }

 private:
  TempDir dir_;
  uint16_t admin_port_;
  std::string config_path_;
  std::unique_ptr<Child> child_;
};

}  // namespace convoy::fakes

// options: what the command line and the environment said: plain values, made once by cli, const
// ever after. Master process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "master/control.h"

namespace convoy::master {

// Ask: a question to the master that runs already (options.ask). Upgrade: the file, not the
// program.
enum class Command : uint8_t { Serve, Validate, InitOnly, Upgrade, Ask };

struct Options {
  Command command = Command::Serve;
  std::string config_path;  // "" = only --config-yaml
  std::string config_yaml;
  bool json = false;                    // --format json: results for programs
  std::optional<uint32_t> concurrency;  // absent: the CPUs we may use
  std::optional<bool> watch;            // absent: watch.h decides
  std::string log_level = "info";
  std::vector<std::pair<std::string, std::string>> component_log_levels;
  std::string log_path;
  std::string log_format;
  uint64_t drain_time_ms = 600000;    // a generation replaced by a reload
  uint64_t drain_timeout_ms = 25000;  // after the delay, which by default it makes room for
  size_t max_draining_generations = 8;
  uint64_t shutdown_delay_ms = 0;      // keep accepting after SIGTERM, with /ready failing
  uint64_t worker_timeout_ms = 30000;  // a worker whose loop stands still is aborted; 0 = never
  uint64_t start_timeout_ms = 15000;   // new workers must accept by then
  uint64_t orphan_grace_ms = 30000;    // workers serve on for so long when the master is gone
  std::string service_node, service_cluster, service_zone;
  std::string admin_address_path;
  std::string metrics_address;  // HOST:PORT or a path; "": no such listener
  std::string pid_file;
  std::string control_path;        // "" = chosen by control.h
  std::string user;                // NAME[:GROUP] or numbers; "" = stay
  bool sentinel = false;           // a killed worker fails no idempotent request
  bool dashboard_actions = false;  // buttons on the dashboard that change state
  bool allow_unsupported = false;
  bool allow_unknown_fields = false;

  // `convoy status`, `reload`, `drain`, `workers`, `upgrade`
  ControlRequest ask;
  std::optional<uint32_t> pid;

  // As main() was called: an upgrade calls the new program the same way.
  std::vector<std::string> argv;
  std::string program;  // the path we were started from, absolute

  // Everything that was said, long name -> value, for /server_info.
  std::vector<std::pair<std::string, std::string>> given;
  std::vector<std::string> warnings;  // options taken but without effect
};

}  // namespace convoy::master

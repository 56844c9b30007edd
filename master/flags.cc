#include "master/flags.h"

namespace convoy::master {
namespace {

using E = Flag::Effect;

constexpr Flag kFlags[] = {
    {"config-path", "c", true, E::Works, "configuration file (.yaml .yml .json)"},
    {"config-yaml", "", true, E::Works, "YAML or JSON text, merged over the file"},
    {"mode", "", true, E::Works, "serve (default), validate or init_only"},
    {"concurrency", "", true, E::Works,
     "number of workers (default: the CPUs this process may use)"},
    {"log-level", "l", true, E::Works, "trace debug info warning error critical off"},
    {"component-log-level", "", true, E::Works, "for example upstream:debug,http:trace"},
    {"log-path", "", true, E::Works, "file of the application log (default: stderr)"},
    {"log-format", "", true, E::Works, "format of the application log, as spdlog writes it"},
    {"drain-time-s", "", true, E::Works, "seconds a replaced generation may drain (default 600)"},
    {"drain-strategy", "", true, E::Works,
     "gradual or immediate; connections are always told at once"},
    {"service-node", "", true, E::Works, "node.id"},
    {"service-cluster", "", true, E::Works, "node.cluster"},
    {"service-zone", "", true, E::Works, "node.locality.zone"},
    {"admin-address-path", "", true, E::Works, "file that gets the address of the admin interface"},
    {"allow-unknown-static-fields", "", false, E::Works, "unknown fields become warnings"},
    {"allow-unknown-fields", "", false, E::Works, "the same, by its older name"},
    {"version", "", false, E::Works, "print the version"},
    {"help", "h", false, E::Works, "print this text"},
    {"hot-restart-version", "", false, E::Works, "print \"disabled\""},
    // Convoy's own
    {"allow-unsupported", "", false, E::Works,
     "Envoy's fields that Convoy does not support yet become warnings"},
    {"user", "", true, E::Works, "NAME[:GROUP] of the workers, when started as root"},
    {"pid-file", "", true, E::Works, "file that gets the master's process id"},
    {"control-path", "", true, E::Works, "unix socket of `convoy reload`"},
    {"shutdown-delay", "", true, E::Works,
     "seconds to keep accepting after SIGTERM while /ready fails (default: 5 in Kubernetes, else "
     "0)"},
    {"max-draining-generations", "", true, E::Works,
     "generations that may drain after reloads; the oldest is cut when there are more (default 8)"},
    {"drain-timeout", "", true, E::Works,
     "seconds that requests get after that (default 25, less the delay)"},
    {"watch", "", true, E::Works,
     "reload when the configuration's files change; --watch=false: never (default: in a container, "
     "or when a symbolic link leads to the file)",
     true},
    {"worker-timeout", "", true, E::Works,
     "seconds after which a worker whose loop stands still is aborted and replaced (default 30, 0 "
     "= "
     "never)"},
    {"start-timeout", "", true, E::Works,
     "seconds that new workers may take until they accept; then a reload is given up, a respawned "
     "worker killed (default 15)"},
    {"orphan-grace", "", true, E::Works,
     "seconds that workers serve on when the master was killed (default 30)"},
    {"sentinel", "", false, E::Works,
     "save the HTTP connections of a worker that is killed or crashes (off by default)"},
    {"dashboard-actions", "", false, E::Works,
     "the dashboard of the admin interface has buttons to reload, to drain and for log levels (off "
     "by "
     "default)"},
    // Envoy's hot restart, threads and cores: a reload replaces them, or there is nothing to set
    {"base-id", "", true, E::Silent, "no effect: Envoy's hot restart"},
    {"base-id-path", "", true, E::Silent, "no effect: Envoy's hot restart"},
    {"use-dynamic-base-id", "", false, E::Silent, "no effect: Envoy's hot restart"},
    {"skip-hot-restart-on-no-parent", "", false, E::Silent, "no effect: Envoy's hot restart"},
    {"skip-hot-restart-parent-stats", "", false, E::Silent, "no effect: Envoy's hot restart"},
    {"restart-epoch", "", true, E::Silent, "no effect: Envoy's hot restart"},
    {"parent-shutdown-time-s", "", true, E::Silent, "no effect: Envoy's hot restart"},
    {"disable-hot-restart", "", false, E::Silent, "no effect: Envoy's hot restart"},
    {"socket-path", "", true, E::Silent, "no effect: Envoy's hot restart"},
    {"socket-mode", "", true, E::Silent, "no effect: Envoy's hot restart"},
    {"bootstrap-version", "", true, E::Silent, "no effect: v2 and v3 are told apart by themselves"},
    {"cpuset-threads", "", false, E::Silent, "no effect: affinity and CPU quota always count"},
    {"enable-mutex-tracing", "", false, E::Silent, "no effect: there are no threads"},
    {"enable-core-dump", "", false, E::Silent,
     "no effect: set the core limit of the shell or unit"},
    {"skip-deprecated-logs", "", false, E::Silent, "no effect"},
    {"reject-unknown-dynamic-fields", "", false, E::Silent,
     "no effect: no dynamic configuration yet"},
    {"ignore-unknown-dynamic-fields", "", false, E::Silent,
     "no effect: no dynamic configuration yet"},
    {"local-address-ip-version", "", true, E::Silent, "no effect: used by dynamic configuration"},
    // taken with a warning
    {"log-format-escaped", "", false, E::Warns,
     "not supported: control characters stay as they are"},
    {"enable-fine-grain-logging", "", false, E::Warns, "not supported: levels are per component"},
    {"file-flush-interval-msec", "", true, E::Warns,
     "not supported: access logs flush within 250 ms"},
    {"file-flush-min-size-kb", "", true, E::Warns, "not supported: access logs flush at 64 KiB"},
    {"disable-extensions", "", true, E::Warns, "not supported: all extensions stay"},
    {"stats-tag", "", true, E::Warns, "not supported: no tag is added"},
};

}  // namespace

const Flag* flags(size_t* count) {
  *count = sizeof(kFlags) / sizeof(kFlags[0]);
  return kFlags;
}

const Flag* findFlag(std::string_view name) {
  for (const Flag& flag : kFlags) {
    if (flag.name == name || (!flag.letter.empty() && flag.letter == name)) return &flag;
  }
  return nullptr;
}

}  // namespace convoy::master

#include "master/flags.h"

namespace convoy::master {
namespace {

using E = Flag::Effect;
using G = Flag::Group;
using K = Subcommand::Kind;

// Group after group, in the order of --help. NoEffect: Envoy's hot restart, threads and cores: a
// reload replaces them, or there is nothing to set.
constexpr Flag kFlags[] = {
    {"config-path", "c", "FILE", E::Works, G::Configuration,
     "configuration file (.yaml .yml .json)"},
    {"config-yaml", "", "TEXT", E::Works, G::Configuration,
     "YAML or JSON text, merged over the file"},
    {"mode", "", "serve|validate|init_only|upgrade", E::Works, G::Configuration,
     "serve (default); validate, init_only: check and end; upgrade: print the file in the form of "
     "today"},
    {"watch", "", "true|false", E::Works, G::Configuration,
     "reload when the configuration's files change; --watch=false: never (default: in a container, "
     "or when a symbolic link leads to the file)",
     true},
    {"format", "", "text|json", E::Works, G::Configuration,
     "how --mode validate, check and status write their results (default text)"},
    {"allow-unknown-static-fields", "", "", E::Works, G::Configuration,
     "unknown fields become warnings"},
    {"allow-unknown-fields", "", "", E::Works, G::Configuration, "the same, by its older name"},
    {"allow-unsupported", "", "", E::Works, G::Configuration,
     "Envoy's fields that Convoy does not support yet become warnings"},
    {"concurrency", "", "N", E::Works, G::Workers,
     "number of workers (default: the CPUs this process may use)"},
    {"drain-time-s", "", "SECONDS", E::Works, G::Workers,
     "seconds a replaced generation may drain (default 600)"},
    {"drain-strategy", "", "gradual|immediate", E::Works, G::Workers,
     "gradual or immediate; connections are always told at once"},
    {"max-draining-generations", "", "N", E::Works, G::Workers,
     "generations that may drain after reloads; the oldest is cut when there are more (default 8)"},
    {"worker-timeout", "", "SECONDS", E::Works, G::Workers,
     "seconds after which a worker whose loop stands still is aborted and replaced (default 30, 0 "
     "= never)"},
    {"start-timeout", "", "SECONDS", E::Works, G::Workers,
     "seconds that new workers may take until they accept; then a reload is given up, a respawned "
     "worker killed (default 15)"},
    {"orphan-grace", "", "SECONDS", E::Works, G::Workers,
     "seconds that workers serve on when the master was killed (default 30)"},
    {"sentinel", "", "", E::Works, G::Workers,
     "save the HTTP connections of a worker that is killed or crashes (off by default)"},
    {"shutdown-delay", "", "SECONDS", E::Works, G::Stopping,
     "seconds to keep accepting after SIGTERM while /ready fails (default: 5 in Kubernetes, else "
     "0)"},
    {"drain-timeout", "", "SECONDS", E::Works, G::Stopping,
     "seconds that requests get after that (default 25, less the delay)"},
    {"log-level", "l", "LEVEL", E::Works, G::Logging,
     "trace debug info warning error critical off"},
    {"component-log-level", "", "LIST", E::Works, G::Logging,
     "for example upstream:debug,http:trace"},
    {"log-path", "", "FILE", E::Works, G::Logging, "file of the application log (default: stderr)"},
    {"log-format", "", "FORMAT", E::Works, G::Logging,
     "format of the application log, as spdlog writes it"},
    {"service-node", "", "ID", E::Works, G::Identity, "node.id"},
    {"service-cluster", "", "NAME", E::Works, G::Identity, "node.cluster"},
    {"service-zone", "", "ZONE", E::Works, G::Identity, "node.locality.zone"},
    {"admin-address-path", "", "FILE", E::Works, G::Identity,
     "file that gets the address of the admin interface"},
    {"user", "", "NAME", E::Works, G::Identity,
     "NAME[:GROUP] of the workers, when started as root"},
    {"pid-file", "", "FILE", E::Works, G::Identity, "file that gets the master's process id"},
    {"control-path", "", "SOCKET", E::Works, G::Identity,
     "unix socket of `convoy reload` and the other commands"},
    {"metrics-address", "", "HOST:PORT", E::Works, G::Information,
     "a listener that serves /stats/prometheus and /ready and nothing else (or the path of a unix "
     "socket)"},
    {"dashboard-actions", "", "", E::Works, G::Information,
     "the dashboard of the admin interface has buttons to reload, to drain and for log levels (off "
     "by default)"},
    {"version", "", "", E::Works, G::Information, "print the version"},
    {"help", "h", "", E::Works, G::Information, "print this text"},
    {"hot-restart-version", "", "", E::Works, G::Information, "print \"disabled\""},
    {"base-id", "", "N", E::Silent, G::NoEffect, "no effect: Envoy's hot restart"},
    {"base-id-path", "", "FILE", E::Silent, G::NoEffect, "no effect: Envoy's hot restart"},
    {"use-dynamic-base-id", "", "", E::Silent, G::NoEffect, "no effect: Envoy's hot restart"},
    {"skip-hot-restart-on-no-parent", "", "", E::Silent, G::NoEffect,
     "no effect: Envoy's hot restart"},
    {"skip-hot-restart-parent-stats", "", "", E::Silent, G::NoEffect,
     "no effect: Envoy's hot restart"},
    {"restart-epoch", "", "N", E::Silent, G::NoEffect, "no effect: Envoy's hot restart"},
    {"parent-shutdown-time-s", "", "SECONDS", E::Silent, G::NoEffect,
     "no effect: Envoy's hot restart"},
    {"disable-hot-restart", "", "", E::Silent, G::NoEffect, "no effect: Envoy's hot restart"},
    {"socket-path", "", "SOCKET", E::Silent, G::NoEffect, "no effect: Envoy's hot restart"},
    {"socket-mode", "", "MODE", E::Silent, G::NoEffect, "no effect: Envoy's hot restart"},
    {"bootstrap-version", "", "N", E::Silent, G::NoEffect,
     "no effect: v2 and v3 are told apart by themselves"},
    {"cpuset-threads", "", "", E::Silent, G::NoEffect,
     "no effect: affinity and CPU quota always count"},
    {"enable-mutex-tracing", "", "", E::Silent, G::NoEffect, "no effect: there are no threads"},
    {"enable-core-dump", "", "", E::Silent, G::NoEffect,
     "no effect: set the core limit of the shell or unit"},
    {"log-stacktrace-single-entry", "", "", E::Silent, G::NoEffect,
     "no effect: a crash is reported in one entry"},
    {"skip-deprecated-logs", "", "", E::Silent, G::NoEffect, "no effect"},
    {"reject-unknown-dynamic-fields", "", "", E::Silent, G::NoEffect,
     "no effect: no dynamic configuration yet"},
    {"ignore-unknown-dynamic-fields", "", "", E::Silent, G::NoEffect,
     "no effect: no dynamic configuration yet"},
    {"local-address-ip-version", "", "v4|v6", E::Silent, G::NoEffect,
     "no effect: used by dynamic configuration"},
    {"log-format-escaped", "", "", E::Warns, G::Unsupported,
     "not supported: control characters stay as they are"},
    {"enable-fine-grain-logging", "", "", E::Warns, G::Unsupported,
     "not supported: levels are per component"},
    {"file-flush-interval-msec", "", "MS", E::Warns, G::Unsupported,
     "not supported: access logs flush within 250 ms"},
    {"file-flush-min-size-kb", "", "KB", E::Warns, G::Unsupported,
     "not supported: access logs flush at 64 KiB"},
    {"disable-extensions", "", "LIST", E::Warns, G::Unsupported,
     "not supported: all extensions stay"},
    {"stats-tag", "", "TAG", E::Warns, G::Unsupported, "not supported: no tag is added"},
};

constexpr Subcommand kSubcommands[] = {
    {"status", "", K::Asks, false, "workers, generations, listeners, the last reload"},
    {"reload", "", K::Asks, false, "read the configuration again and replace the workers"},
    {"workers", "N", K::Asks, true, "change the number of workers"},
    {"drain", "", K::Asks, false,
     "fail /ready, stop accepting after the shutdown delay, finish what is under way"},
    {"upgrade", "", K::Asks, false, "replace the program, with the same pid"},
    {"check", "FILE", K::Checks, false, "check a configuration, as --mode validate does"},
    {"validate", "FILE", K::Checks, false, "the same, by its older name"},
    {"explain", "CODE", K::Answers, false, "what an error code means, and what to do"},
    {"completion", "bash|zsh|fish", K::Answers, true, "print the completion script of a shell"},
};

constexpr SubcommandFlag kSubcommandFlags[] = {
    {"wait", "", " reload workers drain upgrade ",
     "wait for the end; the exit status is its truth"},
    {"pid", "PID", " status reload workers drain upgrade ", "process id of the master"},
    {"binary", "FILE", " upgrade ",
     "the new program (default: the path that convoy was started from)"},
};

}  // namespace

std::span<const Flag> flags() {
  return kFlags;
}

const Flag* findFlag(std::string_view name) {
  for (const Flag& flag : kFlags) {
    if (flag.name == name || (!flag.letter.empty() && flag.letter == name)) return &flag;
  }
  return nullptr;
}

std::string_view titleOf(Flag::Group group) {
  switch (group) {
    case G::Configuration:
      return "Configuration";
    case G::Workers:
      return "Workers and reloads";
    case G::Stopping:
      return "Stopping";
    case G::Logging:
      return "Log of the application";
    case G::Identity:
      return "Names, users and places";
    case G::Information:
      return "Information";
    case G::NoEffect:
      return "Taken as Envoy takes them, nothing to do here";
    case G::Unsupported:
      return "Taken with a warning: not supported";
  }
  return "";
}

std::span<const Subcommand> subcommands() {
  return kSubcommands;
}

const Subcommand* findSubcommand(std::string_view name) {
  for (const Subcommand& command : kSubcommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::span<const SubcommandFlag> subcommandFlags() {
  return kSubcommandFlags;
}

bool SubcommandFlag::belongsTo(std::string_view command) const {
  const size_t at = commands.find(command);
  return at != std::string_view::npos && at > 0 && commands[at - 1] == ' ' &&
         commands[at + command.size()] == ' ';
}

}  // namespace convoy::master

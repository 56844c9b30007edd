#include "master/upstream/event_logs.h"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace convoy::master {

namespace {

const char* checkerType(config::HealthCheck::Kind kind) {
  switch (kind) {
    case config::HealthCheck::Kind::Http:
      return "HTTP";
    case config::HealthCheck::Kind::Grpc:
      return "GRPC";
    case config::HealthCheck::Kind::Tcp:
      break;
  }
  return "TCP";
}

std::string timeText(int64_t wall_us) {
  const auto seconds = static_cast<time_t>(wall_us / 1000000);
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     wall_us / 1000 % 1000);
}

Json::Value addressOf(const ipc::EndpointHost& host) {
  Json::Value out(Json::objectValue);
  if (!host.path.empty()) {
    out["pipe"]["path"] = host.path;
    return out;
  }
  out["socket_address"]["protocol"] = "TCP";
  out["socket_address"]["address"] = host.ip;
  out["socket_address"]["port_value"] = host.port;
  return out;
}

bool append(const std::string& path, const std::string& line) {
  // Non-blocking so that a named pipe without a reader is an error and not a hang.
  base::UniqueFd fd(::open(
      path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644));
  return fd.valid() &&
         ::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace

std::string healthEventLine(const config::Cluster& cluster, const ipc::EndpointHost& host,
                            const HealthEvent& event, int64_t wall_us) {
  Json::Value out(Json::objectValue);
  out["health_checker_type"] = checkerType(cluster.health_checks.front().kind);
  out["host"] = addressOf(host);
  out["cluster_name"] = cluster.name;
  out["timestamp"] = timeText(wall_us);
  const char* failure = event.network ? "NETWORK" : "ACTIVE";
  switch (event.kind) {
    case HealthEvent::Kind::Ejected:
      out["eject_unhealthy_event"]["failure_type"] = failure;
      break;
    case HealthEvent::Kind::Added:
      out["add_healthy_event"]["first_check"] = event.first;
      break;
    case HealthEvent::Kind::Failed:
      out["health_check_failure_event"]["failure_type"] = failure;
      out["health_check_failure_event"]["first_check"] = event.first;
      break;
    case HealthEvent::Kind::Passed:
      out["successful_health_check_event"] = Json::Value(Json::objectValue);
      break;
  }
  return base::writeJson(out) + "\n";
}

void EventLogs::write(const config::Cluster& cluster, const ipc::EndpointHost& host,
                      const HealthEvent& event, int64_t wall_us) {
  const std::string line = healthEventLine(cluster, host, event, wall_us);
  for (const std::string& path : paths_) {
    if (append(path, line)) {
      failing_ = false;
    } else if (!std::exchange(failing_, true)) {
      base::logger("upstream")
          .error("{}",
                 base::Error::fromErrno(errno, "health check event log \"" + path + "\"").context);
    }
  }
}

}  // namespace convoy::master

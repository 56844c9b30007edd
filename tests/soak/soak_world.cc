#include "tests/soak/soak_world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <poll.h>

#include "tests/fakes/exposition.h"

namespace convoy::fakes {

bool fullSoak() {
  const char* value = getenv("CONVOY_SOAK");
  return value != nullptr && std::string(value) == "1";
}

int soakCount(int full, int brief) {
  return fullSoak() ? full : brief;
}

void reportSoak(const std::string& name, uint64_t count, uint64_t errors, int64_t worst_ms) {
  if (!fullSoak()) return;
  printf("SOAK %s %llu %llu %lld\n", name.c_str(), static_cast<unsigned long long>(count),
         static_cast<unsigned long long>(errors), static_cast<long long>(worst_ms));
  fflush(stdout);
}

EchoWorld::EchoWorld(int workers, std::vector<std::string> args)
    : http(freePort()), tcp(freePort()) {
  config = configWith("first");
  if (workers == 0) return;
  ConvoyProcess::Options options;
  options.args = std::move(args);
  options.concurrency = workers;
  convoy = std::make_unique<ConvoyProcess>(config, options);
}

Config EchoWorld::configWith(const std::string& marker) const {
  Config made(config.adminPort());
  made.http(http,
            "{match: {path: /marker}, direct_response: {status: 200, body: {inline_string: \"" +
                marker + "\"}}}, " + Config::toCluster("echo", "timeout: 60s"),
            "upgrade_configs: [{upgrade_type: websocket}]")
      .tcp(tcp, "raw")
      .cluster("echo", {backend.port()},
               "circuit_breakers: {thresholds: [{max_connections: 2000, "
               "max_pending_requests: 100000, max_requests: 100000}]}")
      .cluster("raw", {backend.tcpPort()});
  return made;
}

StrictClient::Group EchoWorld::group(StrictClient::Mode mode, int connections, int pause_ms) const {
  StrictClient::Group made;
  made.mode = mode;
  made.port = mode == StrictClient::Mode::Tcp ? tcp : http;
  made.connections = connections;
  made.pause = Millis(pause_ms);
  return made;
}

std::vector<StrictClient::Group> EchoWorld::everybody() const {
  using Mode = StrictClient::Mode;
  return {group(Mode::Get, 16),  group(Mode::Post, 16),     group(Mode::SlowPost, 4),
          group(Mode::Fresh, 4), group(Mode::Pipelined, 4), group(Mode::Echo, 4),
          group(Mode::Tcp, 4)};
}

Ended EchoWorld::command(std::vector<std::string> words) const {
  words.insert(words.begin(), ConvoyProcess::binary());
  words.push_back("--control-path");
  words.push_back(convoy->dir().path("control.sock"));
  return Child::run(std::move(words), Millis(60000));
}

CounterWatch::CounterWatch(const ConvoyProcess& convoy)
    : convoy_(convoy), thread_([this] { run(); }) {}

void CounterWatch::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void CounterWatch::run() {
  while (!stopping_) {
    const int64_t next = nowMs() + 10;
    const HttpMessage answer = convoy_.admin("/stats/prometheus");
    if (!answer.ok() || answer.status != 200) {
      complaints_.push_back("scrape failed: " + answer.error);
    } else {
      compare(answer.body);
    }
    ++scrapes_;
    poll(nullptr, 0, static_cast<int>(std::max<int64_t>(0, next - nowMs())));  // the pace
  }
}

void CounterWatch::compare(const std::string& text) {
  const Exposition now = parseExposition(text);
  if (complaints_.size() > 20) return;
  for (const std::string& error : now.errors) complaints_.push_back(error);
  std::map<std::string, double> counters;
  for (const auto& [series, value] : now.samples) {
    std::string family = series.substr(0, series.find('{'));
    for (const std::string suffix : {"_bucket", "_count"}) {
      const bool has = family.size() > suffix.size() && family.ends_with(suffix);
      if (has && !now.types.contains(family)) family.resize(family.size() - suffix.size());
    }
    const auto type = now.types.find(family);
    if (type == now.types.end() || type->second == "gauge") continue;
    counters[series] = value;
    const auto old = before_.find(series);
    if (old != before_.end() && value < old->second) {
      complaints_.push_back(series + ": " + std::to_string(old->second) + " -> " +
                            std::to_string(value));
    }
  }
  before_ = std::move(counters);
}

double requestsCounted(const ConvoyProcess& convoy) {
  return convoy.metric("envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix=\"web\"}");
}

std::string activeGauges(const ConvoyProcess& convoy) {
  const Exposition now = parseExposition(convoy.admin("/stats/prometheus").body);
  std::string found;
  for (const auto& [series, value] : now.samples) {
    const std::string family = series.substr(0, series.find('{'));
    const bool traffic = family.find("downstream") != std::string::npos ||
                         family.find("rq_active") != std::string::npos;
    const bool ours = series.find("admin") == std::string::npos;  // this scrape itself
    if (ours && traffic && family.ends_with("_active") && value != 0) {
      found += series + " " + std::to_string(value) + "; ";
    }
  }
  return found;
}

int zombiesOf(pid_t parent) {
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.empty() || !isdigit(static_cast<unsigned char>(name[0]))) continue;
    const std::string stat = readFile(entry.path() / "stat");
    const size_t end = stat.rfind(") ");
    if (end == std::string::npos || stat[end + 2] != 'Z') continue;
    if (atoi(stat.c_str() + end + 4) == parent) ++found;
  }
  return found;
}

std::vector<pid_t> titled(const ConvoyProcess& convoy, const std::string& title) {
  std::vector<pid_t> found;
  for (const pid_t pid : convoy.workers()) {
    const std::string process = "/proc/" + std::to_string(pid);
    if (readFile(process + "/comm") == "sentinel\n") continue;
    if (readFile(process + "/cmdline").rfind(title, 0) == 0) found.push_back(pid);
  }
  return found;
}

bool allGone(const ConvoyProcess& convoy, const std::vector<pid_t>& before, Millis limit) {
  return eventually(
      [&] {
        const std::vector<pid_t> now = convoy.workers();
        return std::none_of(before.begin(), before.end(), [&](pid_t pid) {
          return std::find(now.begin(), now.end(), pid) != now.end();
        });
      },
      limit);
}

}  // namespace convoy::fakes

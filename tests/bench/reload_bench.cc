// reload_bench: what clients see of 100 reloads in 20 seconds, of Convoy and of Debian's nginx and
// HAProxy, one after the other: 32 keep-alive connections, half of them POST, no retry. Each
// program gets a configuration of its own here and the same backend. Counts the reloads that were
// completed, in whatever way the program tells it. Prints one table, and judges nothing.
// BENCH_RELOADS=10 makes it shorter.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <poll.h>
#include <unistd.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/echo_upstream.h"
#include "tests/fakes/other_programs.h"
#include "tests/fakes/strict_client.h"

namespace convoy::fakes {
namespace {

constexpr int kPaceMs = 200;

int reloads() {
  const char* value = getenv("BENCH_RELOADS");
  return value ? std::max(1, atoi(value)) : 100;
}

// `completed`: how many reloads the program says it has carried out.
void measure(const std::string& name, uint16_t port, const std::function<void()>& reload,
             const std::function<int()>& completed) {
  if (!eventually([&] { return httpGet(port, "/").ok(); })) {
    printf("%-10s did not start\n", name.c_str());
    return;
  }
  StrictClient::Group get, post;
  get.port = post.port = port;
  get.connections = post.connections = 16;
  post.mode = StrictClient::Mode::Post;
  StrictClient clients({get, post});
  if (!eventually([&] { return clients.answers() > 500; })) {
    printf("%-10s did not answer: %s\n", name.c_str(), clients.stop().text().c_str());
    return;
  }
  for (int i = 0; i < reloads(); ++i) {
    const int64_t next = nowMs() + kPaceMs;
    reload();
    poll(nullptr, 0, static_cast<int>(std::max<int64_t>(0, next - nowMs())));  // the pace
  }
  // The last one may still be under way.
  eventually([&] { return completed() >= reloads(); }, Millis(3000));
  const StrictClient::Report report = clients.stop();
  const uint64_t idle = report.failed("reset-idle") + report.failed("eof-idle");
  const uint64_t failed = report.failed() - idle;
  printf("%-10s %10d %10llu %10llu %10llu %10llu %10lld\n", name.c_str(), completed(),
         static_cast<unsigned long long>(report.answers + failed),
         static_cast<unsigned long long>(failed), static_cast<unsigned long long>(idle),
         static_cast<unsigned long long>(report.opened - 32),
         static_cast<long long>(report.worst_ms));
  for (const auto& [kind, count] : report.errors) {
    printf("             %s: %llu\n", kind.c_str(), static_cast<unsigned long long>(count));
  }
  fflush(stdout);
}

int occurrences(const std::string& text, const std::string& what) {
  int found = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++found;
  return found;
}

void convoy(const EchoUpstream& backend) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("echo")).cluster("echo", {backend.port()});
  const ConvoyProcess program(config);
  measure(
      "convoy", port, [&] { program.signal(SIGHUP); },
      [&] { return static_cast<int>(program.metric("convoy_reloads_total{result=\"ok\"}")); });
}

void nginx(const EchoUpstream& backend) {
  if (!missing("nginx").empty()) return void(puts(missing("nginx").c_str()));
  const TempDir dir;
  const uint16_t port = freePort();
  std::string paths;
  for (const char* const kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    paths += std::string(kind) + "_temp_path " + dir.path(kind) + "; ";
  }
  // Started as root, its workers would be nobody.
  const std::string config = dir.write(
      "nginx.conf", std::string(geteuid() == 0 ? "user root;\n" : "") +
                        "daemon off; worker_processes 2; pid " + dir.path("pid") +
                        "; error_log stderr notice;\nevents { worker_connections 1024; }\n" +
                        "http { access_log off; " + paths + "keepalive_requests 100000000;\n" +
                        "upstream echo { server 127.0.0.1:" + std::to_string(backend.port()) +
                        "; keepalive 64; }\nserver { listen 127.0.0.1:" + std::to_string(port) +
                        "; location / { proxy_pass http://echo; proxy_http_version 1.1; "
                        "proxy_set_header Connection \"\"; } } }\n");
  Child child({findProgram("nginx"), "-p", dir.path(""), "-c", config, "-e", "stderr"});
  // A new cycle is said to be begun once the configuration was taken.
  measure(
      "nginx", port, [&] { child.signal(SIGHUP); },
      [&] { return occurrences(child.err(), "start worker processes") - 1; });
  child.signal(SIGTERM);
  if (!child.wait(Millis(5000))) fprintf(stderr, "nginx did not end\n");
}

void haproxy(const EchoUpstream& backend) {
  if (!missing("haproxy").empty()) return void(puts(missing("haproxy").c_str()));
  const TempDir dir;
  const uint16_t port = freePort();
  const std::string config = dir.write(
      "haproxy.cfg",
      "global\n  nbthread 2\n  maxconn 1000\n  stats socket " + dir.path("stats.sock") +
          " mode 600 level admin expose-fd listeners\ndefaults\n  mode http\n  timeout connect "
          "5s\n  timeout client 60s\n  timeout server 60s\nfrontend web\n  bind 127.0.0.1:" +
          std::to_string(port) + "\n  default_backend echo\nbackend echo\n  server one 127.0.0.1:" +
          std::to_string(backend.port()) + "\n");
  Child child({findProgram("haproxy"), "-W", "-f", config});
  measure(
      "haproxy", port, [&] { child.signal(SIGUSR2); },
      [&] { return occurrences(child.err(), "Loading success.") - 1; });
  child.signal(SIGTERM);
  if (!child.wait(Millis(5000))) fprintf(stderr, "haproxy did not end\n");
}

int run() {
  const EchoUpstream backend;
  printf("%d reloads, %d ms apart; 32 keep-alive connections, half POST, no retry\n", reloads(),
         kPaceMs);
  printf("%-10s %10s %10s %10s %10s %10s %10s\n", "", "reloads", "requests", "failed", "cut idle",
         "reopened", "worst ms");
  convoy(backend);
  nginx(backend);
  haproxy(backend);
  return 0;
}

}  // namespace
}  // namespace convoy::fakes

int main() {
  return convoy::fakes::run();
}

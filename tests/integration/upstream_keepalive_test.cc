// Promise: with tcp_keepalive the kernel probes silent connections to backends.
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

// The timer that the kernel runs for the established connection to `port`, by /proc/net/tcp: "02"
// is keep-alive, "00" none; "" without such a connection.
std::string timerTo(uint16_t port) {
  char remote[32];
  std::snprintf(remote, sizeof(remote), "0100007F:%04X", port);
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    char local[64], peer[64], state[8], queues[64], timer[64];
    if (std::sscanf(line.c_str(), " %*s %63s %63s %7s %63s %63s", local, peer, state, queues,
                    timer) == 5 &&
        std::string(peer) == remote && std::string(state) == "01") {
      return std::string(timer).substr(0, 2);
    }
  }
  return "";
}

std::string timerOfProxyWith(const std::string& cluster) {
  FakeUpstream backend;
  Config config;
  const uint16_t port = freePort();
  config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()}, cluster);
  const ConvoyProcess convoy(config);
  EXPECT_EQ(httpGet(port, "/").status, 200);
  std::string timer;
  // Until the answer's acknowledgement is no longer due.
  eventually([&] { return (timer = timerTo(backend.port())) == "02"; }, Millis(1500));
  return timer;
}

TEST(UpstreamKeepalive, SilentConnectionsAreProbed) {
  EXPECT_EQ(timerOfProxyWith("upstream_connection_options: {tcp_keepalive: {keepalive_time: 300}}"),
            "02");
}

TEST(UpstreamKeepalive, WithoutItNothingIsSent) {
  EXPECT_EQ(timerOfProxyWith(""), "00");
}

}  // namespace
}  // namespace convoy::fakes

// Promise: /clusters tells of each host what Envoy's does, summed over the workers: connections and
// requests, those that failed and those that are under way.
#include <atomic>
#include <csignal>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

// cx_active, cx_connect_fail, cx_total, rq_active, rq_error, rq_success, rq_timeout, rq_total
using Numbers = std::vector<double>;

Numbers numbersOf(const ConvoyProcess& convoy, const std::string& cluster, uint16_t port) {
  const std::string text = "\n" + convoy.admin("/clusters").body;
  Numbers out;
  for (const char* name : {"cx_active", "cx_connect_fail", "cx_total", "rq_active", "rq_error",
                           "rq_success", "rq_timeout", "rq_total"}) {
    const std::string start =
        "\n" + cluster + "::127.0.0.1:" + std::to_string(port) + "::" + name + "::";
    const size_t at = text.find(start);
    out.push_back(at == std::string::npos ? -1 : std::stod(text.substr(at + start.size())));
  }
  return out;
}

TEST(HostCounters, RequestsAndConnectionsOverAllWorkers) {
  FakeUpstream backend;
  std::atomic<int> answered{0};
  backend.setHandler([&](const HttpMessage& request, RawClient& connection) {
    const int status = ++answered % 4 == 0 ? 500 : 200;
    return FakeUpstream::respond(status, "x")(request, connection);
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess::Options options;
  options.concurrency = 3;
  const ConvoyProcess convoy(config, options);
  for (int i = 0; i < 40; ++i) httpGet(port, "/");
  const Numbers found = numbersOf(convoy, "backend", backend.port());
  EXPECT_GE(found[0], 1);  // kept, one for each worker that had a request
  EXPECT_LE(found[0], 3);
  EXPECT_EQ(found, (Numbers{found[0], 0, found[0], 0, 10, 30, 0, 40}));
  const std::string json = convoy.admin("/clusters?format=json").body;
  EXPECT_NE(json.find("\"name\": \"rq_total\",\n       \"value\": \"40\""), std::string::npos)
      << json;
}

TEST(HostCounters, WhatFailsAndWhatIsUnderWay) {
  FakeUpstream slow;
  std::atomic<bool> hold{true};
  slow.setHandler([&](const HttpMessage& request, RawClient& connection) {
    eventually([&] { return !hold; });
    return FakeUpstream::respond(200, "x")(request, connection);
  });
  const uint16_t port = freePort(), dead = freePort();
  Config config;
  config
      .http(port,
            "{match: {prefix: /slow}, route: {cluster: slow, timeout: 0.2s}}, "
            "{match: {prefix: /long}, route: {cluster: slow}}, " +
                Config::toCluster("dead"))
      .cluster("dead", {dead})
      .cluster("slow", {slow.port()});
  const ConvoyProcess convoy(config);
  EXPECT_EQ(httpGet(port, "/").status, 503);
  EXPECT_EQ(numbersOf(convoy, "dead", dead), (Numbers{0, 1, 1, 0, 1, 0, 0, 0}));
  EXPECT_EQ(httpGet(port, "/slow").status, 504);
  EXPECT_EQ(numbersOf(convoy, "slow", slow.port()), (Numbers{0, 0, 1, 0, 1, 0, 1, 1}));
  RawClient client(port);
  client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
  const Numbers under_way{1, 0, 2, 1, 1, 0, 1, 2};
  EXPECT_TRUE(eventually([&] { return numbersOf(convoy, "slow", slow.port()) == under_way; }));
  hold = false;
  EXPECT_EQ(client.readResponse().status, 200);
  EXPECT_EQ(numbersOf(convoy, "slow", slow.port()), (Numbers{1, 0, 2, 0, 1, 1, 1, 2}));
}

TEST(HostCounters, TcpProxiesCountConnectionsAndATunnelThatMovesStaysActive) {
  auto backend = FakeUpstream::withSession([](RawClient& connection) {
    connection.readExactly(1);
    connection.send("x");
    connection.readAll();
  });
  const uint16_t port = freePort();
  Config config;
  config.tcp(port, "backend").cluster("backend", {backend->port()});
  const ConvoyProcess convoy(config);
  RawClient client(port);
  client.send("a");
  ASSERT_EQ(client.readExactly(1), "x");
  EXPECT_EQ(numbersOf(convoy, "backend", backend->port()), (Numbers{1, 0, 1, 1, 0, 0, 0, 1}));
  // Counted anew, as after a restart; what is under way has come along.
  ASSERT_EQ(convoy.reload().status, 0) << convoy.log();
  const Numbers moved{1, 0, 0, 1, 0, 0, 0, 0};
  EXPECT_TRUE(eventually([&] { return numbersOf(convoy, "backend", backend->port()) == moved; }));
  client.shutdownWrite();
  client.readAll();
  const Numbers over{0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_TRUE(eventually([&] { return numbersOf(convoy, "backend", backend->port()) == over; }));
}

TEST(HostCounters, AWorkerThatStandsStillDelaysTheAnswerButDoesNotPreventIt) {
  FakeUpstream backend;
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
  const ConvoyProcess convoy(config);
  const pid_t stopped = convoy.workers().front();
  kill(stopped, SIGSTOP);
  const HttpMessage answer = convoy.admin("/clusters");
  kill(stopped, SIGCONT);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("::rq_total::0\n"), std::string::npos) << answer.body;
}

}  // namespace
}  // namespace convoy::fakes

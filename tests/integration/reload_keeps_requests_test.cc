// Promise: a reload loses no request and resets no connection, under load and with a configuration
// that changes each time.
#include <csignal>
#include <cstdlib>
#include <poll.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"
#include "tests/fakes/other_programs.h"

namespace convoy::fakes {
namespace {

bool soak() {
  return getenv("CONVOY_SOAK") != nullptr;
}

// Each version differs by a header and by a second listener that comes and goes.
std::string version(Config config, int number, uint16_t port, uint16_t other) {
  const std::string mark = std::to_string(number);
  config.http(
      port, Config::toCluster("backend"),
      "server_name: \"v" + mark + "\", stream_idle_timeout: " + std::to_string(300 + number) + "s");
  if (number % 2 == 1) config.http(other, Config::direct(200, "v" + mark));
  return config.text();
}

TEST(ReloadKeepsRequests, NoFailureWithAChangedConfigurationEverySecond) {
  if (const std::string why = missing("nginx"); !why.empty()) GTEST_SKIP() << why;
  Nginx nginx("return 200 \"ok\\n\";");
  ASSERT_TRUE(nginx.ready());
  const uint16_t port = freePort(), other = freePort();
  Config base;
  base.cluster("backend", {nginx.port()});
  ConvoyProcess convoy(version(base, 0, port, other), base.adminPort(), {});
  ASSERT_TRUE(convoy.ready());

  LoadClient::Options load;
  load.connections = soak() ? 64 : 32;
  LoadClient clients(port, load);
  const int rounds = soak() ? 30 : 10;
  for (int round = 1; round <= rounds; ++round) {
    convoy.rewrite(version(base, round, port, other));
    const Deadline second(Millis(1000));
    ASSERT_TRUE(convoy.hangup()) << convoy.log();
    EXPECT_TRUE(eventually([&] {
      return httpGet(port, "/").header("server") == "v" + std::to_string(round);
    })) << "round "
        << round;
    poll(nullptr, 0, second.leftMs());
  }
  clients.stop();

  EXPECT_EQ(clients.failed(), 0u) << clients.failures();
  EXPECT_GT(clients.succeeded(), 1000u);
  EXPECT_EQ(convoy.metric("convoy_reloads_total{result=\"ok\"}"), rounds);
}

// The same seen by a load generator that everybody knows and that is none of ours.
TEST(ReloadKeepsRequests, WrkReportsNoErrorWithAChangedConfigurationEverySecond) {
  for (const char* program : {"nginx", "wrk"}) {
    if (const std::string why = missing(program); !why.empty()) GTEST_SKIP() << why;
  }
  Nginx nginx("return 200 \"ok\\n\";");
  ASSERT_TRUE(nginx.ready());
  const uint16_t port = freePort(), other = freePort();
  Config base;
  base.cluster("backend", {nginx.port()});
  ConvoyProcess convoy(version(base, 0, port, other), base.adminPort(), {});
  ASSERT_TRUE(convoy.ready());

  const int seconds = soak() ? 30 : 6;
  Child wrk({findProgram("wrk"), "-t1", "-c64", "-d" + std::to_string(seconds) + "s",
             "http://127.0.0.1:" + std::to_string(port) + "/"});
  int rounds = 0;
  while (wrk.running()) {
    convoy.rewrite(version(base, ++rounds, port, other));
    const Deadline second(Millis(1000));
    ASSERT_TRUE(convoy.hangup()) << convoy.log();
    EXPECT_TRUE(eventually([&] {
      return httpGet(port, "/").header("server") == "v" + std::to_string(rounds);
    })) << "round "
        << rounds;
    poll(nullptr, 0, second.leftMs());
  }

  const std::string report = wrk.out();
  EXPECT_NE(report.find(" requests in "), std::string::npos) << report << wrk.err();
  EXPECT_EQ(report.find("Socket errors"), std::string::npos) << report;
  EXPECT_EQ(report.find("Non-2xx"), std::string::npos) << report;
  EXPECT_GE(rounds, seconds - 1);
}

TEST(ReloadKeepsRequests, AStormOfHangupsMakesFewReloadsAndLosesNothing) {
  Config config;
  const uint16_t port = freePort();
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  LoadClient::Options load;
  load.connections = 8;
  LoadClient clients(port, load);
  const double before = convoy.reloads();
  for (int i = 0; i < 1000; ++i) convoy.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return convoy.reloads() > before; }));
  EXPECT_EQ(convoy.reload().status, 0);
  clients.stop();
  EXPECT_EQ(clients.failed(), 0u) << clients.failures();
  EXPECT_LE(convoy.reloads() - before, 10);
}

TEST(ReloadKeepsRequests, IdleConnectionsSurviveAndAreServedByTheNewConfiguration) {
  const uint16_t port = freePort();
  Config old;
  old.http(port, Config::direct(200, "old"));
  ConvoyProcess convoy(old);
  std::vector<RawClient> idle;
  for (int i = 0; i < 50; ++i) idle.emplace_back(port, Millis(10000));
  for (RawClient& client : idle) ASSERT_EQ(client.get("/").body, "old");

  convoy.rewrite(old.http(freePort(), Config::direct(200, "new listener")).text());
  ASSERT_EQ(convoy.reload().status, 0);

  for (RawClient& client : idle) EXPECT_EQ(client.request("POST", "/", "", "x").status, 200);
}

TEST(ReloadKeepsRequests, ADownloadUnderWayIsFinishedByTheOldGeneration) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    const std::string part(100000, 'x');
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n");
    for (int i = 0; i < 30; ++i) {
      if (!connection.send(part)) return false;
      poll(nullptr, 0, 50);  // the pace of a slow backend
    }
    return true;
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config);
  RawClient client(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return backend.requests() == 1; }));

  EXPECT_EQ(convoy.reload().status, 0);

  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.error, "");
  EXPECT_EQ(answer.body.size(), 3000000u);
}

}  // namespace
}  // namespace convoy::fakes

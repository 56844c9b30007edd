// Promise: SIGTERM under load resets nobody inside the grace period: keep-alive clients, a long
// download in each protocol; and every answered request has its line in the access log.
#include <atomic>
#include <csignal>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"
#include "tests/fakes/other_programs.h"

namespace convoy::fakes {
namespace {

constexpr size_t kHalf = 300'000;

// "/long" is sent in halves, the second one when the test says so; anything else at once.
struct Backend {
  std::atomic<bool> release{false};
  std::atomic<int> waiting{0};
  FakeUpstream upstream{[this](const HttpMessage& request, RawClient& connection) {
    if (request.first_line.find(" /long ") == std::string::npos) {
      return connection.send(responseText(200, "short"));
    }
    const std::string half(kHalf, 'x');
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(2 * kHalf) + "\r\n\r\n");
    connection.send(half);
    ++waiting;
    eventually([this] { return release.load(); }, Millis(20000));
    return connection.send(half);
  }};
  ~Backend() { release = true; }
};

TEST(StopUnderLoad, DownloadsArriveWholeNobodyFailsAndNoLineIsLost) {
  if (const std::string why = missing("curl"); !why.empty()) GTEST_SKIP() << why;
  Backend backend;
  const TempDir dir;
  const std::string log = dir.path("access.log");
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend"), "", log)
      .cluster("backend", {backend.upstream.port()});
  ConvoyProcess convoy(config, {{"--shutdown-delay", "2"}, {}, 2, true, "convoy.yaml"});

  RawClient http1(port, Millis(20000));
  http1.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
  Child http2({findProgram("curl"), "-sS", "--http2-prior-knowledge", "-o", dir.path("body"),
               "http://127.0.0.1:" + std::to_string(port) + "/long"});
  LoadClient::Options options;
  options.connections = 8;
  LoadClient load(port, options);
  ASSERT_TRUE(eventually([&] { return backend.waiting == 2 && load.succeeded() > 100; }))
      << http2.err();

  convoy.signal(SIGTERM);
  ASSERT_TRUE(eventually([&] { return convoy.admin("/ready").status == 503; }));
  const uint64_t then = load.succeeded();
  EXPECT_TRUE(eventually([&] { return load.succeeded() > then + 100; }));
  load.stop();  // the balancer has seen it
  EXPECT_EQ(load.failed(), 0u) << load.failures();
  EXPECT_EQ(convoy.wait(Millis(2500)), std::nullopt) << "it must wait for the downloads";
  backend.release = true;
  const HttpMessage answer = http1.readFinal();
  EXPECT_TRUE(answer.ok()) << answer.error;
  EXPECT_EQ(answer.body.size(), 2 * kHalf);
  EXPECT_EQ(http2.wait(Millis(10000)), 0) << http2.err();
  EXPECT_EQ(readFile(dir.path("body")).size(), 2 * kHalf);
  http1.close();
  EXPECT_EQ(convoy.wait(Millis(10000)), 0) << convoy.log();
  EXPECT_EQ(readLines(log).size(), load.succeeded() + 2);
}

}  // namespace
}  // namespace convoy::fakes

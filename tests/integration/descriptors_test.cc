// Promise: more clients than descriptors wait in the kernel's queue and are served in turn; none is
// accepted and then closed, none gets an error for it.
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

// One worker that may have 64 descriptors: some 18 clients at once.
struct Narrow {
  FakeUpstream backend;
  uint16_t port = freePort();
  TempDir dir;
  std::unique_ptr<ConvoyProcess> convoy;

  Narrow() {
    Config config;
    config.http(port, Config::toCluster("backend"), "", dir.path("log"))
        .cluster("backend", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(
        config, ConvoyProcess::Options{{}, {}, 1, true, "convoy.yaml"});
    // The workers of the next generation have it from the master.
    const rlimit limit{64, 64};
    EXPECT_EQ(prlimit(convoy->pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
    EXPECT_EQ(convoy->reload().status, 0);
    EXPECT_TRUE(eventually([this] { return convoy->workers().size() == 1; }));
  }
  std::vector<RawClient> flood(int count) const {
    std::vector<RawClient> clients;
    for (int i = 0; i < count; ++i) {
      clients.emplace_back(port, Millis(20000));
      EXPECT_TRUE(clients.back().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) << i;
    }
    return clients;
  }
};

TEST(Descriptors, AFloodIsServedToTheLastClientWithoutAnError) {
  Narrow narrow;
  std::vector<RawClient> clients = narrow.flood(200);
  int closing = 0;
  for (size_t i = 0; i < clients.size(); ++i) {
    const HttpMessage answer = clients[i].readFinal();
    ASSERT_EQ(answer.status, 200) << i << ": " << answer.error << "\n" << narrow.convoy->log();
    closing += answer.header("connection") == "close" ? 1 : 0;
    clients[i].close();
  }
  EXPECT_GT(closing, 0);  // while others wait
  EXPECT_GE(narrow.convoy->sum("envoy_listener_downstream_cx_overflow"), 1);
  EXPECT_NE(narrow.convoy->log().find("accepting paused"), std::string::npos);
  // And then all is as before.
  EXPECT_TRUE(eventually([&] { return httpGet(narrow.port, "/").header("connection").empty(); }));
  for (const std::string& line : readLines(narrow.dir.path("log"))) {
    EXPECT_EQ(line.find("\" 503 "), std::string::npos) << line;
  }
}

TEST(Descriptors, ClientsThatOnlyStayMakeRoomForThoseThatWait) {
  Narrow narrow;
  std::vector<RawClient> clients = narrow.flood(60);
  // Nobody closes.
  for (size_t i = 0; i < clients.size(); ++i) {
    const HttpMessage answer = clients[i].readFinal();
    ASSERT_EQ(answer.status, 200) << i << ": " << answer.error;
  }
}

}  // namespace
}  // namespace convoy::fakes

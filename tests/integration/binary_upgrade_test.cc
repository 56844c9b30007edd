// Promise: another program takes over in place, with the same pid, sockets and counts, and no
// client notices; one that cannot, changes nothing.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

namespace fs = std::filesystem;

Ended upgrade(const ConvoyProcess& convoy, const std::string& binary = "") {
  std::vector<std::string> argv = {ConvoyProcess::binary(), "upgrade", "--wait", "--pid",
                                   std::to_string(convoy.pid())};
  if (!binary.empty()) argv.insert(argv.end(), {"--binary", binary});
  return Child::run(argv);
}

std::string programDir() {
  return fs::path(ConvoyProcess::binary()).parent_path().string() + "/tests";
}

double requests(const ConvoyProcess& convoy) {
  return convoy.metric("envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix=\"web\"}");
}

struct Direct {
  uint16_t port = freePort();
  Config config = Config().http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy{config};
};

TEST(BinaryUpgrade, UnderLoadNoClientNoticesAndNoCountIsLost) {
  Direct under;
  ConvoyProcess& convoy = under.convoy;
  LoadClient::Options load;
  load.connections = 16;
  LoadClient clients(under.port, load);
  double last = 0;
  for (int i = 0; i < 5; ++i) {
    const Ended ended = upgrade(convoy);
    ASSERT_EQ(ended.status, 0) << ended.err << convoy.log();
    const double now = requests(convoy);
    EXPECT_GT(now, last);
    last = now;
  }
  clients.stop();
  EXPECT_EQ(clients.failed(), 0u) << clients.failures();
  EXPECT_EQ(clients.opened(), 16u);
  EXPECT_TRUE(eventually([&] {
    return requests(convoy) == static_cast<double>(clients.succeeded());
  })) << requests(convoy)
      << " " << clients.succeeded();
  EXPECT_EQ(convoy.reloads(), 5);
  EXPECT_EQ(convoy.workers().size(), 2u);
  // The same process, and the master that answers is the one that was started.
  EXPECT_EQ(kill(convoy.pid(), 0), 0);
  EXPECT_TRUE(convoy.ready());
}

TEST(BinaryUpgrade, AScrapeThatHasJustConnectedIsAnswered) {
  Direct under;
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0}, reset{0};
  std::thread scraper([&] {
    while (!stop) {
      RawClient client(under.config.adminPort());
      poll(nullptr, 0, 30);  // a client that thinks before it asks
      ++(client.get("/ready").ok() ? answered : reset);
    }
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(upgrade(under.convoy).status, 0);
  stop = true;
  scraper.join();
  EXPECT_GT(answered, 0);
  EXPECT_EQ(reset, 0);
}

TEST(BinaryUpgrade, ByASignalItTakesThePathItWasStartedFrom) {
  Direct under;
  RawClient client(under.port);
  ASSERT_EQ(client.get("/").body, "ok");
  under.convoy.signal(SIGUSR2);
  EXPECT_TRUE(eventually([&] {
    return under.convoy.log().find("upgraded to ") != std::string::npos;
  })) << under.convoy.log();
  EXPECT_EQ(client.get("/").body, "ok");
  under.convoy.signal(SIGTERM);
  client.close();
  EXPECT_EQ(under.convoy.wait(Millis(10000)), 0);
}

TEST(BinaryUpgrade, WhatIsNoConvoyChangesNothing) {
  Direct under;
  TempDir dir;
  std::ofstream(dir.path("text")) << "not a program\n";
  fs::copy_file(ConvoyProcess::binary(), dir.path("cut"));
  fs::resize_file(dir.path("cut"), 5000);
  fs::copy_file("/bin/true", dir.path("true"));
  std::ofstream(dir.path("hangs")) << "#!/bin/sh\nexit 1\n";
  for (const char* name : {"text", "cut", "true", "hangs"}) {
    fs::permissions(dir.path(name), fs::perms::owner_all);
  }
  const std::vector<pid_t> before = under.convoy.workers();
  for (const char* name : {"text", "cut", "true", "hangs", "missing"}) {
    const Ended ended = upgrade(under.convoy, dir.path(name));
    EXPECT_EQ(ended.status, 1) << name;
    EXPECT_NE(ended.err.find(name), std::string::npos) << ended.err;
  }
  EXPECT_EQ(under.convoy.workers(), before);
  EXPECT_EQ(httpGet(under.port, "/").body, "ok");
  EXPECT_EQ(upgrade(under.convoy).status, 0);
}

TEST(BinaryUpgrade, AFileThatTheNewProgramDoesNotTakeChangesNothing) {
  Direct under;
  under.convoy.rewrite("static_resources: {clusters: [{nmae: x}]}");
  const Ended ended = upgrade(under.convoy);
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.err.find("nmae"), std::string::npos) << ended.err;
  EXPECT_EQ(httpGet(under.port, "/").body, "ok");
}

class FallsBack : public ::testing::TestWithParam<const char*> {};

TEST_P(FallsBack, TheOldProgramServesOnWithTheSameWorkers) {
  Direct under;
  ConvoyProcess& convoy = under.convoy;
  TempDir dir;
  const std::string bad = dir.path(GetParam());
  fs::copy_file(programDir() + "/bad_upgrade", bad);
  LoadClient::Options load;
  load.connections = 8;
  LoadClient clients(under.port, load);
  const std::vector<pid_t> before = convoy.workers();

  const Ended ended = upgrade(convoy, bad);

  EXPECT_EQ(ended.status, 1) << convoy.log();
  EXPECT_NE(ended.err.find("the old program serves on"), std::string::npos) << ended.err;
  EXPECT_EQ(convoy.workers(), before);
  EXPECT_EQ(upgrade(convoy).status, 0) << convoy.log();
  clients.stop();
  EXPECT_EQ(clients.failed(), 0u) << clients.failures();
  EXPECT_EQ(clients.opened(), 8u);
  EXPECT_TRUE(
      eventually([&] { return requests(convoy) == static_cast<double>(clients.succeeded()); }));
}

INSTANTIATE_TEST_SUITE_P(BinaryUpgrade, FallsBack, ::testing::Values("crash", "leave", "refuse"));

TEST(BinaryUpgrade, WorkersOfTheNewProgramThatDoNotStartBringTheOldOneBack) {
  Direct under;
  ConvoyProcess& convoy = under.convoy;
  TempDir dir;
  const std::string bad = dir.path("lame");
  fs::copy_file(programDir() + "/bad_upgrade", bad);
  LoadClient::Options load;
  load.connections = 8;
  LoadClient clients(under.port, load);
  const std::vector<pid_t> before = convoy.workers();
  const Ended ended = upgrade(convoy, bad);
  EXPECT_EQ(ended.status, 1) << convoy.log();
  EXPECT_NE(ended.err.find("its workers do not start"), std::string::npos) << ended.err;
  EXPECT_EQ(fs::read_symlink("/proc/" + std::to_string(convoy.pid()) + "/exe"),
            fs::canonical(ConvoyProcess::binary()));
  EXPECT_TRUE(eventually([&] { return convoy.workers() == before; }));
  clients.stop();
  EXPECT_EQ(clients.failed(), 0u) << clients.failures();
  EXPECT_EQ(clients.opened(), 8u);
}

TEST(BinaryUpgrade, AStopAskedForDuringAnUpgradeIsNotForgotten) {
  Direct under;
  under.convoy.signal(SIGUSR2);
  ASSERT_TRUE(eventually([&] { return under.convoy.log().find("asking ") != std::string::npos; }))
      << under.convoy.log();
  under.convoy.signal(SIGTERM);
  EXPECT_EQ(under.convoy.wait(Millis(15000)), 0) << under.convoy.log();
}

TEST(BinaryUpgrade, AGenerationThatDrainsFinishesItsAnswerUnderTheNewProgram) {
  FakeUpstream backend([](const HttpMessage&, RawClient& connection) {
    const std::string part(100000, 'x');
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
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
  ASSERT_EQ(convoy.reload().status, 0);
  ASSERT_EQ(upgrade(convoy).status, 0) << convoy.log();
  const HttpMessage answer = client.readFinal();
  EXPECT_EQ(answer.error, "");
  EXPECT_EQ(answer.body.size(), 2000000u);
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_TRUE(eventually([&] { return convoy.workers().size() == 2; }));
  EXPECT_EQ(requests(convoy), 2);
}

TEST(BinaryUpgrade, AWorkerThatDiesRightAfterwardsIsReplaced) {
  Direct under;
  ASSERT_EQ(upgrade(under.convoy).status, 0);
  const pid_t victim = under.convoy.workers().front();
  kill(victim, SIGKILL);
  EXPECT_TRUE(eventually([&] {
    const auto now = under.convoy.workers();
    return now.size() == 2 && std::count(now.begin(), now.end(), victim) == 0;
  }));
  EXPECT_EQ(httpGet(under.port, "/").body, "ok");
}

}  // namespace
}  // namespace convoy::fakes

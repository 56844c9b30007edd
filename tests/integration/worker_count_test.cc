// Promise: the number of workers changes at run time, up and down, and no request notices.
#include <atomic>
#include <csignal>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

Ended askWorkers(const ConvoyProcess& convoy, const std::string& number) {
  return Child::run({ConvoyProcess::binary(), "workers", number, "--wait", "--control-path",
                     convoy.dir().path("control.sock")});
}

bool hasWorkers(const ConvoyProcess& convoy, size_t n) {
  return eventually([&] {
    return convoy.workers().size() == n &&
           convoy.metric("envoy_server_concurrency{}") == static_cast<double>(n);
  });
}

TEST(WorkerCount, GoesUpAndDownUnderLoadWithoutAFailedRequest) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{}, {}, 1, true, "convoy.yaml"});
  LoadClient::Options load;
  load.connections = 16;
  LoadClient kept(port, load);
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> fresh{0}, refused{0};
  std::thread connecting([&] {
    while (!stop) (httpGet(port, "/").status == 200 ? fresh : refused) += 1;
  });
  for (const char* number : {"8", "2", "5", "1", "3", "2"}) {
    const Ended asked = askWorkers(convoy, number);
    EXPECT_EQ(asked.status, 0) << asked.err;
    EXPECT_EQ(asked.out, std::string(number) + " workers\n");
    EXPECT_TRUE(hasWorkers(convoy, static_cast<size_t>(std::stoi(number)))) << convoy.log();
    const uint64_t done = fresh;
    EXPECT_TRUE(eventually([&] { return fresh > done + 50; }));
  }
  stop = true;
  connecting.join();
  kept.stop();
  EXPECT_EQ(kept.failed(), 0u) << kept.failures();
  EXPECT_EQ(refused, 0u);
  EXPECT_EQ(convoy.reloads(), 0);
}

TEST(WorkerCount, NewConnectionsAreSpreadOverAllOfThem) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{}, {}, 1, true, "convoy.yaml"});
  const auto ofWorker = [&](int slot) {
    double total = 0;
    const std::string family = "envoy_listener_worker_downstream_cx_total{";
    std::istringstream text(convoy.admin("/stats/prometheus").body);
    for (std::string line; std::getline(text, line);) {
      if (line.rfind(family, 0) != 0) continue;
      if (line.find("envoy_worker_id=\"" + std::to_string(slot) + "\"") == std::string::npos)
        continue;
      total += atof(line.c_str() + line.rfind(' ') + 1);
    }
    return total;
  };
  ASSERT_EQ(askWorkers(convoy, "4").status, 0);
  for (int i = 0; i < 400; ++i) ASSERT_EQ(httpGet(port, "/").status, 200);
  for (int slot = 0; slot < 4; ++slot) EXPECT_NEAR(ofWorker(slot), 100, 60) << slot;
}

TEST(WorkerCount, SignalsChangeItByOneAndAReloadKeepsIt) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  convoy.signal(SIGTTIN);
  EXPECT_TRUE(hasWorkers(convoy, 3));
  ASSERT_EQ(convoy.reload().status, 0);
  EXPECT_TRUE(hasWorkers(convoy, 3));
  convoy.signal(SIGTTOU);
  EXPECT_TRUE(hasWorkers(convoy, 2));
  convoy.signal(SIGTTOU);
  EXPECT_TRUE(hasWorkers(convoy, 1));
  convoy.signal(SIGTTOU);
  EXPECT_TRUE(
      eventually([&] { return convoy.log().find("one worker is left") != std::string::npos; }));
  EXPECT_EQ(httpGet(port, "/").status, 200);
  EXPECT_EQ(convoy.workers().size(), 1u);
}

TEST(WorkerCount, UsesTheRunningConfigurationNotTheFileOnDisk) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  convoy.rewrite("static_resources: {listeners: [{nmae: x}]}");
  ASSERT_NE(convoy.reload().status, 0);
  EXPECT_EQ(askWorkers(convoy, "3").status, 0);
  EXPECT_TRUE(hasWorkers(convoy, 3));
  EXPECT_EQ(httpGet(port, "/").status, 200);
  // The file is as wrong as it was.
  EXPECT_EQ(convoy.metric("convoy_config_last_reload_successful{}"), 0);
}

TEST(WorkerCount, NonsenseIsRefusedWithTheBounds) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  for (const char* wrong : {"0", "1025", "many"}) {
    const Ended asked = askWorkers(convoy, wrong);
    EXPECT_EQ(asked.status, 1);
    EXPECT_NE(asked.err.find("from 1 to 1024"), std::string::npos) << asked.err;
  }
  EXPECT_EQ(convoy.workers().size(), 2u);
}

}  // namespace
}  // namespace convoy::fakes

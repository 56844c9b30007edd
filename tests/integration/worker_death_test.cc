// Promise: kill -9 of a worker loses only the requests inside it; it is back within a second, and
// no counter goes backwards.
#include <csignal>
#include <poll.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/load_client.h"

namespace convoy::fakes {
namespace {

TEST(WorkerDeath, OnlyRequestsInsideItFailAndItIsBackWithinASecond) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config);
  LoadClient::Options load;
  load.connections = 16;
  LoadClient clients(port, load);
  ASSERT_TRUE(eventually([&] { return clients.succeeded() > 500; }));

  double counted = convoy.sum("envoy_http_downstream_rq_total");
  for (int round = 0; round < 5; ++round) {
    const auto before = convoy.workers();
    ASSERT_EQ(before.size(), 2u);
    kill(before[static_cast<size_t>(round) % 2], SIGKILL);
    EXPECT_TRUE(eventually(
        [&] {
          const auto now = convoy.workers();
          return now.size() == 2 && now != before && convoy.ready();
        },
        Millis(1000)))
        << convoy.log();
    const double after = convoy.sum("envoy_http_downstream_rq_total");
    EXPECT_GE(after, counted);
    counted = after;
    const uint64_t done = clients.succeeded();
    EXPECT_TRUE(eventually([&] { return clients.succeeded() > done + 200; }));
  }
  clients.stop();

  // Closed loop: a connection has at most one request inside a worker, and each kill takes one
  // worker.
  EXPECT_LE(clients.failed(), 16u * 5u) << clients.failures();
  // What the killed workers had finished is still counted.
  EXPECT_GE(convoy.sum("envoy_http_downstream_rq_total"), static_cast<double>(clients.succeeded()));
  EXPECT_EQ(convoy.sum("convoy_worker_restarts_total"), 5);
}

TEST(WorkerDeath, NewConnectionsAreServedRightAfter) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{}, {}, 1, true, "convoy.yaml"});
  const auto workers = convoy.workers();
  ASSERT_EQ(workers.size(), 1u);
  kill(workers[0], SIGKILL);
  // The listening socket is the master's: nobody is refused meanwhile.
  for (int i = 0; i < 20; ++i) EXPECT_EQ(httpGet(port, "/").status, 200);
}

TEST(WorkerDeath, GaugesOfADeadWorkerReturnToZero) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "ok"));
  ConvoyProcess convoy(config, {{}, {}, 1, true, "convoy.yaml"});
  std::vector<RawClient> open;
  for (int i = 0; i < 10; ++i) open.emplace_back(port, Millis(5000));
  for (RawClient& client : open) ASSERT_EQ(client.get("/").status, 200);
  const std::string gauge =
      "envoy_http_downstream_cx_active{envoy_http_conn_manager_prefix=\"web\"}";
  ASSERT_EQ(convoy.metric(gauge), 10);
  kill(convoy.workers().at(0), SIGKILL);
  EXPECT_TRUE(eventually([&] { return convoy.metric(gauge) == 0; })) << convoy.metric(gauge);
}

}  // namespace
}  // namespace convoy::fakes

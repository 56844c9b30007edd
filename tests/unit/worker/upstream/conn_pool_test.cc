#include "worker/upstream/conn_pool.h"

#include <gtest/gtest.h>

#include "common/net/socket.h"
#include "tests/fakes/proxy_yaml.h"
#include "tests/fakes/raw_client.h"
#include "tests/fakes/worker_fixture.h"

namespace convoy::worker {
namespace {

using stats::ClusterStat;

// Found by LeakSanitizer: each request that was cut made room for one that was to be cut next, and
// the host got a connection for it.
TEST(ConnPool, NothingIsDialledOnceTheProcessEnds) {
  auto silent = net::listenOn(*net::Address::fromIp("127.0.0.1", 0), {});
  ASSERT_TRUE(silent.ok());
  fakes::WorkerFixture world(
      fakes::httpProxyYaml("", "", "    circuit_breakers: {thresholds: [{max_connections: 1}]}\n"));
  world.setHosts(0, {net::Address::localOf(silent->get())->port()});
  ClusterStats& stats = world.clusterStats(0);
  fakes::RawClient waits(world.port(0)), asks(world.port(0));
  ASSERT_TRUE(waits.send("GET / HTTP/1.1\r\n"));
  ASSERT_TRUE(world.runUntil([&] { return world.listener(0).connectionCount() == 1; }));
  ASSERT_TRUE(asks.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(world.runUntil([&] { return stats.get(ClusterStat::upstream_rq_active) == 1; }));
  ASSERT_TRUE(waits.send("Host: a\r\n\r\n"));
  ASSERT_TRUE(
      world.runUntil([&] { return stats.get(ClusterStat::upstream_rq_pending_active) == 1; }));

  world.context().clusters->stopDialling();
  world.listeners().clear();

  EXPECT_EQ(stats.get(ClusterStat::upstream_cx_total), 1u);
  EXPECT_EQ(stats.get(ClusterStat::upstream_cx_active), 0u);
  EXPECT_EQ(stats.get(ClusterStat::upstream_rq_pending_active), 0u);
}

}  // namespace
}  // namespace convoy::worker

// The TCP proxy, socket to socket.
#include "worker/network/tcp_proxy.h"

#include <atomic>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/proxy_yaml.h"
#include "tests/fakes/raw_client.h"
#include "tests/fakes/worker_fixture.h"

namespace convoy {
namespace {

using fakes::FakeUpstream;
using fakes::RawClient;
using stats::ClusterStat;

class TcpProxyTest : public ::testing::Test {
 protected:
  void start(const std::string& extra = "") {
    worker_ = std::make_unique<fakes::WorkerFixture>(fakes::tcpProxyYaml(extra));
  }
  void play(const std::function<void()>& client) {
    std::atomic<bool> done{false};
    std::thread thread([&] {
      client();
      done = true;
    });
    EXPECT_TRUE(worker_->runUntil([&] { return done.load(); }, 20000));
    thread.join();
  }
  bool idle() {
    return worker_->runUntil([&] { return worker_->listener(0).connectionCount() == 0; });
  }
  uint16_t port() { return worker_->port(0); }
  worker::ClusterStats& stats() { return worker_->clusterStats(0); }

  std::unique_ptr<fakes::WorkerFixture> worker_;
};

std::unique_ptr<FakeUpstream> echo() {
  return FakeUpstream::withSession([](RawClient& connection) {
    for (;;) {
      const std::string bytes = connection.readSome();
      if (bytes.empty() || !connection.send(bytes)) return;
    }
  });
}

TEST_F(TcpProxyTest, CarriesBytesBothWays) {
  start();
  auto upstream = echo();
  worker_->setHosts(0, {upstream->port()});
  play([&] {
    RawClient client(port());
    client.send("ping");
    EXPECT_EQ(client.readExactly(4), "ping");
  });
  EXPECT_TRUE(idle());
  EXPECT_EQ(stats().get(ClusterStat::upstream_cx_active), 0u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_cx_total), 1u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_cx_tx_bytes_total), 4u);
}

TEST_F(TcpProxyTest, AServerMaySpeakFirst) {
  start();
  auto upstream = FakeUpstream::withSession([](RawClient& connection) {
    connection.send("220 ready\r\n");
    connection.readSome();
  });
  worker_->setHosts(0, {upstream->port()});
  play([&] {
    RawClient client(port());
    EXPECT_EQ(client.readUntil("\r\n"), "220 ready\r\n");
  });
}

TEST_F(TcpProxyTest, AHalfClosedClientStillGetsItsAnswer) {
  start();
  auto upstream = FakeUpstream::withSession([](RawClient& connection) {
    const std::string all = connection.readAll();
    connection.send("got " + std::to_string(all.size()));
  });
  worker_->setHosts(0, {upstream->port()});
  play([&] {
    RawClient client(port());
    client.send(std::string(100000, 'x'));
    client.shutdownWrite();
    EXPECT_EQ(client.readAll(), "got 100000");
  });
  EXPECT_TRUE(idle());
}

TEST_F(TcpProxyTest, AHalfClosedServerStillGetsTheRest) {
  start();
  std::atomic<size_t> received{0};
  auto upstream = FakeUpstream::withSession([&](RawClient& connection) {
    connection.send("bye");
    connection.shutdownWrite();
    received = connection.readAll().size();
  });
  worker_->setHosts(0, {upstream->port()});
  play([&] {
    RawClient client(port());
    EXPECT_EQ(client.readAll(), "bye");
    client.send(std::string(50000, 'y'));
    client.close();
    EXPECT_TRUE(fakes::eventually([&] { return received == 50000; }));
  });
}

TEST_F(TcpProxyTest, MovesManyMegabytesUnchanged) {
  start();
  auto upstream = echo();
  worker_->setHosts(0, {upstream->port()});
  std::string block(1 << 20, '\0');
  for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 31 + i / 256);
  play([&] {
    RawClient client(port());
    for (int i = 0; i < 16; ++i) {
      std::thread sender([&] { client.send(block); });
      EXPECT_TRUE(client.readExactly(block.size()) == block);
      sender.join();
    }
  });
}

TEST_F(TcpProxyTest, NoHostClosesTheClient) {
  start();
  play([&] {
    RawClient client(port());
    EXPECT_EQ(client.readAll(), "");
  });
  EXPECT_TRUE(idle());
}

TEST_F(TcpProxyTest, ARefusedHostIsTriedAsOftenAsConfigured) {
  start("          max_connect_attempts: 3\n");
  uint16_t closed_port = 0;
  {
    FakeUpstream gone;
    closed_port = gone.port();
  }
  worker_->setHosts(0, {closed_port});
  play([&] {
    RawClient client(port());
    EXPECT_EQ(client.readAll(), "");
  });
  EXPECT_TRUE(idle());
  EXPECT_EQ(stats().get(ClusterStat::upstream_cx_connect_fail), 3u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_cx_active), 0u);
}

TEST_F(TcpProxyTest, IdleConnectionsEnd) {
  start("          idle_timeout: 0.1s\n");
  auto upstream = echo();
  worker_->setHosts(0, {upstream->port()});
  play([&] {
    RawClient client(port());
    client.send("a");
    EXPECT_EQ(client.readExactly(1), "a");
    EXPECT_EQ(client.readAll(), "");
  });
  EXPECT_TRUE(idle());
}

TEST_F(TcpProxyTest, AResetOnOneSideReachesTheOther) {
  start();
  std::atomic<bool> ended{false};
  auto upstream = FakeUpstream::withSession([&](RawClient& connection) {
    connection.readSome();
    connection.readSome();
    ended = true;
  });
  worker_->setHosts(0, {upstream->port()});
  play([&] {
    RawClient client(port());
    client.send("x");
    fakes::eventually([&] { return upstream->connections() == 1; });
    client.reset();
    EXPECT_TRUE(fakes::eventually([&] { return ended.load(); }));
  });
  EXPECT_TRUE(idle());
}

}  // namespace
}  // namespace convoy

#include "master/upstream/endpoints.h"

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

using config::Cluster;

struct FakeResolver : Resolver {
  void resolve(const std::string& name, Cluster::DnsFamily, Callback callback) override {
    asked.push_back(name);
    callbacks.push_back(std::move(callback));
  }
  uint64_t pending() const override { return callbacks.size(); }
  void answer(size_t i, std::vector<std::string> addresses, uint64_t ttl_ms = 0) {
    DnsAnswer out;
    out.ok = !addresses.empty();
    out.addresses = std::move(addresses);
    out.ttl_ms = ttl_ms;
    out.error = "no such name";
    callbacks.at(i)(out);
  }
  std::vector<std::string> asked;
  std::vector<Callback> callbacks;
};

struct Recorder : EndpointsCallbacks {
  void onEndpointsReady() override { ++ready; }
  void onEndpointsChanged(const ipc::EndpointsPayload& payload) override {
    changes.push_back(payload);
  }
  void onEndpointsCount(const std::string& raw_name) override { ++counts[raw_name]; }
  int ready = 0;
  std::vector<ipc::EndpointsPayload> changes;
  std::map<std::string, int> counts;
};

config::LbEndpoint endpoint(const std::string& address, uint16_t port = 80) {
  config::LbEndpoint out;
  out.address.address = address;
  out.address.port_value = port;
  return out;
}

class EndpointsTest : public ::testing::Test {
 protected:
  Cluster& add(Cluster::Discovery discovery, std::vector<config::LbEndpoint> endpoints) {
    Cluster cluster;
    cluster.name = "c" + std::to_string(bootstrap_->clusters.size());
    cluster.discovery = discovery;
    cluster.dns_refresh_rate_ms = 1;
    cluster.endpoints = std::move(endpoints);
    bootstrap_->clusters.push_back(cluster);
    return bootstrap_->clusters.back();
  }
  Endpoints& start() {
    endpoints_ = std::make_unique<Endpoints>(loop_, resolver_, seen_, bootstrap_);
    endpoints_->start();
    return *endpoints_;
  }
  std::vector<std::string> ips(size_t cluster) {
    std::vector<std::string> out;
    for (const auto& host : endpoints_->hosts(cluster)) out.push_back(host.ip);
    return out;
  }
  net::EventLoop loop_;
  FakeResolver resolver_;
  Recorder seen_;
  std::shared_ptr<config::Bootstrap> bootstrap_ = std::make_shared<config::Bootstrap>();
  std::unique_ptr<Endpoints> endpoints_;
};

using Strings = std::vector<std::string>;

TEST_F(EndpointsTest, StaticAndNumericHostsNeedNoName) {
  add(Cluster::Discovery::Static, {endpoint("10.0.0.1"), endpoint("10.0.0.2", 81)});
  add(Cluster::Discovery::StrictDns, {endpoint("127.0.0.1", 8002)});
  start();
  ASSERT_TRUE(turnUntil(loop_, [this] { return seen_.ready == 1; }));
  EXPECT_TRUE(resolver_.asked.empty());
  EXPECT_EQ(ips(0), (Strings{"10.0.0.1", "10.0.0.2"}));
  EXPECT_EQ(endpoints_->all().clusters[1].hosts[0].port, 8002);
}

TEST_F(EndpointsTest, StrictDnsTakesAllAddressesInAnyOrder) {
  add(Cluster::Discovery::StrictDns, {endpoint("a.test")});
  start();
  EXPECT_EQ(seen_.ready, 0);
  resolver_.answer(0, {"10.0.0.2", "10.0.0.1"});
  EXPECT_EQ(seen_.ready, 1);
  EXPECT_EQ(ips(0), (Strings{"10.0.0.1", "10.0.0.2"}));
  EXPECT_EQ(endpoints_->hosts(0)[0].hostname, "a.test");
  ASSERT_TRUE(turnUntil(loop_, [this] { return resolver_.asked.size() == 2; }));
  resolver_.answer(1, {"10.0.0.1", "10.0.0.2"});
  EXPECT_TRUE(seen_.changes.empty());
  EXPECT_EQ(seen_.counts["cluster.c0.update_no_rebuild"], 1);
}

TEST_F(EndpointsTest, LogicalDnsKeepsItsAddressWhileTheNameHasIt) {
  add(Cluster::Discovery::LogicalDns, {endpoint("a.test")});
  start();
  resolver_.answer(0, {"10.0.0.1", "10.0.0.2"});
  EXPECT_EQ(ips(0), Strings{"10.0.0.1"});
  ASSERT_TRUE(turnUntil(loop_, [this] { return resolver_.asked.size() == 2; }));
  resolver_.answer(1, {"10.0.0.2", "10.0.0.1"});
  EXPECT_EQ(ips(0), Strings{"10.0.0.1"});
  ASSERT_TRUE(turnUntil(loop_, [this] { return resolver_.asked.size() == 3; }));
  resolver_.answer(2, {"10.0.0.2"});
  EXPECT_EQ(ips(0), Strings{"10.0.0.2"});
  ASSERT_EQ(seen_.changes.size(), 1u);
  EXPECT_EQ(seen_.changes[0].clusters[0].hosts[0].ip, "10.0.0.2");
}

TEST_F(EndpointsTest, AFailureKeepsTheLastGoodSetAndIsCounted) {
  add(Cluster::Discovery::StrictDns, {endpoint("a.test")});
  start();
  resolver_.answer(0, {"10.0.0.1"});
  ASSERT_TRUE(turnUntil(loop_, [this] { return resolver_.asked.size() == 2; }));
  resolver_.answer(1, {});
  EXPECT_EQ(ips(0), Strings{"10.0.0.1"});
  EXPECT_EQ(seen_.counts["cluster.c0.update_failure"], 1);
  EXPECT_EQ(seen_.counts["cluster.c0.update_success"], 1);
  EXPECT_TRUE(turnUntil(loop_, [this] { return resolver_.asked.size() == 3; }));
}

TEST_F(EndpointsTest, ANameThatFailsAtTheStartDoesNotHoldItUp) {
  add(Cluster::Discovery::StrictDns, {endpoint("bad.test"), endpoint("good.test")});
  start();
  resolver_.answer(0, {});
  EXPECT_EQ(seen_.ready, 0);
  resolver_.answer(1, {"10.0.0.9"});
  EXPECT_EQ(seen_.ready, 1);
  EXPECT_EQ(ips(0), Strings{"10.0.0.9"});
}

TEST_F(EndpointsTest, TheTtlIsRespectedIfAsked) {
  add(Cluster::Discovery::StrictDns, {endpoint("a.test")}).respect_dns_ttl = true;
  start();
  resolver_.answer(0, {"10.0.0.1"}, 3600000);
  auto soon = loop_.createTimer([this] { loop_.stop(); });
  soon->start(30);
  loop_.run();
  EXPECT_EQ(resolver_.asked.size(), 1u);
}

TEST_F(EndpointsTest, WhatWorkersWereToldIsKnownToTheNextProgram) {
  add(Cluster::Discovery::StrictDns,
      {endpoint("a.test"), endpoint("127.0.0.9"), endpoint("b.test")});
  start();
  resolver_.answer(0, {"10.0.0.1", "10.0.0.2"});
  resolver_.answer(1, {"10.0.0.3"});
  const ipc::EndpointsPayload told = endpoints_->all();
  const auto before = ips(0);
  ASSERT_EQ(before.size(), 4u);
  endpoints_ = std::make_unique<Endpoints>(loop_, resolver_, seen_, bootstrap_);
  endpoints_->inherit(told);
  EXPECT_EQ(ips(0), before);
  endpoints_->start();
  resolver_.answer(2, {});
  EXPECT_EQ(ips(0), before);
  ipc::EndpointsPayload strange = told;
  strange.clusters[0].cluster = 77;
  endpoints_->inherit(strange);
  EXPECT_EQ(ips(0), before);
}

TEST_F(EndpointsTest, AReloadKnowsWhatTheLastConfigurationKnew) {
  add(Cluster::Discovery::StrictDns, {endpoint("a.test")});
  Endpoints& old = start();
  resolver_.answer(0, {"10.0.0.1"});
  Endpoints next(loop_, resolver_, seen_, bootstrap_);
  next.inherit(old);
  ASSERT_EQ(next.hosts(0).size(), 1u);
  EXPECT_EQ(next.hosts(0)[0].ip, "10.0.0.1");
}

}  // namespace
}  // namespace convoy::master

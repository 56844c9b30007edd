// Of several filter chains the one is chosen that Envoy would choose: criterion by criterion, the
// most specific first, without going back.
#include "worker/listener/chain_match.h"

#include <string>

#include <gtest/gtest.h>

namespace convoy::worker {

namespace {

class ChainMatchTest : public ::testing::Test {
 protected:
  config::FilterChainMatch& chain() {
    if (count_++ == 0) return listener_.filter_chain.match;
    return listener_.more_chains.emplace_back().match;
  }
  void defaultChain() {
    chain();
    listener_.has_default_chain = true;
  }
  static net::Address ip(const std::string& text, uint16_t port = 1) {
    return *net::Address::fromIp(text, port);
  }
  std::optional<size_t> find(const ClientHello* hello = nullptr,
                             const net::Address& peer = ip("10.1.2.3", 5000),
                             const net::Address& local = ip("192.0.2.1", 443)) {
    return ChainMatch(listener_).find({peer, local, hello});
  }
  std::optional<size_t> named(const std::string& name) {
    ClientHello hello;
    hello.server_name = name;
    return find(&hello);
  }

  config::Listener listener_;
  int count_ = 0;
};

TEST_F(ChainMatchTest, AChainThatAsksNothingTakesAll) {
  chain();
  EXPECT_EQ(find(), 0u);
  EXPECT_TRUE(ChainMatch(listener_).trivial());
}

TEST_F(ChainMatchTest, NamesGoByTheLongestMatch) {
  chain().server_names = {"a.example"};
  chain().server_names = {".a.example"};
  chain().server_names = {".example"};
  EXPECT_EQ(named("a.example"), 0u);
  EXPECT_EQ(named("A.EXAMPLE"), 0u);
  EXPECT_EQ(named("b.a.example"), 1u);
  EXPECT_EQ(named("c.b.a.example"), 1u);
  EXPECT_EQ(named("b.example"), 2u);
  EXPECT_EQ(named("example"), std::nullopt);
  EXPECT_EQ(named(""), std::nullopt);
  EXPECT_EQ(find(), std::nullopt);
}

TEST_F(ChainMatchTest, WhatNoneTakesIsTheDefaultsOrNobodys) {
  chain().server_names = {"a.example"};
  EXPECT_EQ(named("b.example"), std::nullopt);
  defaultChain();
  EXPECT_EQ(named("b.example"), 1u);
  EXPECT_EQ(named("a.example"), 0u);
}

TEST_F(ChainMatchTest, TlsIsToldFromPlainBytes) {
  chain().transport_protocol = "tls";
  chain().transport_protocol = "raw_buffer";
  EXPECT_EQ(named("x"), 0u);
  EXPECT_EQ(find(), 1u);
}

TEST_F(ChainMatchTest, TheClientsFirstProtocolDecides) {
  chain().application_protocols = {"http/1.1"};
  chain().application_protocols = {"h2"};
  ClientHello hello;
  hello.protocols = {"h2", "http/1.1"};
  hello.protocol_count = 2;
  EXPECT_EQ(find(&hello), 1u);
  hello.protocols = {"http/1.1", "h2"};
  EXPECT_EQ(find(&hello), 0u);
  hello.protocol_count = 0;
  EXPECT_EQ(find(&hello), std::nullopt);
}

TEST_F(ChainMatchTest, AddressesGoByTheLongestPrefix) {
  chain().source_prefix_ranges = {{"10.0.0.0", 8, {}}};
  chain().source_prefix_ranges = {{"10.1.2.0", 23, {}}, {"172.16.0.0", 12, {}}};
  chain().source_prefix_ranges = {{"2001:db8::", 33, {}}};
  EXPECT_EQ(find(nullptr, ip("10.1.3.9")), 1u);
  EXPECT_EQ(find(nullptr, ip("10.1.4.9")), 0u);
  EXPECT_EQ(find(nullptr, ip("172.31.255.255")), 1u);
  EXPECT_EQ(find(nullptr, ip("2001:db8:7fff::1")), 2u);
  EXPECT_EQ(find(nullptr, ip("2001:db8:8000::1")), std::nullopt);
}

TEST_F(ChainMatchTest, AnEarlierCriterionIsNotTakenBack) {
  chain().destination_port = 443;
  listener_.filter_chain.match.source_ports = {1};
  chain();  // takes the rest, but not what port 443 has decided
  EXPECT_EQ(find(), std::nullopt);
  EXPECT_EQ(find(nullptr, ip("10.1.2.3", 1)), 0u);
  EXPECT_EQ(find(nullptr, ip("10.1.2.3"), ip("192.0.2.1", 80)), 1u);
}

TEST_F(ChainMatchTest, WhereAConnectionComesFromIsLocalOrExternal) {
  using Source = config::FilterChainMatch::SourceType;
  chain().source_type = Source::SameIpOrLoopback;
  chain().source_type = Source::External;
  EXPECT_EQ(find(nullptr, ip("127.0.0.1")), 0u);
  EXPECT_EQ(find(nullptr, ip("192.0.2.1")), 0u);
  EXPECT_EQ(find(nullptr, ip("192.0.2.2")), 1u);
}

}  // namespace

}  // namespace convoy::worker

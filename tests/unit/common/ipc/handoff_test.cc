#include "common/ipc/handoff.h"

#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/net/socket.h"

namespace convoy::ipc {
namespace {

Handoff sample() {
  Handoff out;
  out.kind = Handoff::Kind::Http;
  out.listener = 7;
  out.peer = *net::Address::fromIp("127.0.0.1", 1234);
  out.local = *net::Address::fromIp("::1", 80);
  out.created_us = 1000;
  out.active_us = 2000;
  out.requests = 3;
  out.leftover = std::string("GET / HT\0TP", 11);
  out.state = "state";
  return out;
}

TEST(Handoff, WhatIsEncodedIsDecoded) {
  const Handoff given = sample();
  Handoff out;
  ASSERT_TRUE(decodeHandoff(encodeHandoff(given), &out));
  EXPECT_EQ(out.kind, given.kind);
  EXPECT_EQ(out.listener, 7u);
  EXPECT_EQ(out.peer.toString(), "127.0.0.1:1234");
  EXPECT_EQ(out.local.toString(), "[::1]:80");
  EXPECT_EQ(out.created_us, 1000u);
  EXPECT_EQ(out.active_us, 2000u);
  EXPECT_EQ(out.requests, 3u);
  EXPECT_EQ(out.leftover, given.leftover);
  EXPECT_EQ(out.state, "state");
}

TEST(Handoff, EveryTruncationAndATailAreRefused) {
  const std::string whole = encodeHandoff(sample());
  Handoff out;
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(decodeHandoff(whole.substr(0, n), &out));
  EXPECT_FALSE(decodeHandoff(whole + "x", &out));
}

TEST(Handoff, TheSocketArrivesAndStillReadsWhatItsClientSends) {
  auto pair = net::socketPair(SOCK_SEQPACKET);
  auto client = net::socketPair(SOCK_STREAM);
  Handoff given = sample();
  given.fds.push_back(std::move(client->first));
  ASSERT_EQ(sendHandoff(pair->first.get(), given), SendResult::Sent);
  given.fds.clear();
  ASSERT_EQ(::send(client->second.get(), "hello", 5, 0), 5);

  Handoff out;
  ASSERT_EQ(receiveHandoff(pair->second.get(), &out), ReceiveResult::Received);
  char bytes[8];
  EXPECT_EQ(::recv(out.fds[0].get(), bytes, sizeof(bytes), 0), 5);
  EXPECT_EQ(receiveHandoff(pair->second.get(), &out), ReceiveResult::Nothing);
  pair->first.reset();
  EXPECT_EQ(receiveHandoff(pair->second.get(), &out), ReceiveResult::End);
}

TEST(Handoff, AFullSocketKeepsTheConnectionWithItsSender) {
  auto pair = net::socketPair(SOCK_SEQPACKET);
  auto client = net::socketPair(SOCK_STREAM);
  Handoff given = sample();
  given.leftover.assign(kMaxLeftover, 'x');
  given.fds.push_back(std::move(client->first));
  int sent = 0;
  while (sendHandoff(pair->first.get(), given) == SendResult::Sent) ++sent;
  EXPECT_GT(sent, 0);
  EXPECT_EQ(sendHandoff(pair->first.get(), given), SendResult::Full);
  EXPECT_TRUE(given.fds[0].valid());
  pair->second.reset();
  EXPECT_EQ(sendHandoff(pair->first.get(), given), SendResult::Broken);
}

TEST(Handoff, ADatagramWithoutItsSocketIsRefused) {
  auto pair = net::socketPair(SOCK_SEQPACKET);
  const std::string bytes = encodeHandoff(sample());
  ASSERT_GT(::send(pair->first.get(), bytes.data(), bytes.size(), 0), 0);
  Handoff out;
  EXPECT_EQ(receiveHandoff(pair->second.get(), &out), ReceiveResult::Malformed);
}

}  // namespace
}  // namespace convoy::ipc

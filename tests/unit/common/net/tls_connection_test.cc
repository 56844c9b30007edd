// A Connection with TLS keeps the promises of one without: bytes in order, back-pressure, half
// close, an end that can be told from a cut; and nothing that a peer sends can harm it.
#include <string>

#include <gtest/gtest.h>

#include "common/base/random.h"
#include "tests/unit/common/net/system_calls.h"
#include "tests/unit/common/net/tls_fixture.h"

namespace convoy::net {

namespace {

class TlsConnectionTest : public TlsTest {};

std::string patternOf(size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 131 + i / 977);
  return out;
}

void forward(std::string_view bytes, int fd) {
  EXPECT_TRUE(bytes.empty() || sendAll(fd, bytes));
}

TEST_F(TlsConnectionTest, BytesGoBothWays) {
  ASSERT_TRUE(connectBoth());
  client_->write("ping");
  client_->flush();
  ASSERT_TRUE(runUntil([&] { return at_server_.read == "ping"; }));
  server_->write("po", "ng");
  server_->flush();
  EXPECT_TRUE(runUntil([&] { return at_client_.read == "pong"; }));
  EXPECT_EQ(server_->transport()->serverName(), "server.example");
  EXPECT_EQ(server_->transport()->version(), "TLSv1.3");
  EXPECT_EQ(client_->transport()->peerCertificate()->subject, "CN=server.example");
  EXPECT_FALSE(server_->movable());
}

// Tickets go with the first answer: what a handshake needs is three messages, and no more are sent.
TEST_F(TlsConnectionTest, TicketsCostNoSystemCallOfTheirOwn) {
  const SystemCalls before = SystemCalls::now();
  ASSERT_TRUE(connectBoth());
  EXPECT_EQ(SystemCalls::now().since(before).sends, 3U);
  EXPECT_EQ(sessions_->last(), nullptr);
  server_->write("answer");
  server_->flush();
  ASSERT_TRUE(runUntil([&] { return at_client_.read == "answer"; }));
  EXPECT_EQ(SystemCalls::now().since(before).sends, 4U);
  EXPECT_NE(sessions_->last(), nullptr);
}

TEST_F(TlsConnectionTest, AServerThatOnlyClosesSendsItsTicketsBefore) {
  ASSERT_TRUE(connectBoth());
  server_->shutdownWrite();
  ASSERT_TRUE(runUntil([&] { return at_client_.eof; }));
  EXPECT_NE(sessions_->last(), nullptr);
}

TEST_F(TlsConnectionTest, WhatIsWrittenBeforeTheHandshakeFollowsIt) {
  auto [server, client] = tcpPair();
  makeServer(std::move(server));
  makeClient(std::move(client));
  client_->write("early");
  server_->write("bird");
  EXPECT_TRUE(runUntil([&] { return at_server_.read == "early" && at_client_.read == "bird"; }));
}

TEST_F(TlsConnectionTest, MegabytesArriveWholeThoughTheReaderIsSlow) {
  ASSERT_TRUE(connectBoth());
  client_->setWatermark(256 * 1024);
  const std::string all = patternOf(12 * 1024 * 1024);
  server_->readDisable(true);
  size_t written = 0;
  const auto feed = [&] {
    while (written < all.size() && !client_->aboveHigh()) {
      client_->write(std::string_view(all).substr(written, 100000));
      written = std::min(all.size(), written + 100000);
    }
  };
  at_client_.then_below = feed;
  feed();
  client_->flush();
  ASSERT_TRUE(runUntil([&] { return at_client_.above > 0; }));
  EXPECT_LT(written, all.size());
  EXPECT_EQ(at_server_.read, "");
  server_->readDisable(false);
  ASSERT_TRUE(runUntil([&] { return at_server_.read.size() == all.size(); }));
  EXPECT_TRUE(at_server_.read == all);
  EXPECT_GT(at_client_.below, 0);
}

TEST_F(TlsConnectionTest, OneHugeWriteOfTwoRunsArrivesWhole) {
  ASSERT_TRUE(connectBoth());
  const std::string head = patternOf(777), body = patternOf(3 * 1024 * 1024 + 5);
  server_->write(head, body);
  server_->flush();
  ASSERT_TRUE(runUntil([&] { return at_client_.read.size() == head.size() + body.size(); }));
  EXPECT_TRUE(at_client_.read == head + body);
}

TEST_F(TlsConnectionTest, HalfCloseLeavesTheOtherDirection) {
  ASSERT_TRUE(connectBoth());
  client_->write("last words");
  client_->shutdownWrite();
  ASSERT_TRUE(runUntil([&] { return at_server_.eof == 1; }));
  EXPECT_EQ(at_server_.read, "last words");
  server_->write("answer");
  server_->shutdownWrite();
  ASSERT_TRUE(runUntil([&] { return !at_client_.closed.empty(); }));
  EXPECT_EQ(at_client_.read, "answer");
  EXPECT_EQ(at_client_.closed[0], CloseReason::RemoteEof);
}

TEST_F(TlsConnectionTest, CloseAfterFlushTellsThePeerThatItHasAll) {
  ASSERT_TRUE(connectBoth());
  const std::string all = patternOf(2 * 1024 * 1024);
  server_->write(all);
  server_->close(Connection::Close::Flush, 100);
  ASSERT_TRUE(runUntil([&] { return at_client_.eof == 1; }));
  EXPECT_TRUE(at_client_.read == all);
}

TEST_F(TlsConnectionTest, ACutWithoutCloseNotifyIsNotAnEndToAClient) {
  ASSERT_TRUE(connectBoth());
  server_->write("half");
  server_->flush();
  ASSERT_TRUE(runUntil([&] { return at_client_.read == "half"; }));
  ::shutdown(server_->fd(), SHUT_WR);
  ASSERT_TRUE(runUntil([&] { return !at_client_.closed.empty(); }));
  EXPECT_EQ(at_client_.eof, 0);
  EXPECT_EQ(at_client_.closed[0], CloseReason::RemoteReset);
}

TEST_F(TlsConnectionTest, AnUnknownCertificateEndsTheHandshakeOnBothSides) {
  TestCa other("Other CA");
  client_settings_.validation.trusted_ca_pem = other.pem();
  EXPECT_FALSE(connectBoth());
  ASSERT_TRUE(runUntil([&] { return !at_client_.closed.empty() && !at_server_.closed.empty(); }));
  EXPECT_EQ(at_client_.closed[0], CloseReason::ConnectFailed);
  EXPECT_EQ(client_->transport()->failureKind(), Transport::Failure::Untrusted);
  const std::string why(client_->transport()->failure());
  EXPECT_TRUE(why.starts_with("TLS_error:|")) << why;
  EXPECT_NE(why.find("certificate verify failed"), std::string::npos) << why;
  EXPECT_NE(server_->transport()->failure().find("alert"), std::string_view::npos);
}

TEST_F(TlsConnectionTest, GarbageEndsTheHandshakeWithAnAlert) {
  auto [server, client] = tcpPair();
  makeServer(std::move(server));
  ASSERT_TRUE(sendAll(client.get(), "GET / HTTP/1.1\r\nhost: plain\r\n\r\n"));
  ASSERT_TRUE(runUntil([&] { return !at_server_.closed.empty(); }));
  EXPECT_EQ(at_server_.closed[0], CloseReason::ConnectFailed);
  EXPECT_EQ(at_server_.read, "");
  EXPECT_NE(server_->transport()->failure().find("http request"), std::string_view::npos);
}

TEST_F(TlsConnectionTest, RandomBytesNeverCrashIt) {
  base::Random random(7);
  for (int round = 0; round < 50; ++round) {
    auto [server, client] = tcpPair();
    makeServer(std::move(server));
    std::string junk(1 + random.below(2000), '\0');
    for (char& c : junk) c = static_cast<char>(random.below(256));
    if (round % 2 == 0) junk.replace(0, 3, "\x16\x03\x01");
    ASSERT_TRUE(sendAll(client.get(), junk));
    client.reset();
    ASSERT_TRUE(runUntil([&] { return !at_server_.closed.empty(); }));
    at_server_.closed.clear();
    destroy(server_);
  }
  EXPECT_EQ(at_server_.connected, 0);
}

// The client's bytes of a whole conversation, by the octet, and cut after each of them.
TEST_F(TlsConnectionTest, AHandshakeByTheOctetSucceeds) {
  auto [server, far] = tcpPair();
  auto [near, client] = tcpPair();
  makeServer(std::move(server));
  makeClient(std::move(client));
  client_->write("hello");
  ASSERT_TRUE(runUntil([&, from = near.get(), to = far.get()] {
    char byte;
    if (::recv(from, &byte, 1, 0) == 1) forward({&byte, 1}, to);
    forward(readAll(to), from);
    return at_server_.read == "hello";
  }));
}

TEST_F(TlsConnectionTest, AHandshakeThatStopsIsGivenUp) {
  auto [server, client] = tcpPair();
  makeServer(std::move(server), 50);
  ASSERT_TRUE(sendAll(client.get(), std::string("\x16\x03\x01\x02\x00\x01", 6)));
  ASSERT_TRUE(runUntil([&] { return !at_server_.closed.empty(); }));
  EXPECT_EQ(at_server_.closed[0], CloseReason::ConnectTimeout);
}

TEST_F(TlsConnectionTest, AClientThatLeavesInTheHandshakeIsAFailure) {
  auto [server, client] = tcpPair();
  makeServer(std::move(server));
  ASSERT_TRUE(sendAll(client.get(), std::string("\x16\x03\x01\x02\x00\x01", 6)));
  client.reset();
  ASSERT_TRUE(runUntil([&] { return !at_server_.closed.empty(); }));
  EXPECT_EQ(at_server_.closed[0], CloseReason::ConnectFailed);
}

TEST_F(TlsConnectionTest, AFlippedOctetEndsTheConnection) {
  auto [server, far] = tcpPair();
  auto [near, client] = tcpPair();
  makeServer(std::move(server));
  makeClient(std::move(client));
  bool flip = false;
  const auto pump = [&, from = near.get(), to = far.get()] {
    std::string there = readAll(from);
    if (flip && !there.empty()) there.back() = static_cast<char>(there.back() ^ 1);
    forward(there, to);
    forward(readAll(to), from);
  };
  ASSERT_TRUE(runUntil([&] {
    pump();
    return at_client_.connected == 1 && at_server_.connected == 1;
  }));
  flip = true;
  client_->write("secret");
  client_->flush();
  ASSERT_TRUE(runUntil([&] {
    pump();
    return !at_server_.closed.empty();
  }));
  EXPECT_EQ(at_server_.read, "");
}

}  // namespace

}  // namespace convoy::net

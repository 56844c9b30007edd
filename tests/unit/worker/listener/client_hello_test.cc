// The inspector finds in a real ClientHello what the client asked for, whatever the pieces, and
// never takes anything else for one.
#include "worker/listener/client_hello.h"

#include <string>

#include <gtest/gtest.h>

#include "common/base/random.h"
#include "common/net/tls_context.h"
#include "tests/unit/common/net/loop_fixture.h"

namespace convoy::worker {

namespace {

using Found = ClientHello::Found;

// What OpenSSL sends first.
std::string realHello(const std::string& name, const std::vector<std::string>& protocols) {
  config::UpstreamTls settings;
  settings.alpn = protocols;
  net::TlsContext::Fault fault;
  auto context = net::TlsContext::forClient(settings, fault);
  auto transport = context->connect(name, "", nullptr);
  auto [ours, theirs] = net::unixPair();
  transport->attach(ours.get());
  EXPECT_EQ(transport->handshake(), net::Transport::Handshake::Working);
  return net::readAll(theirs.get());
}

// The same message in records of `piece` octets.
std::string split(const std::string& hello, size_t piece) {
  std::string out;
  for (size_t at = 5; at < hello.size(); at += piece) {
    const std::string part = hello.substr(at, piece);
    out += "\x16\x03\x01";
    out += static_cast<char>(part.size() >> 8);
    out += static_cast<char>(part.size() & 255);
    out += part;
  }
  return out;
}

Found parse(std::string bytes, ClientHello& hello, std::string& kept) {
  kept = std::move(bytes);
  return hello.parse(kept.data(), kept.size());
}

TEST(ClientHelloTest, SaysWhatTheClientAsksFor) {
  ClientHello hello;
  std::string kept;
  ASSERT_EQ(parse(realHello("a.example", {"h2", "http/1.1"}), hello, kept), Found::Tls);
  EXPECT_EQ(hello.server_name, "a.example");
  ASSERT_EQ(hello.protocol_count, 2u);
  EXPECT_EQ(hello.protocols[0], "h2");
  EXPECT_EQ(hello.protocols[1], "http/1.1");
  ASSERT_EQ(parse(realHello("", {}), hello, kept), Found::Tls);
  EXPECT_EQ(hello.server_name, "");
  EXPECT_EQ(hello.protocol_count, 0u);
}

TEST(ClientHelloTest, IsIncompleteUntilItsLastOctet) {
  const std::string whole = realHello("a.example", {"h2"});
  ClientHello hello;
  std::string kept;
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_EQ(parse(whole.substr(0, size), hello, kept), Found::Incomplete) << size;
  }
  EXPECT_EQ(parse(whole + "what follows", hello, kept), Found::Tls);
}

TEST(ClientHelloTest, MayComeInManyRecords) {
  const std::string whole = realHello("a.example", {"h2"});
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{100}}) {
    ClientHello hello;
    std::string kept;
    ASSERT_EQ(parse(split(whole, piece), hello, kept), Found::Tls) << piece;
    EXPECT_EQ(hello.server_name, "a.example");
  }
}

TEST(ClientHelloTest, OtherProtocolsAreNotTls) {
  ClientHello hello;
  std::string kept;
  for (const char* text : {"GET / HTTP/1.1\r\n", "PRI * HTTP/2.0", "\x80\x2e\x01", "\x16\x02zz"}) {
    EXPECT_EQ(parse(text, hello, kept), Found::NotTls) << text;
  }
}

TEST(ClientHelloTest, WhatBeginsAsOneAndIsNoneIsBroken) {
  ClientHello hello;
  std::string kept;
  const std::string server_hello("\x16\x03\x03\x00\x04\x02\x00\x00\x00", 9);
  EXPECT_EQ(parse(server_hello, hello, kept), Found::Broken);
  const std::string huge("\x16\x03\x03\x00\x04\x01\xff\xff\xff", 9);
  EXPECT_EQ(parse(huge, hello, kept), Found::Broken);
  const std::string empty("\x16\x03\x03\x00\x00", 5);
  EXPECT_EQ(parse(empty, hello, kept), Found::Broken);
  const std::string short_body("\x16\x03\x03\x00\x04\x01\x00\x00\x00", 9);
  EXPECT_EQ(parse(short_body, hello, kept), Found::Broken);
}

TEST(ClientHelloTest, FlippedOctetsNeverLeaveTheBytes) {
  const std::string whole = realHello("a.example", {"h2", "http/1.1"});
  base::Random random(3);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = whole;
    for (int flips = 0; flips < 4; ++flips) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    ClientHello hello;
    hello.parse(bytes.data(), bytes.size());
    const auto inside = [&](std::string_view run) {
      return run.empty() ||
             (run.data() >= bytes.data() && run.data() + run.size() <= bytes.data() + bytes.size());
    };
    ASSERT_TRUE(inside(hello.server_name));
    for (size_t i = 0; i < hello.protocol_count; ++i) ASSERT_TRUE(inside(hello.protocols[i]));
  }
}

}  // namespace

}  // namespace convoy::worker

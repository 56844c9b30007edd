// What a PROXY header says is read exactly, in any pieces, and nothing else is taken for one.
#include "common/net/proxy_header.h"

#include <gtest/gtest.h>

namespace convoy::net {

namespace {

using Found = ProxyHeader::Found;

Address ip(const std::string& text, uint16_t port) {
  return *Address::fromIp(text, port);
}

std::string v2(uint8_t command, uint8_t family, const std::string& body) {
  std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
  out += static_cast<char>(command);
  out += static_cast<char>(family);
  out += static_cast<char>(body.size() >> 8);
  out += static_cast<char>(body.size() & 255);
  return out + body;
}

std::string tlv(uint8_t type, const std::string& value) {
  std::string out(1, static_cast<char>(type));
  out += static_cast<char>(value.size() >> 8);
  out += static_cast<char>(value.size() & 255);
  return out + value;
}

const std::string kIpv4("\x0a\x00\x00\x01\x0a\x00\x00\x02\x1f\x90\x00\x50", 12);

TEST(ProxyHeaderTest, VersionOneNamesBothEnds) {
  ProxyHeader header;
  const std::string line = "PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n";
  ASSERT_EQ(header.parse(line + "GET /"), Found::Header);
  EXPECT_EQ(header.version, 1);
  EXPECT_EQ(header.size, line.size());
  EXPECT_TRUE(header.proxied);
  EXPECT_EQ(header.source.toString(), "192.0.2.1:50000");
  EXPECT_EQ(header.destination.toString(), "192.0.2.9:443");
  ProxyHeader six;
  ASSERT_EQ(six.parse("PROXY TCP6 2001:db8::1 ::1 1 2\r\n"), Found::Header);
  EXPECT_EQ(six.source.toString(), "[2001:db8::1]:1");
}

TEST(ProxyHeaderTest, UnknownAndLocalLeaveTheSocketsAddresses) {
  for (const std::string& bytes :
       {std::string("PROXY UNKNOWN\r\n"), std::string("PROXY UNKNOWN ff:: x 1 2\r\n"),
        v2(0x20, 0, ""), v2(0x20, 0x11, kIpv4), v2(0x21, 0, "whatever")}) {
    ProxyHeader header;
    ASSERT_EQ(header.parse(bytes + "rest"), Found::Header) << bytes;
    EXPECT_EQ(header.size, bytes.size());
    EXPECT_FALSE(header.proxied);
  }
}

TEST(ProxyHeaderTest, MalformedLinesAreBroken) {
  for (const std::string bytes :
       {"PROXY TCP4 192.0.2.1 192.0.2.9 50000\r\n", "PROXY TCP4 192.0.2.1 ::1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.9 65536 1\r\n", "PROXY TCP4 192.0.2.1 192.0.2.9 01 1\r\n",
        "PROXY UDP4 192.0.2.1 192.0.2.9 1 1\r\n", "PROXY  TCP4 192.0.2.1 192.0.2.9 1 1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.9 1 1 \r\n", "PROXY TCP4 192.0.2.1 192.0.2.9 1 1\n",
        "PROXY TCP4 192.0.2.1x 192.0.2.9 1 1\r\n", "PROXY TCP4 192.0.2.1 192.0.2.9 +1 1\r\n"}) {
    ProxyHeader header;
    EXPECT_EQ(header.parse(bytes), Found::Broken) << bytes;
    EXPECT_EQ(header.version, 1);
    EXPECT_FALSE(header.why.empty());
  }
  ProxyHeader endless;
  EXPECT_EQ(endless.parse("PROXY TCP4 " + std::string(200, '1')), Found::Broken);
}

TEST(ProxyHeaderTest, WhatBeginsInAnotherWayIsNone) {
  for (const std::string bytes : {"GET / HTTP/1.1\r\n", "PROXX TCP4", "\r\n\r\nGET", "\x16\x03"}) {
    ProxyHeader header;
    EXPECT_EQ(header.parse(bytes), Found::None) << bytes;
  }
}

TEST(ProxyHeaderTest, EveryPieceOfOneIsIncomplete) {
  const std::string with_tlvs = v2(0x21, 0x11, kIpv4 + tlv(0x02, "host.example"));
  for (const std::string& whole :
       {std::string("PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n"), with_tlvs}) {
    for (size_t n = 1; n < whole.size(); ++n) {
      ProxyHeader header;
      EXPECT_EQ(header.parse(whole.substr(0, n)), Found::Incomplete) << n;
    }
  }
}

TEST(ProxyHeaderTest, VersionTwoOfEachFamily) {
  ProxyHeader four;
  ASSERT_EQ(four.parse(v2(0x21, 0x11, kIpv4 + tlv(0xea, "aws") + tlv(4, "padding"))),
            Found::Header);
  EXPECT_EQ(four.source.toString(), "10.0.0.1:8080");
  EXPECT_EQ(four.destination.toString(), "10.0.0.2:80");
  ASSERT_EQ(four.tlvs.size(), 1u);
  EXPECT_EQ(four.tlvs[0].type, 0xea);
  EXPECT_EQ(four.tlvs[0].value, "aws");

  ProxyHeader six;
  const std::string ends = std::string(15, '\0') + "\x01" + std::string(15, '\0') + "\x02" +
                           std::string("\x00\x07\x00\x08", 4);
  ASSERT_EQ(six.parse(v2(0x21, 0x21, ends)), Found::Header);
  EXPECT_EQ(six.source.toString(), "[::1]:7");

  ProxyHeader local;
  std::string paths = "/run/client";
  paths.resize(108);
  paths += "/run/server";
  paths.resize(216);
  ASSERT_EQ(local.parse(v2(0x21, 0x31, paths)), Found::Header);
  EXPECT_TRUE(local.proxied);
  EXPECT_EQ(local.source.toString(), "/run/client");
  ProxyHeader nameless;
  ASSERT_EQ(nameless.parse(v2(0x21, 0x31, std::string(216, '\0'))), Found::Header);
  EXPECT_TRUE(nameless.source.isUnix());
}

TEST(ProxyHeaderTest, MalformedVersionTwoIsBroken) {
  std::string other_version = v2(0x31, 0x11, kIpv4);
  const std::string checksum = tlv(3, std::string(4, 'x'));
  for (const std::string& bytes :
       {other_version, v2(0x22, 0x11, kIpv4), v2(0x21, 0x41, kIpv4), v2(0x21, 0x13, kIpv4),
        v2(0x21, 0x11, kIpv4.substr(1)), v2(0x21, 0x21, kIpv4), v2(0x21, 0x31, kIpv4),
        v2(0x21, 0x11, kIpv4 + "\x01"), v2(0x21, 0x11, kIpv4 + std::string("\x01\x00\x02x", 4)),
        v2(0x21, 0x11, kIpv4 + checksum), v2(0x21, 0x11, kIpv4 + tlv(3, "abc")),
        v2(0x21, 0x11, std::string(40000, 'x'))}) {
    ProxyHeader header;
    EXPECT_EQ(header.parse(bytes), Found::Broken);
    EXPECT_EQ(header.version, 2);
  }
}

TEST(ProxyHeaderTest, AGoodChecksumIsAccepted) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  std::string bytes = v2(0x21, 0x11, kIpv4 + tlv(3, std::string(4, '\0')));
  const uint32_t sum = crc32c(bytes);
  for (size_t i = 0; i < 4; ++i) bytes[bytes.size() - 1 - i] = static_cast<char>(sum >> (8 * i));
  ProxyHeader header;
  EXPECT_EQ(header.parse(bytes), Found::Header) << header.why;
  EXPECT_TRUE(header.tlvs.empty());
}

TEST(ProxyHeaderTest, WhatIsWrittenIsReadAgain) {
  const Address from = ip("2001:db8::5", 1234), to = ip("2001:db8::6", 443);
  ProxyHeader one, two;
  ASSERT_EQ(one.parse(encodeProxyV1(from, to)), Found::Header);
  EXPECT_EQ(one.source, from);
  ASSERT_EQ(two.parse(encodeProxyV2(from, to, {{0x02, "authority"}})), Found::Header);
  EXPECT_EQ(two.source, from);
  EXPECT_EQ(two.destination, to);
  ASSERT_EQ(two.tlvs.size(), 1u);
  EXPECT_EQ(two.tlvs[0].value, "authority");
  EXPECT_EQ(encodeProxyV1(ip("127.0.0.1", 1), to), "PROXY UNKNOWN\r\n");
  EXPECT_EQ(encodeProxyV2(ip("127.0.0.1", 1), to, {}), encodeProxyLocal(2));
}

}  // namespace

}  // namespace convoy::net

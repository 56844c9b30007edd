#include "common/net/address.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>
#include <string>

#include <gtest/gtest.h>

#include "common/net/socket.h"

namespace convoy::net {
namespace {

Address ip(const char* text, uint16_t port = 80) {
  auto address = Address::fromIp(text, port);
  EXPECT_TRUE(address.ok()) << text;
  return *address;
}

TEST(Address, PrintsAsEnvoyDoes) {
  EXPECT_EQ(ip("127.0.0.1").toString(), "127.0.0.1:80");
  EXPECT_EQ(ip("255.0.10.200", 65535).toString(), "255.0.10.200:65535");
  EXPECT_EQ(ip("::1").toString(), "[::1]:80");
  EXPECT_EQ(ip("2001:DB8:0:0:0:0:0:1", 0).toString(), "[2001:db8::1]:0");
  EXPECT_EQ(ip("::1").ip(), "::1");
  EXPECT_EQ(Address::fromUnixPath("/run/x.sock")->toString(), "/run/x.sock");
  EXPECT_EQ(Address::fromUnixPath("@name")->toString(), "@name");
  EXPECT_EQ(Address().toString(), "");
  EXPECT_EQ(Address::fromUnixPath("/run/x.sock")->ip(), "");
}

TEST(Address, RefusesWhatIsNotAnAddress) {
  for (const char* bad : {"", "localhost", "127.0.0", "127.0.0.1.1", "1270.0.0.1", "[::1]", ":::1",
                          "::1%lo", " 127.0.0.1", "0x7f.0.0.1"}) {
    EXPECT_FALSE(Address::fromIp(bad, 1).ok()) << bad;
  }
  EXPECT_FALSE(Address::fromIp(std::string_view("127.0.0.1\0x", 11), 1).ok());
  EXPECT_FALSE(Address::fromIp(std::string(5000, '1'), 1).ok());
}

TEST(Address, AUnixPathMustFitTheKernel) {
  EXPECT_FALSE(Address::fromUnixPath("").ok());
  EXPECT_TRUE(Address::fromUnixPath(std::string(107, 'x')).ok());
  EXPECT_FALSE(Address::fromUnixPath(std::string(108, 'x')).ok());
  EXPECT_FALSE(Address::fromUnixPath(std::string_view("/a\0b", 4)).ok());
  EXPECT_EQ(Address::fromUnixPath(std::string(107, 'x'))->toString().size(), 107u);
}

TEST(Address, KnowsInternalNetworks) {
  for (const char* inside :
       {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.9.9.9", "169.254.1.1",
        "::1", "fc00::1", "fdff::1", "fe80::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(ip(inside).isInternal()) << inside;
  }
  for (const char* outside : {"11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "8.8.8.8",
                              "2001:db8::1", "fe00::1", "::ffff:8.8.8.8"}) {
    EXPECT_FALSE(ip(outside).isInternal()) << outside;
  }
  EXPECT_TRUE(Address::fromUnixPath("/x")->isInternal());
  EXPECT_FALSE(Address().isInternal());
}

TEST(Address, KnowsLoopback) {
  EXPECT_TRUE(ip("127.255.0.1").isLoopback());
  EXPECT_TRUE(ip("::1").isLoopback());
  EXPECT_TRUE(ip("::ffff:127.0.0.1").isLoopback());
  EXPECT_FALSE(ip("128.0.0.1").isLoopback());
  EXPECT_FALSE(ip("::2").isLoopback());
}

TEST(Address, ComparesFamilyAddressAndPort) {
  EXPECT_EQ(ip("127.0.0.1"), ip("127.0.0.1"));
  EXPECT_FALSE(ip("127.0.0.1") == ip("127.0.0.1", 81));
  EXPECT_FALSE(ip("127.0.0.1") == ip("127.0.0.2"));
  EXPECT_FALSE(ip("127.0.0.1") == ip("::ffff:127.0.0.1"));
  EXPECT_EQ(ip("::1"), ip("0:0:0:0:0:0:0:1"));
  EXPECT_EQ(*Address::fromUnixPath("/a"), *Address::fromUnixPath("/a"));
  EXPECT_FALSE(*Address::fromUnixPath("/a") == *Address::fromUnixPath("@a"));
  EXPECT_EQ(Address(), Address());
}

TEST(Address, LeavesNothingToChance) {
  // In memory that was used before: scope, flow label and the end of a path must still be set.
  alignas(Address) unsigned char memory[sizeof(Address)];
  std::fill(std::begin(memory), std::end(memory), static_cast<unsigned char>(0xab));
  const Address* address = new (memory) Address(ip("fe80::1"));
  sockaddr_in6 v6;
  std::memcpy(&v6, address->sockaddrPtr(), sizeof(v6));
  EXPECT_EQ(v6.sin6_scope_id, 0u);
  EXPECT_EQ(v6.sin6_flowinfo, 0u);
  const Address path = *Address::fromUnixPath("/run/a/longer/path/than/a/sockaddr.sock");
  EXPECT_EQ(path.toString(), "/run/a/longer/path/than/a/sockaddr.sock");
}

TEST(Address, NamesBothEndsOfASocket) {
  auto listener = listenOn(ip("127.0.0.1", 0), {});
  ASSERT_TRUE(listener.ok());
  const Address bound = *Address::localOf(listener->get());
  auto client = connectTo(bound);
  ASSERT_TRUE(client.ok());
  EXPECT_NE(bound.port(), 0);
  EXPECT_EQ(*Address::peerOf(client->get()), bound);
  EXPECT_FALSE(Address::peerOf(listener->get()).ok());
  EXPECT_FALSE(Address::localOf(-1).ok());
}

TEST(Address, AnUnnamedUnixPeerPrintsAsNothing) {
  auto pair = socketPair(SOCK_STREAM);
  ASSERT_TRUE(pair.ok());
  const Address peer = *Address::peerOf(pair->first.get());
  EXPECT_TRUE(peer.isUnix());
  EXPECT_EQ(peer.toString(), "");
}

}  // namespace
}  // namespace convoy::net

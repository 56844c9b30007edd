#include "master/banner.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

config::Listener listener(const std::string& address, uint16_t port) {
  config::Listener out;
  out.name = "front";
  out.address.address = address;
  out.address.port_value = port;
  return out;
}

TEST(Banner, SaysWhereToPointCurlAndABrowser) {
  config::Bootstrap bootstrap;
  bootstrap.listeners = {listener("0.0.0.0", 10000)};
  config::SocketAddress admin;
  admin.address = "127.0.0.1";
  admin.port_value = 9901;
  const auto lines = banner(bootstrap, &admin);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].text.find("curl http://127.0.0.1:10000/"), std::string::npos);
  EXPECT_NE(lines[1].text.find("http://127.0.0.1:9901/"), std::string::npos);
  EXPECT_FALSE(lines[0].warning);
}

TEST(Banner, WarnsOfAListenerThatOnlyThisHostReaches) {
  config::Bootstrap bootstrap;
  bootstrap.listeners = {listener("127.0.0.1", 80), listener("::1", 81)};
  const auto lines = banner(bootstrap, nullptr);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[1].text.find("http://[::1]:81/"), std::string::npos);
  EXPECT_TRUE(lines[2].warning);
  EXPECT_NE(lines[2].text.find("\"front\", \"front\""), std::string::npos);
}

TEST(Banner, TcpAndUnixListenersSayWhatTheyAre) {
  config::Bootstrap bootstrap;
  bootstrap.listeners = {listener("0.0.0.0", 5432), listener("", 0)};
  bootstrap.listeners[0].filter_chain.terminal = config::TcpProxy{};
  bootstrap.listeners[1].address.is_pipe = true;
  bootstrap.listeners[1].address.path = "/run/x.sock";
  const auto lines = banner(bootstrap, nullptr);
  EXPECT_NE(lines[0].text.find("TCP proxy"), std::string::npos);
  EXPECT_NE(lines[1].text.find("--unix-socket /run/x.sock"), std::string::npos);
}

}  // namespace
}  // namespace convoy::master

// Promise: listeners come, go and move between addresses; those that stay notice nothing, those
// that come answer, and those that went refuse.
#include <gtest/gtest.h>

#include "tests/soak/soak_world.h"

namespace convoy::fakes {
namespace {

using Mode = StrictClient::Mode;
using Report = StrictClient::Report;

std::string portOf(uint16_t port) {
  return "port_value: " + std::to_string(port) + "}";
}

TEST(ListenersSoak, WhatStaysIsUntouchedWhileOthersComeGoAndMove) {
  const int rounds = soakCount(300, 12);
  EchoWorld world(2);
  const uint16_t moved = freePort();
  const std::string path = world.convoy->dir().path("moved.sock");
  // The address of the listener that moves, and where to ask it; none: it is gone.
  struct Place {
    std::string address, host;
  };
  const Place places[] = {
      {"socket_address: {address: 127.0.0.1, " + portOf(moved), "127.0.0.1"},
      {"socket_address: {address: 0.0.0.0, " + portOf(moved), "127.0.0.1"},
      {"socket_address: {address: 127.0.0.1, " + portOf(moved), "127.0.0.1"},
      {"socket_address: {address: '::1', " + portOf(moved), "::1"},
      {"pipe: {path: " + path + "}", path},
      {"", ""},
  };
  CounterWatch watch(*world.convoy);
  StrictClient clients(world.everybody());
  ASSERT_TRUE(eventually([&] { return clients.answers() > 500; }));
  for (int i = 0; i < rounds; ++i) {
    const Place& place = places[i % 6];
    Config config = world.configWith("round " + std::to_string(i));
    if (!place.host.empty()) config.http(moved, Config::toCluster("echo"));
    std::string text = config.text();
    const std::string usual = places[0].address;
    const size_t at = text.find(usual);
    if (at != std::string::npos) text.replace(at, usual.size(), place.address);
    world.convoy->rewrite(text);
    const Ended reload = world.convoy->reload();
    ASSERT_EQ(reload.status, 0) << i << reload.err << reload.out;
    if (place.host.empty()) {
      EXPECT_TRUE(eventually([&] {
        const RawClient client(moved);
        return !client.connected() && client.lastError().find("refused") != std::string::npos;
      })) << i;
      continue;
    }
    StrictClient::Group there = world.group(Mode::Fresh, 2);
    there.port = moved;
    there.host = place.host;
    StrictClient visitors({there});
    EXPECT_TRUE(eventually([&] { return visitors.answers() > 20; })) << i << place.address;
    const Report report = visitors.stop();
    EXPECT_EQ(report.failed(), 0u) << i << place.address << report.text();
  }
  const Report report = clients.stop();
  EXPECT_EQ(report.failed(), 0u) << report.text();
  EXPECT_EQ(report.opened, kKeptByEverybody) << report.text();
  EXPECT_EQ(report.connection_close, 0u) << report.text();
  watch.stop();
  EXPECT_TRUE(watch.complaints().empty()) << watch.complaints().front();
  reportSoak("listeners", static_cast<uint64_t>(rounds), report.failed(), report.worst_ms);
}

}  // namespace
}  // namespace convoy::fakes

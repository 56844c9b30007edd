// Session ticket keys change, the one before stays good, and an upgrade keeps them.
#include "master/ticket_keys.h"

#include <gtest/gtest.h>

namespace convoy::master {

namespace {

std::string keysOf(const TicketKeys& keys) {
  return keys.bequeath().asString();
}

TEST(TicketKeysTest, ANewKeyStandsBeforeTheOneBeforeAndNoOthers) {
  net::EventLoop loop;
  int told = 0;
  TicketKeys keys(loop, [&] { ++told; });
  EXPECT_EQ(told, 0);
  EXPECT_NE(keys.message().find(keysOf(keys)), std::string::npos);
  const std::string first = keys.message();
  keys.rotate();
  EXPECT_EQ(told, 1);
  EXPECT_NE(keys.message(), first);
  const size_t size = keys.message().size();
  keys.rotate();
  EXPECT_EQ(keys.message().size(), size);
}

TEST(TicketKeysTest, AnUpgradeKeepsThem) {
  net::EventLoop loop;
  TicketKeys before(loop, nullptr), after(loop, nullptr);
  EXPECT_NE(before.message(), after.message());
  after.restore(before.bequeath());
  EXPECT_EQ(before.message(), after.message());
}

TEST(TicketKeysTest, WhatIsNoKeyChangesNothing) {
  net::EventLoop loop;
  TicketKeys keys(loop, nullptr);
  const std::string own = keys.message();
  for (const Json::Value& saved :
       {Json::Value(), Json::Value("AAAA"), Json::Value("!"), Json::Value(7)}) {
    keys.restore(saved);
    EXPECT_EQ(keys.message(), own);
  }
}

}  // namespace

}  // namespace convoy::master

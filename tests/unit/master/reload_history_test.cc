#include "master/reload_history.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

void add(ReloadHistory& history, const char* result, uint32_t generation,
         const std::string& error = "") {
  history.begin("file", 1700000000 + generation, 5000);
  history.end(result, generation, error, 5120);
}

TEST(ReloadHistory, KeepsTheNewestFirstAndNotAll) {
  ReloadHistory history;
  for (uint32_t i = 1; i <= 25; ++i) add(history, "ok", i);
  EXPECT_EQ(history.count(), 25u);
  ASSERT_EQ(history.entries().size(), ReloadHistory::kMax);
  EXPECT_EQ(history.entries().front().generation, 25u);
  EXPECT_EQ(history.entries().front().duration_ms, 120u);
}

TEST(ReloadHistory, GoesOverToTheNextProgram) {
  ReloadHistory history;
  add(history, "ok", 1);
  add(history, "invalid", 1, "envoy.yaml:3:1");
  ReloadHistory next;
  next.restore(history.save());
  ASSERT_EQ(next.entries().size(), 2u);
  EXPECT_EQ(next.entries()[0].error, "envoy.yaml:3:1");
  EXPECT_EQ(next.entries()[1].result, "ok");
  EXPECT_EQ(next.entries()[1].at_unix, 1700000001);
}

TEST(ReloadHistory, WhatDoesNotParseIsLeftOut) {
  ReloadHistory history;
  history.restore(Json::Value());
  Json::Value list(Json::arrayValue);
  list.append("x");
  list.append(Json::Value(Json::objectValue));
  history.restore(list);
  EXPECT_TRUE(history.entries().empty());
}

}  // namespace
}  // namespace convoy::master

#include "worker/access_log/time_format.h"

#include <string>

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

constexpr int64_t kMoment = 1460751420310042;  // 2016-04-15T20:17:00.310042Z

std::string formatted(std::string_view format, int64_t wall_us = kMoment) {
  char out[256];
  return {out, formatTime(format, wall_us, out, sizeof(out))};
}

TEST(TimeFormat, TheDefaultIsIso8601WithMilliseconds) {
  EXPECT_EQ(formatted(""), "2016-04-15T20:17:00.310Z");
}

TEST(TimeFormat, TheCachedSecondIsNotUsedForAnotherSecond) {
  EXPECT_EQ(formatted("", kMoment), "2016-04-15T20:17:00.310Z");
  EXPECT_EQ(formatted("", kMoment + 1000), "2016-04-15T20:17:00.311Z");
  EXPECT_EQ(formatted("", kMoment + 1000000), "2016-04-15T20:17:01.310Z");
  EXPECT_EQ(formatted("", kMoment), "2016-04-15T20:17:00.310Z");
}

TEST(TimeFormat, FractionsHaveTheWidthAskedFor) {
  EXPECT_EQ(formatted("%s.%3f"), "1460751420.310");
  EXPECT_EQ(formatted("%6f"), "310042");
  EXPECT_EQ(formatted("%9f"), "310042000");
  EXPECT_EQ(formatted("%f"), "310042000");
  EXPECT_EQ(formatted("%1f"), "3");
}

TEST(TimeFormat, StrftimeSpecifiersAreInUtc) {
  EXPECT_EQ(formatted("%Y/%m/%dT%H:%M:%S%z %s"), "2016/04/15T20:17:00+0000 1460751420");
}

TEST(TimeFormat, PercentSignsAreNotTakenApart) {
  EXPECT_EQ(formatted("%%s"), "%s");
  EXPECT_EQ(formatted("%"), "%");
}

TEST(TimeFormat, TimesBefore1970CountBackwards) {
  EXPECT_EQ(formatted("", -1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(formatted("%s", -1500000), "-2");
}

TEST(TimeFormat, WhatDoesNotFitIsEmpty) {
  EXPECT_EQ(formatted(std::string(2000, 'x')), "");
  char small[8];
  EXPECT_EQ(formatTime("", kMoment, small, sizeof(small)), 0u);
}

}  // namespace
}  // namespace convoy::worker

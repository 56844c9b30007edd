#include "worker/http/date_header.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

TEST(DateHeader, IsAnImfFixdate) {
  DateHeader date;
  // RFC 9110 section 5.6.7 gives this example.
  EXPECT_EQ(date.at(784111777000000), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(DateHeader, ChangesWithTheSecondOnly) {
  DateHeader date;
  const auto first = date.at(1000000);
  EXPECT_EQ(first, "Thu, 01 Jan 1970 00:00:01 GMT");
  EXPECT_EQ(date.at(1999999), "Thu, 01 Jan 1970 00:00:01 GMT");
  EXPECT_EQ(date.at(2000000), "Thu, 01 Jan 1970 00:00:02 GMT");
}

}  // namespace
}  // namespace convoy::worker

#include "common/base/result.h"

#include <cerrno>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/unique_fd.h"

namespace convoy::base {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  Result<std::string> good(std::string("text"));
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->size(), 4u);
  Result<std::string> bad(Error::make(ErrorKind::NotFound, "no", Side::Operator));
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().kind, ErrorKind::NotFound);
  EXPECT_EQ(bad.error().side, Side::Operator);
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> value = *std::move(result);
  EXPECT_EQ(*value, 7);
}

TEST(Result, AStatusIsGoodUntilItHasAnError) {
  EXPECT_TRUE(Status().ok());
  const Status status = Error::fromErrno(ENOENT, "open /x");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::Io);
  EXPECT_EQ(status.error().context, "open /x: No such file or directory");
}

TEST(Check, DiesWithThePlaceAndTheExpression) {
  EXPECT_DEATH(CHECK(1 + 1 == 3), "result_test.cc:[0-9]+: CHECK failed: 1 \\+ 1 == 3");
}

TEST(Clock, MonotonicTimeDoesNotGoBack) {
  const SystemClock clock;
  uint64_t last = clock.monotonicUs();
  for (int i = 0; i < 1000; ++i) {
    const uint64_t now = clock.monotonicUs();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GT(clock.wallUs(), 1600000000000000);
}

TEST(UniqueFd, ClosesOnceAndOnlyWhatItOwns) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  UniqueFd reader(ends[0]);
  char byte;
  {
    UniqueFd writer(ends[1]);
    UniqueFd moved(std::move(writer));
    EXPECT_TRUE(moved.valid());
    const int released = moved.release();
    EXPECT_FALSE(moved.valid());
    EXPECT_EQ(::write(released, "x", 1), 1);
    writer = UniqueFd(released);
  }
  EXPECT_EQ(::read(reader.get(), &byte, 1), 1);
  EXPECT_EQ(::read(reader.get(), &byte, 1), 0);  // the writer is closed
}

}  // namespace
}  // namespace convoy::base

#include "worker/access_log/filter.h"

#include <gtest/gtest.h>

#include "common/base/clock.h"

namespace convoy::worker {
namespace {

using config::AccessLogFilter;
using Kind = AccessLogFilter::Kind;
using Op = AccessLogFilter::Op;

class LogFilterTest : public ::testing::Test {
 protected:
  LogFilterTest() { record_.request = &request_; }
  bool passes(const AccessLogFilter& filter) {
    return LogFilter(filter).passes({record_, "node", clock_}, random_);
  }
  static AccessLogFilter comparison(Kind kind, Op op, uint64_t value) {
    AccessLogFilter out;
    out.kind = kind;
    out.op = op;
    out.value = value;
    return out;
  }
  static AccessLogFilter ofFlags(std::vector<std::string> flags) {
    AccessLogFilter out;
    out.kind = Kind::ResponseFlag;
    out.flags = std::move(flags);
    return out;
  }
  static AccessLogFilter list(Kind kind, std::vector<AccessLogFilter> filters) {
    AccessLogFilter out;
    out.kind = kind;
    out.filters = std::move(filters);
    return out;
  }

  base::SystemClock clock_;
  base::Random random_{1};
  http::RequestHead request_;
  Record record_;
};

TEST_F(LogFilterTest, StatusAndDurationAreCompared) {
  record_.status = 404;
  record_.start_us = 1000;
  record_.end_us = 251000;
  EXPECT_TRUE(passes(comparison(Kind::StatusCode, Op::GreaterOrEqual, 400)));
  EXPECT_FALSE(passes(comparison(Kind::StatusCode, Op::GreaterOrEqual, 500)));
  EXPECT_TRUE(passes(comparison(Kind::StatusCode, Op::Equal, 404)));
  EXPECT_FALSE(passes(comparison(Kind::StatusCode, Op::NotEqual, 404)));
  EXPECT_TRUE(passes(comparison(Kind::Duration, Op::LessOrEqual, 250)));
  EXPECT_FALSE(passes(comparison(Kind::Duration, Op::GreaterOrEqual, 251)));
}

TEST_F(LogFilterTest, NoFlagNamedMeansAnyFlagSet) {
  EXPECT_FALSE(passes(ofFlags({})));
  record_.setFlag(Flag::NoRouteFound);
  EXPECT_TRUE(passes(ofFlags({})));
  EXPECT_TRUE(passes(ofFlags({"UH", "NR"})));
  EXPECT_FALSE(passes(ofFlags({"UH", "RL"})));
}

TEST_F(LogFilterTest, AndWantsAllAndOrWantsOne) {
  record_.status = 200;
  const AccessLogFilter yes = comparison(Kind::StatusCode, Op::Equal, 200);
  const AccessLogFilter no = comparison(Kind::StatusCode, Op::Equal, 500);
  EXPECT_FALSE(passes(list(Kind::And, {yes, no})));
  EXPECT_TRUE(passes(list(Kind::And, {yes, yes})));
  EXPECT_TRUE(passes(list(Kind::Or, {no, yes})));
  EXPECT_FALSE(passes(list(Kind::Or, {no, no})));
}

TEST_F(LogFilterTest, AHeaderOfTheRequestDecides) {
  AccessLogFilter filter;
  filter.kind = Kind::Header;
  filter.header.name = "x-log";
  EXPECT_FALSE(passes(filter));
  request_.headers.add("x-log", "1");
  EXPECT_TRUE(passes(filter));
}

TEST_F(LogFilterTest, TheRequestIdDecidesWhichShareIsLogged) {
  AccessLogFilter filter;
  filter.kind = Kind::Runtime;
  filter.share = {50, 100};
  request_.headers.add(http::HeaderId::XRequestId, "00000031-0000-4000-8000-000000000000");  // 49
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(passes(filter));
  request_.headers.set(http::HeaderId::XRequestId, "00000032-0000-4000-8000-000000000000");  // 50
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(passes(filter));
}

TEST_F(LogFilterTest, WithoutARequestIdTheShareIsRandom) {
  AccessLogFilter filter;
  filter.kind = Kind::Runtime;
  filter.share = {25, 100};
  int passed = 0;
  for (int i = 0; i < 4000; ++i) passed += passes(filter) ? 1 : 0;
  EXPECT_NEAR(passed, 1000, 150);
}

TEST_F(LogFilterTest, HealthChecksCanBeLeftOut) {
  AccessLogFilter filter;
  filter.kind = Kind::NotHealthCheck;
  EXPECT_TRUE(passes(filter));
  record_.health_check = true;
  EXPECT_FALSE(passes(filter));
}

TEST_F(LogFilterTest, TheStatusOfACallIsLookedAtOrWhatItsHttpStatusComesTo) {
  AccessLogFilter filter;
  filter.kind = Kind::GrpcStatus;
  filter.statuses = 1u << 14;  // UNAVAILABLE
  record_.status = 503;
  EXPECT_TRUE(passes(filter));
  record_.status = 200;
  EXPECT_FALSE(passes(filter));
  filter.exclude = true;
  EXPECT_TRUE(passes(filter));
}

TEST_F(LogFilterTest, LinesOfRequestsAndOfConnectionsAreTwoTypes) {
  AccessLogFilter filter;
  filter.kind = Kind::LogType;
  filter.requests = true;
  EXPECT_TRUE(passes(filter));
  record_.request = nullptr;
  EXPECT_FALSE(passes(filter));
}

}  // namespace
}  // namespace convoy::worker

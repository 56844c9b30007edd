#include "worker/http/deadlines.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

using http::HeaderId;

class DeadlinesTest : public ::testing::Test {
 protected:
  Deadlines get() { return deadlinesOf(config_, action_, arena_, head_); }
  void grpc(std::string_view timeout) {
    head_.headers.set(HeaderId::ContentType, "application/grpc");
    head_.headers.set(HeaderId::GrpcTimeout, timeout);
  }
  std::string sent() {
    const std::string_view* field = head_.headers.find(HeaderId::GrpcTimeout);
    return field == nullptr ? "(absent)" : std::string(*field);
  }

  config::HttpConnectionManager config_;
  config::RouteAction action_;
  base::Arena arena_;
  http::RequestHead head_;
};

TEST_F(DeadlinesTest, TheRoutesTimeoutIsTheOnlyOneByDefault) {
  EXPECT_EQ(get().route_ms, 15000u);
  EXPECT_EQ(get().stream_ms, 0u);
}

TEST_F(DeadlinesTest, MaxStreamDurationTakesThePlaceOfTheRoutesTimeout) {
  action_.max_stream_duration.emplace().max_ms = 700;
  config_.max_stream_duration_ms = 9000;
  EXPECT_EQ(get().route_ms, 0u);
  EXPECT_EQ(get().stream_ms, 700u);
  action_.max_stream_duration->max_ms = 0;
  EXPECT_EQ(get().stream_ms, 0u);
}

TEST_F(DeadlinesTest, TheListenersDurationIsTheFallback) {
  config_.max_stream_duration_ms = 9000;
  EXPECT_EQ(get().stream_ms, 9000u);
  action_.max_stream_duration.emplace();
  EXPECT_EQ(get().stream_ms, 9000u);
  EXPECT_EQ(get().route_ms, 0u);
}

TEST_F(DeadlinesTest, TheClientsGrpcTimeoutCountsUpToWhatTheRouteAllows) {
  auto& duration = action_.max_stream_duration.emplace();
  grpc("2S");
  EXPECT_EQ(get().stream_ms, 0u);
  duration.grpc_timeout_max_ms = 0;
  EXPECT_EQ(get().stream_ms, 2000u);
  duration.grpc_timeout_max_ms = 1500;
  duration.grpc_timeout_offset_ms = 100;
  EXPECT_EQ(get().stream_ms, 1400u);
  EXPECT_EQ(sent(), "1400m");
}

TEST_F(DeadlinesTest, TheOlderFormIsForGrpcOnly) {
  action_.max_grpc_timeout_ms = 0;
  EXPECT_EQ(get().route_ms, 15000u);
  grpc("3S");
  EXPECT_EQ(get().route_ms, 3000u);
  action_.max_grpc_timeout_ms = 1000;
  EXPECT_EQ(get().route_ms, 1000u);
  EXPECT_EQ(sent(), "1000m");
  head_.headers.remove(HeaderId::GrpcTimeout);
  action_.max_grpc_timeout_ms = 0;
  EXPECT_EQ(get().route_ms, 0u);
  EXPECT_EQ(sent(), "(absent)");
}

TEST_F(DeadlinesTest, ATrustedCallerHasTheLastWord) {
  head_.headers.add(HeaderId::XEnvoyUpstreamRqTimeoutMs, "250");
  EXPECT_EQ(get().route_ms, 250u);
  EXPECT_FALSE(head_.headers.has(HeaderId::XEnvoyUpstreamRqTimeoutMs));
}

TEST_F(DeadlinesTest, ATunnelHasNoRouteTimeoutButADuration) {
  head_.upgrade = "websocket";
  config_.max_stream_duration_ms = 50;
  EXPECT_EQ(get().route_ms, 0u);
  EXPECT_EQ(get().stream_ms, 50u);
}

TEST(GrpcTimeout, EveryUnitIsReadAndRoundedUp) {
  EXPECT_EQ(parseGrpcTimeout("1H"), 3600000u);
  EXPECT_EQ(parseGrpcTimeout("2M"), 120000u);
  EXPECT_EQ(parseGrpcTimeout("3S"), 3000u);
  EXPECT_EQ(parseGrpcTimeout("99999999m"), 99999999u);
  EXPECT_EQ(parseGrpcTimeout("1u"), 1u);
  EXPECT_EQ(parseGrpcTimeout("1000001n"), 2u);
  for (const char* bad : {"", "S", "5", "5s", "-1S", "1.5S", "123456789S", " 1S"}) {
    EXPECT_EQ(parseGrpcTimeout(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace convoy::worker

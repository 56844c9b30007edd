#include "worker/failure_table.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

TEST(FailureTable, EveryFailureHasAStatusExceptAClientThatHasGone) {
  for (int i = 0; i < static_cast<int>(Failure::Count); ++i) {
    const auto failure = static_cast<Failure>(i);
    const FailureRow& row = failureRow(failure);
    EXPECT_FALSE(row.details.empty()) << i;
    if (failure == Failure::DownstreamGone) {
      EXPECT_EQ(row.status, 0);
    } else {
      EXPECT_GE(row.status, 400) << i;
      EXPECT_LE(row.status, 599) << i;
    }
  }
}

TEST(FailureTable, SaysWhatEnvoySays) {
  EXPECT_EQ(failureRow(Failure::RouteNotFound).status, 404);
  EXPECT_EQ(failureRow(Failure::RouteNotFound).flag, Flag::NoRouteFound);
  EXPECT_EQ(failureRow(Failure::NoHealthyUpstream).body, "no healthy upstream");
  EXPECT_EQ(failureRow(Failure::ResponseTimeout).status, 504);
  EXPECT_EQ(failureRow(Failure::ResponseTimeout).body, "upstream request timeout");
  EXPECT_EQ(failureRow(Failure::UpstreamProtocolError).status, 502);
  EXPECT_EQ(failureRow(Failure::UpstreamTermination).body,
            "upstream connect error or disconnect/reset before headers. reset reason: connection "
            "termination");
}

TEST(FailureTable, OnlyAnOverflowTellsTheCallerToBackOff) {
  for (int i = 0; i < static_cast<int>(Failure::Count); ++i) {
    const auto failure = static_cast<Failure>(i);
    EXPECT_EQ(failureRow(failure).overloaded, failure == Failure::Overflow);
  }
}

TEST(FailureTable, OnlyACallThatTookTooLongHasAStatusOfItsOwnInGrpc) {
  for (int i = 0; i < static_cast<int>(Failure::Count); ++i) {
    const auto failure = static_cast<Failure>(i);
    const bool duration = failure == Failure::StreamDuration || failure == Failure::RequestDuration;
    EXPECT_EQ(failureRow(failure).grpc_status, duration ? std::optional(4) : std::nullopt);
  }
}

TEST(FailureTable, EveryResetReasonHasItsRow) {
  using http::ResetReason;
  EXPECT_EQ(failureOf(ResetReason::ConnectionFailure), Failure::ConnectFailure);
  EXPECT_EQ(failureOf(ResetReason::ConnectionTimeout), Failure::ConnectTimeout);
  EXPECT_EQ(failureOf(ResetReason::ConnectionTermination), Failure::UpstreamTermination);
  EXPECT_EQ(failureOf(ResetReason::RemoteReset), Failure::UpstreamRemoteReset);
  EXPECT_EQ(failureOf(ResetReason::ProtocolError), Failure::UpstreamProtocolError);
  EXPECT_EQ(failureOf(ResetReason::Overflow), Failure::Overflow);
  EXPECT_EQ(failureOf(ResetReason::Refused), Failure::UpstreamRefused);
  EXPECT_EQ(failureOf(ResetReason::NoTunnels), Failure::UpstreamNoTunnels);
}

}  // namespace
}  // namespace convoy::worker

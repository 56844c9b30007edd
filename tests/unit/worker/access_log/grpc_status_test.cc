#include "worker/access_log/grpc_status.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

struct Call {
  Call() {
    request.headers.add("content-type", "application/grpc+proto");
    record.request = &request;
    record.response = &response;
    record.status = 200;
  }
  http::RequestHead request;
  http::ResponseHead response;
  http::HeaderMap trailers;
  Record record;
};

TEST(GrpcStatus, ComesFromTheTrailersFirst) {
  Call call;
  call.response.headers.add("grpc-status", "2");
  EXPECT_EQ(grpcStatus(call.record), 2u);
  call.trailers.add("grpc-status", "4");
  call.record.trailers = &call.trailers;
  EXPECT_EQ(grpcStatus(call.record), 4u);
}

TEST(GrpcStatus, IsWhatTheHttpStatusMeansWhereNoneWasSent) {
  Call call;
  call.record.status = 503;
  EXPECT_EQ(grpcStatus(call.record), 14u);
}

TEST(GrpcStatus, OtherRequestsHaveNone) {
  Call call;
  call.request.headers.set("content-type", "text/plain");
  EXPECT_EQ(grpcStatus(call.record), std::nullopt);
}

TEST(GrpcStatus, HasTwoSpellings) {
  EXPECT_EQ(grpcStatusName(4, false), "DeadlineExceeded");
  EXPECT_EQ(grpcStatusName(4, true), "DEADLINE_EXCEEDED");
  EXPECT_EQ(grpcStatusName(1, false), "Canceled");
  EXPECT_EQ(grpcStatusName(17, true), "InvalidCode");
}

}  // namespace
}  // namespace convoy::worker

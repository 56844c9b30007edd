#include "worker/filters/grpc_bridge.h"

#include "tests/unit/worker/filters/filter_fixture.h"

namespace convoy::worker {
namespace {

using namespace std::string_literals;

class GrpcBridgeTest : public FilterFixture {
 protected:
  GrpcBridgeTest() { make({}); }
  void make(const config::GrpcBridgeFilter& settings) {
    config_.kind = config::HttpFilter::Kind::GrpcBridge;
    config_.settings = std::make_shared<const config::FilterSettings>(settings);
    filter_ = std::make_unique<GrpcBridgeFilter>(config_);
  }
  FilterStatus ask(std::string_view type, http::Protocol protocol = http::Protocol::Http11,
                   bool end = false) {
    filter_->reset();
    request_.clear();
    request_.protocol = protocol;
    request_.path = "/a.B/C?x=1";
    request_.headers.set("content-type", type);
    request_.body = http::BodyKind::Length;
    request_.content_length = 4;
    return filter_->decodeHeaders(context_, end);
  }
  void answer(bool end = false) {
    response_.clear();
    response_.headers.set("content-type", "application/grpc");
    response_.body = http::BodyKind::Chunked;
    filter_->encodeHeaders(context_, end);
  }
  std::string encode(std::string_view data, bool end = false) {
    filter_->encodeData(context_, data, end);
    return std::string(data);
  }
  std::string trailers(std::string_view status, std::string_view message = "") {
    http::HeaderMap trailers;
    if (!status.empty()) trailers.add("grpc-status", status);
    if (!message.empty()) trailers.add("grpc-message", message);
    std::string_view data;
    filter_->encodeTrailers(context_, trailers, data);
    EXPECT_TRUE(trailers.empty());
    return std::string(data);
  }

  config::HttpFilter config_;
  std::unique_ptr<GrpcBridgeFilter> filter_;
};

TEST_F(GrpcBridgeTest, OtherCallsPassUntouched) {
  ask("application/json");
  EXPECT_FALSE(filter_->seesBodies());
  answer();
  EXPECT_FALSE(filter_->holdsResponse());
  ask("application/grpc", http::Protocol::Http2);
  EXPECT_FALSE(filter_->seesBodies());
  answer();
  EXPECT_FALSE(filter_->holdsResponse());
  EXPECT_EQ(request_.path, "/a.B/C?x=1");
}

TEST_F(GrpcBridgeTest, AnAnswerWaitsForItsTrailersAndTheyGoIntoItsHead) {
  EXPECT_EQ(ask("application/grpc"), FilterStatus::Continue);
  answer();
  EXPECT_TRUE(filter_->holdsResponse());
  EXPECT_EQ(encode("\0\0\0"s), "");
  EXPECT_EQ(encode("\0\1x"s), "");
  EXPECT_EQ(trailers("0", "fine"), "\0\0\0\0\1x"s);
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(responseField("grpc-status"), "0");
  EXPECT_EQ(responseField("grpc-message"), "fine");
  EXPECT_EQ(response_.body, http::BodyKind::Length);
  EXPECT_EQ(response_.content_length, 6u);
  EXPECT_FALSE(filter_->holdsResponse());
}

TEST_F(GrpcBridgeTest, AFailedCallIs503) {
  for (const std::string_view status : {"5", "16", "99", "nonsense"}) {
    ask("application/grpc+proto");
    answer();
    EXPECT_EQ(trailers(status, "no%20such"), "");
    EXPECT_EQ(response_.status, 503) << status;
    EXPECT_EQ(responseField("grpc-status"), status);
    EXPECT_EQ(responseField("grpc-message"), "no%20such");
    EXPECT_EQ(response_.content_length, 0u);
  }
}

TEST_F(GrpcBridgeTest, TrailersWithoutAStatusLeaveTheHeadAsItIs) {
  ask("application/grpc");
  answer();
  encode("abc");
  EXPECT_EQ(trailers(""), "abc");
  EXPECT_EQ(response_.status, 200);
  EXPECT_EQ(responseField("grpc-status"), "(absent)");
}

TEST_F(GrpcBridgeTest, AnAnswerThatIsAllHeadOrHasNoTrailersGoesOn) {
  ask("application/grpc");
  answer(true);
  EXPECT_FALSE(filter_->holdsResponse());
  ask("application/grpc");
  answer();
  EXPECT_EQ(encode("ab"), "");
  EXPECT_EQ(encode("c", true), "abc");
  EXPECT_EQ(response_.body, http::BodyKind::Chunked);
  EXPECT_FALSE(filter_->holdsResponse());
}

TEST_F(GrpcBridgeTest, AnAnswerThatIsTooLargeToHoldIsAnError) {
  context_.buffer_limit = 10;
  ask("application/grpc");
  answer();
  EXPECT_EQ(encode("0123456789"), "");
  EXPECT_EQ(context_.status, 0);
  encode("0");
  EXPECT_EQ(context_.status, 500);
  EXPECT_EQ(context_.details, "response_payload_too_large");
}

TEST_F(GrpcBridgeTest, AQueryGoesNoFurtherWhereThatIsWanted) {
  make({false, true});
  ask("application/grpc");
  EXPECT_EQ(request_.path, "/a.B/C");
  ask("application/grpc", http::Protocol::Http2);
  EXPECT_EQ(request_.path, "/a.B/C?x=1");
}

TEST_F(GrpcBridgeTest, ABareMessageGetsAFrameAndItsAnswerLosesIt) {
  make({true, false});
  EXPECT_EQ(ask("application/x-protobuf"), FilterStatus::Wait);
  EXPECT_EQ(requestField("content-type"), "application/grpc");
  EXPECT_EQ(request_.body, http::BodyKind::Chunked);
  EXPECT_EQ(filter_->onWaiting(context_, 2, false), FilterStatus::Wait);
  EXPECT_EQ(filter_->onWaiting(context_, 4, true), FilterStatus::Continue);
  std::string_view data = "abcd";
  filter_->decodeData(context_, data, true);
  EXPECT_EQ(data, "\0\0\0\0\4abcd"s);
  answer();
  encode("\0\0\0"s);
  encode("\0\4wx"s);
  encode("yz");
  EXPECT_EQ(trailers("0"), "wxyz");
  EXPECT_EQ(response_.content_length, 4u);
}

// Its length may stand in its head already.
TEST_F(GrpcBridgeTest, AnAnswerWithoutTrailersLosesNothing) {
  make({true, false});
  ask("application/x-protobuf");
  answer();
  EXPECT_EQ(encode("first "), "");
  EXPECT_EQ(encode("and last", true), "first and last");
}

TEST_F(GrpcBridgeTest, ABareMessageIsNothingSpecialUnlessThatIsWanted) {
  EXPECT_EQ(ask("application/x-protobuf"), FilterStatus::Continue);
  EXPECT_FALSE(filter_->seesBodies());
  make({true, false});
  EXPECT_EQ(ask("application/x-protobuf", http::Protocol::Http2), FilterStatus::Continue);
  EXPECT_EQ(requestField("content-type"), "application/x-protobuf");
}

TEST_F(GrpcBridgeTest, ABareMessageThatIsTooLargeToHoldIsRefused) {
  make({true, false});
  context_.buffer_limit = 3;
  EXPECT_EQ(ask("application/x-protobuf"), FilterStatus::Refuse);
  EXPECT_EQ(context_.status, 413);
  context_.buffer_limit = 5;
  ask("application/x-protobuf");
  EXPECT_EQ(filter_->onWaiting(context_, 6, false), FilterStatus::Refuse);
}

}  // namespace
}  // namespace convoy::worker

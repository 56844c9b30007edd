#include "worker/filters/grpc_web.h"

#include "common/base/base64.h"
#include "tests/unit/worker/filters/filter_fixture.h"

namespace convoy::worker {
namespace {

using namespace std::string_literals;

std::string frame(const std::string& message, char flags = 0) {
  std::string out(1, flags);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(message.size() >> shift);
  return out + message;
}

std::string base64(const std::string& bytes) {
  std::string out;
  base::appendBase64(bytes, out);
  return out;
}

class GrpcWebFilterTest : public FilterFixture {
 protected:
  FilterStatus ask(std::string_view type, std::string_view accept) {
    filter_.reset();
    request_.headers.set("content-type", type);
    request_.headers.set("accept", accept);
    request_.body = http::BodyKind::Length;
    request_.content_length = 100;
    return filter_.decodeHeaders(context_, false);
  }
  std::string decode(std::string_view data, bool end = false) {
    if (filter_.decodeData(context_, data, end) == FilterStatus::Refuse) return "(refused)";
    return std::string(data);
  }
  void answer(std::string_view type, int status = 200) {
    response_.clear();
    response_.status = status;
    response_.headers.set("content-type", type);
    response_.body = http::BodyKind::Chunked;
    filter_.encodeHeaders(context_, false);
  }
  std::string encode(std::string_view data, bool end = false) {
    filter_.encodeData(context_, data, end);
    return std::string(data);
  }
  std::string trailers() {
    http::HeaderMap trailers;
    trailers.add("grpc-status", "0");
    trailers.add("grpc-message", "fine");
    std::string_view data;
    filter_.encodeTrailers(context_, trailers, data);
    EXPECT_EQ(trailers.empty(), !data.empty());
    return std::string(data);
  }

  const std::string trailers_frame_ = frame("grpc-status:0\r\ngrpc-message:fine\r\n", '\x80');
  GrpcWebFilter filter_;
};

TEST_F(GrpcWebFilterTest, OtherRequestsPassUntouched) {
  ask("application/grpc", "*/*");
  EXPECT_FALSE(filter_.seesBodies());
  EXPECT_EQ(requestField("content-type"), "application/grpc");
  EXPECT_EQ(requestField("te"), "(absent)");
  EXPECT_EQ(request_.content_length, 100u);
  answer("application/grpc");
  EXPECT_EQ(responseField("content-type"), "application/grpc");
}

TEST_F(GrpcWebFilterTest, ARequestBecomesGrpc) {
  for (const std::string_view type :
       {"application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text",
        "application/grpc-web-text+proto"}) {
    ask(type, "*/*");
    EXPECT_TRUE(filter_.seesBodies());
    EXPECT_EQ(requestField("content-type"), "application/grpc");
    EXPECT_EQ(requestField("te"), "trailers");
    EXPECT_EQ(requestField("grpc-accept-encoding"), "identity");
    EXPECT_EQ(request_.body, http::BodyKind::Chunked);
  }
}

TEST_F(GrpcWebFilterTest, BytesGoThroughAndTrailersBecomeTheLastFrame) {
  ask("application/grpc-web+proto", "application/grpc-web+proto");
  EXPECT_EQ(decode(frame("question"), true), frame("question"));
  answer("application/grpc");
  EXPECT_EQ(responseField("content-type"), "application/grpc-web+proto");
  EXPECT_EQ(encode(frame("answer")), frame("answer"));
  EXPECT_EQ(trailers(), trailers_frame_);
}

TEST_F(GrpcWebFilterTest, TextIsDecodedWhereverItIsCut) {
  const std::string text = base64(frame("a question of some length"));
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    ask("application/grpc-web-text", "application/grpc-web-text");
    const std::string first = decode(std::string_view(text).substr(0, cut));
    const std::string second = decode(std::string_view(text).substr(cut), true);
    EXPECT_EQ(first + second, frame("a question of some length"));
  }
}

TEST_F(GrpcWebFilterTest, TextThatIsNoBase64IsRefused) {
  for (const auto& [text, end] : {std::pair("!!!!", false), std::pair("AAA", true)}) {
    ask("application/grpc-web-text", "application/grpc-web-text");
    EXPECT_EQ(decode(text, end), "(refused)");
    EXPECT_EQ(context_.status, 400);
    EXPECT_EQ(context_.body, "Bad gRPC-web request, invalid base64 data.");
  }
}

TEST_F(GrpcWebFilterTest, EachFrameOfATextAnswerCanBeDecodedAsSoonAsItIsThere) {
  const std::string frames = frame("one") + frame("") + frame("three!!") + frame("four");
  for (size_t cut = 0; cut <= frames.size(); ++cut) {
    ask("application/grpc-web-text", "application/grpc-web-text");
    answer("application/grpc+proto");
    EXPECT_EQ(responseField("content-type"), "application/grpc-web-text+proto");
    std::string text = encode(std::string_view(frames).substr(0, cut));
    text += encode(std::string_view(frames).substr(cut));
    EXPECT_EQ(text, base64(frame("one")) + base64(frame("")) + base64(frame("three!!")) +
                        base64(frame("four")));
    EXPECT_EQ(trailers(), base64(trailers_frame_));
  }
}

TEST_F(GrpcWebFilterTest, ALongMessageIsNotHeldBack) {
  ask("application/grpc-web-text", "application/grpc-web-text");
  answer("application/grpc");
  const std::string whole = frame(std::string(3000, 'x'));
  std::string text = encode(std::string_view(whole).substr(0, 2000));
  EXPECT_GE(text.size(), 2000u);
  text += encode(std::string_view(whole).substr(2000));
  EXPECT_EQ(text, base64(whole));
}

// All that such a client reads is grpc-status and grpc-message (Envoy).
TEST_F(GrpcWebFilterTest, AnAnswerThatIsNotGrpcIsToldInItsHead) {
  ask("application/grpc-web-text", "application/grpc-web-text");
  answer("text/plain", 503);
  EXPECT_TRUE(filter_.holdsResponse());
  EXPECT_EQ(encode("no healthy "), "");
  EXPECT_EQ(encode("100% \xc3\xa9\n", true), "");
  EXPECT_FALSE(filter_.holdsResponse());
  EXPECT_EQ(response_.status, 503);
  EXPECT_EQ(responseField("content-type"), "application/grpc-web-text+proto");
  EXPECT_EQ(responseField("grpc-status"), "14");
  EXPECT_EQ(responseField("grpc-message"), "no healthy 100%25 %C3%A9%0A");
  EXPECT_EQ(response_.body, http::BodyKind::Length);
  EXPECT_EQ(response_.content_length, 0u);
}

TEST_F(GrpcWebFilterTest, NoMoreOfItsBodyIsToldThanEnvoyTells) {
  ask("application/grpc-web", "*/*");
  answer("text/html");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(encode(std::string(5000, 'x')), "");
  http::HeaderMap trailers;
  trailers.add("x-other", "1");
  std::string_view data;
  filter_.encodeTrailers(context_, trailers, data);
  EXPECT_EQ(responseField("grpc-message").size(), 16384u);
  EXPECT_EQ(responseField("grpc-status"), "2");
  EXPECT_EQ(trailers.size(), 1u) << "they are no gRPC's";
}

TEST_F(GrpcWebFilterTest, AHeadThatIsAllIsNotHeld) {
  ask("application/grpc-web", "*/*");
  response_.clear();
  response_.status = 404;
  filter_.encodeHeaders(context_, true);
  EXPECT_FALSE(filter_.holdsResponse());
  EXPECT_EQ(responseField("content-type"), "application/grpc-web+proto");
  EXPECT_EQ(responseField("grpc-status"), "(absent)");
}

TEST_F(GrpcWebFilterTest, AnAnswerInGrpcWebPasses) {
  for (const char* type : {"application/grpc-web", "Application/grpc-web+proto ; charset=utf-8"}) {
    ask("application/grpc-web", "*/*");
    answer(type);
    EXPECT_FALSE(filter_.holdsResponse());
    EXPECT_EQ(encode(frame("x")), frame("x"));
  }
}

TEST_F(GrpcWebFilterTest, WhatAClientAcceptsIsKept) {
  request_.headers.set("grpc-accept-encoding", "gzip");
  ask("application/grpc-web", "*/*");
  EXPECT_EQ(requestField("grpc-accept-encoding"), "gzip");
}

}  // namespace
}  // namespace convoy::worker

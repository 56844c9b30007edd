// Promise: a gRPC-Web client gets gRPC's answer, trailers and all, in the encoding that it asked
// for, and the upstream sees gRPC.
#include <gtest/gtest.h>

#include "common/base/base64.h"
#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

using namespace std::string_literals;

const std::string kQuestion = "\0\0\0\0\5hello"s;
const std::string kAnswer = "\0\0\0\0\7goodbye"s;

std::string base64(const std::string& bytes) {
  std::string out;
  base::appendBase64(bytes, out);
  return out;
}

struct World {
  FakeUpstream backend{[](const HttpMessage&, RawClient& connection) {
    return connection.send(
        "HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ntransfer-encoding: chunked\r\n\r\n"
        "4\r\n" +
        kAnswer.substr(0, 4) + "\r\n8\r\n" + kAnswer.substr(4) + "\r\n0\r\ngrpc-status: 0\r\n\r\n");
  }};
  uint16_t port = freePort();
  std::unique_ptr<ConvoyProcess> convoy;
  World() {
    Config config;
    config.httpFilter("envoy.filters.http.grpc_web", "grpc_web.v3.GrpcWeb")
        .http(port, Config::toCluster("service"))
        .cluster("service", {backend.port()});
    convoy = std::make_unique<ConvoyProcess>(config);
  }
  HttpMessage ask(const std::string& type, const std::string& body) const {
    return RawClient(port).request("POST", "/package.Service/Method",
                                   "Content-Type: " + type + "\r\nAccept: " + type + "\r\n", body);
  }
};

TEST(GrpcWeb, BytesGoInAndBytesWithTrailersComeOut) {
  World world;
  const HttpMessage answer = world.ask("application/grpc-web+proto", kQuestion);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/grpc-web+proto");
  EXPECT_EQ(answer.body, kAnswer + "\x80\0\0\0\x0f"s + "grpc-status:0\r\n");
  const HttpMessage seen = world.backend.last();
  EXPECT_EQ(seen.header("content-type"), "application/grpc");
  EXPECT_EQ(seen.header("te"), "trailers");
  EXPECT_EQ(seen.body, kQuestion);
}

TEST(GrpcWeb, TextGoesInAndTextComesOut) {
  World world;
  const HttpMessage answer = world.ask("application/grpc-web-text", base64(kQuestion));
  EXPECT_EQ(answer.header("content-type"), "application/grpc-web-text+proto");
  EXPECT_EQ(answer.body, base64(kAnswer) + base64("\x80\0\0\0\x0f"s + "grpc-status:0\r\n"));
  EXPECT_EQ(world.backend.last().body, kQuestion);
}

TEST(GrpcWeb, BrokenTextIsTheClientsFault) {
  World world;
  const HttpMessage answer = world.ask("application/grpc-web-text", "AAAAA");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.header("grpc-status"), "13");
  EXPECT_EQ(answer.header("grpc-message"), "Bad gRPC-web request, invalid base64 data.");
}

TEST(GrpcWeb, OtherRequestsAreNotTouched) {
  World world;
  const HttpMessage answer = world.ask("application/json", "{}");
  EXPECT_EQ(answer.header("content-type"), "application/grpc");
  EXPECT_EQ(world.backend.last().header("content-type"), "application/json");
}

}  // namespace
}  // namespace convoy::fakes

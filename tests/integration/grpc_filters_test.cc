// Promise: gRPC calls are counted by cluster and method under Envoy's names, and a client of
// HTTP/1 that knows no trailers gets their status in the head.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/wait.h"

namespace convoy::fakes {
namespace {

using namespace std::string_literals;

const std::string kQuestion = "\0\0\0\0\5hello"s;

// Of the path's last part: the status.
bool answer(const HttpMessage& request, RawClient& connection) {
  const std::string path = request.first_line.substr(0, request.first_line.rfind(' '));
  return connection.send(
      "HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ntransfer-encoding: chunked\r\n\r\n"
      "8\r\n\0\0\0\0\3bye\r\n0\r\ngrpc-status: "s +
      path.substr(path.rfind('/') + 1) + "\r\ngrpc-message: said\r\n\r\n");
}

class GrpcFilters : public ::testing::Test {
 protected:
  void start(const std::string& name, const std::string& message, const std::string& fields = "") {
    Config config;
    config.httpFilter("envoy.filters.http." + name, message, fields)
        .http(port_, Config::toCluster("service"))
        .cluster("service", {backend_.port()});
    convoy_ = std::make_unique<ConvoyProcess>(config);
  }
  HttpMessage call(const std::string& path, const std::string& type = "application/grpc",
                   const std::string& body = kQuestion) {
    return RawClient(port_).request("POST", path, "Content-Type: " + type + "\r\n", body);
  }

  FakeUpstream backend_{answer};
  uint16_t port_ = freePort();
  std::unique_ptr<ConvoyProcess> convoy_;
};

TEST_F(GrpcFilters, CallsAreCountedUnderTheNamesOfEnvoy) {
  start("grpc_stats", "grpc_stats.v3.FilterConfig",
        "enable_upstream_stats: true, individual_method_stats_allowlist: {services: [{name: "
        "package.Service, method_names: ['0']}]}");
  call("/package.Service/0");
  call("/package.Service/0");
  call("/package.Service/13");
  const std::string of_method =
      "{envoy_grpc_bridge_method=\"0\",envoy_grpc_bridge_service=\"package.Service\","
      "envoy_cluster_name=\"service\"}";
  const std::string of_cluster = "{envoy_cluster_name=\"service\"}";
  EXPECT_TRUE(
      eventually([&] { return convoy_->metric("envoy_cluster_grpc_success" + of_method) == 2; }));
  EXPECT_EQ(convoy_->metric("envoy_cluster_grpc_0" + of_method), 2);
  EXPECT_EQ(convoy_->metric("envoy_cluster_grpc_request_message_count" + of_method), 2);
  EXPECT_EQ(convoy_->metric("envoy_cluster_grpc_response_message_count" + of_method), 2);
  EXPECT_EQ(convoy_->metric("envoy_cluster_grpc_upstream_rq_time_count" + of_method), 2);
  EXPECT_EQ(convoy_->metric("envoy_cluster_grpc_13" + of_cluster), 1);
  EXPECT_EQ(convoy_->metric("envoy_cluster_grpc_failure" + of_cluster), 1);
  // What did not happen has no series.
  EXPECT_EQ(convoy_->metric("envoy_cluster_grpc_failure" + of_method), -1);
  EXPECT_EQ(convoy_->metric("envoy_cluster_grpc_1" + of_cluster), -1);
  EXPECT_NE(convoy_->admin("/stats?filter=grpc")
                .body.find("cluster.service.grpc.package.Service.0.total: 2\n"),
            std::string::npos);
}

TEST_F(GrpcFilters, AStatusStandsInTheHeadForAClientWithoutTrailers) {
  start("grpc_http1_bridge", "grpc_http1_bridge.v3.Config");
  const HttpMessage good = call("/a.B/0");
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.header("grpc-status"), "0");
  EXPECT_EQ(good.header("grpc-message"), "said");
  EXPECT_EQ(good.header("content-length"), "8");
  EXPECT_EQ(good.body, "\0\0\0\0\3bye"s);
  const HttpMessage bad = call("/a.B/7");
  EXPECT_EQ(bad.status, 503);
  EXPECT_EQ(bad.header("grpc-status"), "7");
  EXPECT_EQ(call("/a.B/7", "application/json").status, 200);
  // To its client a failed call is an answer of the server's.
  const std::string xx = "envoy_http_downstream_rq_xx{envoy_response_code_class=\"";
  EXPECT_EQ(convoy_->metric(xx + "5\",envoy_http_conn_manager_prefix=\"web\"}"), 1);
}

TEST_F(GrpcFilters, ABareMessageIsACallWhereThatIsWanted) {
  start("grpc_http1_bridge", "grpc_http1_bridge.v3.Config",
        "upgrade_protobuf_to_grpc: true, ignore_query_parameters: true");
  const HttpMessage got = call("/a.B/0?query", "application/x-protobuf", "hello");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "bye");
  EXPECT_EQ(got.header("content-length"), "3");
  const HttpMessage seen = backend_.last();
  EXPECT_EQ(seen.first_line, "POST /a.B/0 HTTP/1.1");
  EXPECT_EQ(seen.header("content-type"), "application/grpc");
  EXPECT_EQ(seen.body, kQuestion);
}

}  // namespace
}  // namespace convoy::fakes

// What grpc_stats counts of calls through a whole worker.
#include "tests/unit/worker/http/proxy_fixture.h"

namespace convoy {
namespace {

using namespace std::string_literals;
using stats::GrpcStat;

constexpr char kFilter[] =
    "{name: envoy.filters.http.grpc_stats, typed_config: {'@type': "
    "type.googleapis.com/envoy.extensions.filters.http.grpc_stats.v3.FilterConfig, ";
constexpr char kList[] =
    "individual_method_stats_allowlist: {services: [{name: a.B, method_names: [One]}]}, "
    "enable_upstream_stats: true}}";

class GrpcStatsTest : public ProxyTest {
 protected:
  void startWith(const std::string& settings, const std::string& action = "cluster: up") {
    startYaml(fakes::frontYaml(kFilter + settings + ", ") +
              "              routes:\n"
              "              - match: {prefix: /direct}\n"
              "                direct_response: {status: 200}\n"
              "              - match: {prefix: /}\n"
              "                route: {" +
              action +
              "}\n"
              "  clusters:\n"
              "  - {name: up, load_assignment: {cluster_name: up}}\n"
              "  - {name: other, load_assignment: {cluster_name: other}}\n");
    serve(upstream_);
  }
  HttpMessage call(const std::string& path, const std::string& body = kOneMessage,
                   const std::string& type = "application/grpc") {
    HttpMessage answer;
    play([&] {
      answer = RawClient(port()).request("POST", path, "Content-Type: " + type + "\r\n", body);
    });
    return answer;
  }
  // Of all calls, or of those of /a.B/One.
  uint64_t counted(GrpcStat stat, bool of_method = false, size_t cluster = 0) {
    worker::WorkerContext& context = worker_->context();
    const config::Cluster& config = context.bootstrap->clusters[cluster];
    const uint32_t cells =
        of_method ? context.directory.grpc(config, {"a.B", "One"}) : context.directory.grpc(config);
    if (cells == stats::Directory::kNone) return 999;
    return stats::StatBlock<GrpcStat>(context.cells(cells)).get(stat);
  }
  void answerWith(const std::string& status, const std::string& messages) {
    std::string size(1, static_cast<char>('0' + messages.size() % 10));
    ASSERT_LT(messages.size(), 10u);
    upstream_.setHandler([=](const HttpMessage&, RawClient& connection) {
      return connection.send(
          "HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ntransfer-encoding: "
          "chunked\r\n\r\n" +
          (messages.empty() ? "" : size + "\r\n" + messages + "\r\n") +
          "0\r\ngrpc-status: " + status + "\r\n\r\n");
    });
  }

  static inline const std::string kOneMessage = "\0\0\0\0\1x"s;
  FakeUpstream upstream_;
};

TEST_F(GrpcStatsTest, CountsStatusesAndMessagesOfItsMethods) {
  startWith(kList);
  answerWith("0", "\0\0\0\0\1x"s);
  EXPECT_EQ(call("/a.B/One", kOneMessage + kOneMessage).status, 200);
  answerWith("5", "");
  call("/a.B/One?query=1");
  EXPECT_EQ(counted(GrpcStat::total, true), 2u);
  EXPECT_EQ(counted(GrpcStat::success, true), 1u);
  EXPECT_EQ(counted(GrpcStat::failure, true), 1u);
  EXPECT_EQ(counted(GrpcStat::status_0, true), 1u);
  EXPECT_EQ(counted(GrpcStat::status_5, true), 1u);
  EXPECT_EQ(counted(GrpcStat::request_message_count, true), 3u);
  EXPECT_EQ(counted(GrpcStat::response_message_count, true), 1u);
  EXPECT_EQ(counted(GrpcStat::total), 0u);
}

TEST_F(GrpcStatsTest, OtherMethodsCountTogether) {
  startWith(kList);
  answerWith("0", "");
  for (const char* path : {"/a.B/Two", "/a.C/One", "/One/a.B"}) call(path);
  EXPECT_EQ(counted(GrpcStat::total), 3u);
  EXPECT_EQ(counted(GrpcStat::request_message_count), 3u);
  EXPECT_EQ(counted(GrpcStat::total, true), 0u);
}

TEST_F(GrpcStatsTest, WhatIsNoCallIsNotCounted) {
  startWith(kList);
  answerWith("0", "");
  for (const char* path : {"/", "/a.B", "/a.B/One/More", "/direct"}) call(path);
  call("/a.B/One", kOneMessage, "application/json");
  EXPECT_EQ(counted(GrpcStat::total) + counted(GrpcStat::total, true), 0u);
  EXPECT_EQ(counted(GrpcStat::request_message_count), 0u);
}

TEST_F(GrpcStatsTest, AnAnswerOfOursIsTheClustersWhereOneWasChosen) {
  startWith(kList);
  worker_->setHosts(0, {});
  EXPECT_EQ(call("/a.B/One").header("grpc-status"), "14");
  EXPECT_EQ(counted(GrpcStat::status_14, true), 1u);
  EXPECT_EQ(counted(GrpcStat::failure, true), 1u);
}

TEST_F(GrpcStatsTest, AStatusThatGrpcDoesNotHaveIsAFailure) {
  startWith(kList);
  answerWith("17", "");
  call("/a.B/One");
  EXPECT_EQ(counted(GrpcStat::failure, true), 1u);
  EXPECT_EQ(counted(GrpcStat::total, true), 1u);
}

TEST_F(GrpcStatsTest, OfWeightedClustersTheOneThatWasChosen) {
  startWith(kList,
            "weighted_clusters: {clusters: [{name: up, weight: 0}, {name: other, weight: 1}]}");
  worker_->setHosts(1, {upstream_.port()});
  answerWith("0", "");
  call("/a.B/One");
  EXPECT_EQ(counted(GrpcStat::total, true, 0), 0u);
  EXPECT_EQ(counted(GrpcStat::total, true, 1), 1u);
  EXPECT_EQ(counted(GrpcStat::request_message_count, true, 1), 1u);
}

TEST_F(GrpcStatsTest, ClustersThatNoRouteNamesHaveNoCounters) {
  startWith(kList);
  EXPECT_EQ(counted(GrpcStat::total, false, 1), 999u);
  startWith(kList, "cluster_header: x-cluster");
  EXPECT_EQ(counted(GrpcStat::total, true, 1), 0u);
}

}  // namespace
}  // namespace convoy

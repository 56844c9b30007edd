#include "common/ipc/host_stats.h"

#include <gtest/gtest.h>

namespace convoy::ipc {
namespace {

TEST(HostStats, BothGoThroughText) {
  HostStatsPayload asked;
  ASSERT_TRUE(fromJson(toJson(HostStatsPayload{{3, 0}, 256, 7}), &asked));
  EXPECT_EQ(asked.clusters, (std::vector<uint32_t>{3, 0}));
  EXPECT_EQ(asked.first, 256u);
  EXPECT_EQ(asked.question, 7u);
  HostStatsToldPayload told, out;
  told.question = 7;
  told.hosts = {{3, "[::1]:80", {}}};
  told.hosts[0].numbers.rq_error = 3;
  told.hosts[0].numbers.tcp_success = 2;
  told.hosts[0].numbers.time_us = 5;
  ASSERT_TRUE(fromJson(toJson(told), &out));
  ASSERT_EQ(out.hosts.size(), 1u);
  EXPECT_EQ(out.question, 7u);
  EXPECT_EQ(out.hosts[0].cluster, 3u);
  EXPECT_EQ(out.hosts[0].address, "[::1]:80");
  EXPECT_EQ(out.hosts[0].numbers.errors(), 3u);
  EXPECT_EQ(out.hosts[0].numbers.answers(), 5u);
  EXPECT_EQ(out.hosts[0].numbers.time_us, 5u);
}

TEST(HostStats, AnythingElseDoesNotParse) {
  for (const char* text :
       {"", "[]", "{}", R"({"clusters":3})", R"({"clusters":[-1]})", R"({"clusters":["a"]})",
        R"({"hosts":[3]})", R"({"hosts":[{}]})", R"({"hosts":[],"question":-1})",
        R"({"hosts":[{"cluster":1,"address":"a"}],"question":1})",
        R"({"hosts":[{"cluster":1,"address":"a","numbers":[1]}],"question":1})",
        R"({"clusters":[1]})", R"({"clusters":[1],"first":0,"question":""})"}) {
    HostStatsPayload asked;
    HostStatsToldPayload told;
    EXPECT_FALSE(fromJson(text, &asked)) << text;
    EXPECT_FALSE(fromJson(text, &told)) << text;
  }
  HostStatsPayload many, out;
  many.clusters.resize(HostStatsPayload::kMaxClusters + 1);
  EXPECT_FALSE(fromJson(toJson(many), &out));
}

}  // namespace
}  // namespace convoy::ipc

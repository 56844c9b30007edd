#include "common/ipc/host_stats.h"

#include <gtest/gtest.h>

namespace convoy::ipc {
namespace {

TEST(HostStats, BothGoThroughText) {
  HostStatsPayload asked;
  ASSERT_TRUE(fromJson(toJson(HostStatsPayload{{3, 0}}), &asked));
  EXPECT_EQ(asked.clusters, (std::vector<uint32_t>{3, 0}));
  HostStatsToldPayload told;
  ASSERT_TRUE(fromJson(toJson(HostStatsToldPayload{{{3, "[::1]:80", {1, 2, 3, 4, 5}}}}), &told));
  ASSERT_EQ(told.hosts.size(), 1u);
  EXPECT_EQ(told.hosts[0].cluster, 3u);
  EXPECT_EQ(told.hosts[0].address, "[::1]:80");
  EXPECT_EQ(told.hosts[0].numbers.errors, 3u);
  EXPECT_EQ(told.hosts[0].numbers.time_us, 5u);
}

TEST(HostStats, AnythingElseDoesNotParse) {
  for (const char* text : {"", "[]", "{}", R"({"clusters":3})", R"({"clusters":[-1]})",
                           R"({"clusters":["a"]})", R"({"hosts":[3]})", R"({"hosts":[{}]})",
                           R"({"hosts":[{"cluster":1,"address":"a","active":-1}]})"}) {
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

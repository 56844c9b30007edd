#include "common/ipc/messages.h"

#include <gtest/gtest.h>

namespace convoy::ipc {
namespace {

TEST(Messages, ConfigComesBackAsSent) {
  ConfigPayload sent;
  sent.generation = 3;
  sent.slot = 7;
  sent.concurrency = 8;
  sent.layout_hash = 0xfedcba9876543210ull;
  sent.cell_count = 12345;
  sent.uid = 65534;
  sent.log_level = "debug";
  sent.service_node = "n\"1";
  sent.service_zone = "z";
  ConfigPayload got;
  ASSERT_TRUE(fromJson(toJson(sent), &got));
  EXPECT_EQ(got.generation, 3u);
  EXPECT_EQ(got.layout_hash, sent.layout_hash);
  EXPECT_EQ(got.uid, 65534);
  EXPECT_EQ(got.gid, -1);
  EXPECT_EQ(got.service_node, "n\"1");
  EXPECT_EQ(toJson(got), toJson(sent));
}

TEST(Messages, EndpointsComeBackAsSent) {
  EndpointsPayload sent;
  sent.clusters.push_back({2, {{"10.0.0.1", 80, "", "a.test", 5, 1, true}}});
  sent.clusters.push_back({3, {{"", 0, "/run/s.sock", "", 1, 0, false}}});
  EndpointsPayload got;
  ASSERT_TRUE(fromJson(toJson(sent), &got));
  ASSERT_EQ(got.clusters.size(), 2u);
  EXPECT_EQ(got.clusters[0].cluster, 2u);
  EXPECT_EQ(got.clusters[0].hosts[0].port, 80);
  EXPECT_EQ(got.clusters[0].hosts[0].weight, 5u);
  EXPECT_EQ(got.clusters[1].hosts[0].path, "/run/s.sock");
  EXPECT_FALSE(got.clusters[1].hosts[0].healthy);
}

TEST(Messages, SmallPayloadsComeBackAsSent) {
  ListenersPayload listeners;
  ASSERT_TRUE(fromJson(toJson(ListenersPayload{{0, 4, 2}}), &listeners));
  EXPECT_EQ(listeners.indices, (std::vector<uint32_t>{0, 4, 2}));
  LogsPayload logs;
  ASSERT_TRUE(fromJson(toJson(LogsPayload{{"/a b", "/dev/stdout"}}), &logs));
  EXPECT_EQ(logs.paths, (std::vector<std::string>{"/a b", "/dev/stdout"}));
  DrainPayload drain;
  ASSERT_TRUE(
      fromJson(toJson(DrainPayload{600000, true, {2, 5}, 4000, true, {1}, {60000}}), &drain));
  EXPECT_EQ(drain.deadline_ms, 600000u);
  EXPECT_TRUE(drain.stopping);
  EXPECT_EQ(drain.keep_accepting, (std::vector<uint32_t>{2, 5}));
  EXPECT_EQ(drain.announced_ms, 4000u);
  EXPECT_TRUE(drain.stay);
  EXPECT_EQ(drain.listeners, (std::vector<uint32_t>{1}));
  EXPECT_EQ(drain.deadlines_ms, (std::vector<uint64_t>{60000}));
  HelloPayload hello;
  ASSERT_TRUE(fromJson(toJson(HelloPayload{1, "b", 42}), &hello));
  EXPECT_EQ(hello.pid, 42u);
  DrainProgressPayload progress;
  ASSERT_TRUE(fromJson(toJson(DrainProgressPayload{9, 4, 0, 0, 0, 0, 7, 8, 6}), &progress));
  EXPECT_EQ(progress.connections, 9u);
  EXPECT_EQ(progress.forced_http, 7u);
  EXPECT_EQ(progress.forced_tcp, 8u);
  EXPECT_EQ(progress.forced_upgrade, 6u);
}

TEST(Messages, WrongTextIsRefused) {
  ConfigPayload config;
  ListenersPayload listeners;
  EndpointsPayload endpoints;
  HelloPayload hello;
  for (const char* text :
       {"", "[]", "{}", "{\"indices\":3}", "{\"indices\":[-1]}", "nonsense", "{\"clusters\":[{}]}",
        "{\"protocol\":70000,\"build\":\"\",\"pid\":1}"}) {
    EXPECT_FALSE(fromJson(text, &config)) << text;
    EXPECT_FALSE(fromJson(text, &listeners)) << text;
    EXPECT_FALSE(fromJson(text, &endpoints)) << text;
    EXPECT_FALSE(fromJson(text, &hello)) << text;
  }
}

}  // namespace
}  // namespace convoy::ipc

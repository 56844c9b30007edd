#include "master/config_changes.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

const char* const kOld = R"({"static_resources":{
  "listeners":[{"name":"a","port":1},{"name":"b","port":2}],
  "clusters":[{"name":"x"}]}})";
const char* const kNew = R"({"static_resources":{
  "listeners":[{"name":"c","port":4},{"name":"b","port":3}]}})";

TEST(ConfigChanges, TellsAddedModifiedAndRemovedByName) {
  const ConfigChanges listeners = changesOf(kOld, kNew, "listeners");
  EXPECT_EQ(listeners.added, 1u);
  EXPECT_EQ(listeners.modified, 1u);
  EXPECT_EQ(listeners.removed, 1u);
  const ConfigChanges clusters = changesOf(kOld, kNew, "clusters");
  EXPECT_EQ(clusters.added + clusters.modified, 0u);
  EXPECT_EQ(clusters.removed, 1u);
}

TEST(ConfigChanges, NothingBeforeMakesAllNewAndTheSameTwiceNothing) {
  EXPECT_EQ(changesOf("", kOld, "listeners").added, 2u);
  const ConfigChanges none = changesOf(kOld, kOld, "listeners");
  EXPECT_EQ(none.added + none.modified + none.removed, 0u);
}

}  // namespace
}  // namespace convoy::master

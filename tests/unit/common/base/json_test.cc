#include "common/base/json.h"

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

TEST(Json, WritesWhatItReads) {
  Result<Json::Value> value = parseJson(R"({"a":[1,true,"x"],"b":-2})");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(writeJson(*value), R"({"a":[1,true,"x"],"b":-2})");
}

TEST(Json, RefusesGarbageAndTrailingText) {
  EXPECT_FALSE(parseJson("").ok());
  EXPECT_FALSE(parseJson("{").ok());
  EXPECT_FALSE(parseJson("{} x").ok());
  EXPECT_FALSE(parseJson("{\"a\":1,\"a\":2}").ok());
}

TEST(Json, SurvivesDeepNesting) {
  EXPECT_FALSE(parseJson(std::string(100000, '[')).ok());
}

TEST(Json, FieldsKeepTheirTypeAndRange) {
  Result<Json::Value> v = parseJson(R"({"n":4294967296,"m":-1,"s":"t","b":true})");
  ASSERT_TRUE(v.ok());
  uint32_t narrow = 7;
  uint64_t wide = 0;
  int64_t negative = 0;
  std::string text;
  bool flag = false;
  EXPECT_FALSE(getUint(*v, "n", &narrow));
  EXPECT_EQ(narrow, 7u);
  EXPECT_TRUE(getUint(*v, "n", &wide));
  EXPECT_FALSE(getUint(*v, "m", &wide));
  EXPECT_TRUE(getInt(*v, "m", &negative));
  EXPECT_TRUE(getString(*v, "s", &text));
  EXPECT_FALSE(getString(*v, "absent", &text));
  EXPECT_TRUE(getBool(*v, "b", &flag));
  EXPECT_FALSE(getBool(Json::Value(3), "b", &flag));
}

}  // namespace
}  // namespace convoy::base

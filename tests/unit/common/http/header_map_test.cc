#include "common/http/header_map.h"

#include <gtest/gtest.h>

namespace convoy::http {
namespace {

TEST(Names, EveryKnownNameHasItsOwnId) {
  for (int i = 1; i < static_cast<int>(HeaderId::Count); ++i) {
    const auto id = static_cast<HeaderId>(i);
    EXPECT_EQ(headerId(headerName(id)), id) << headerName(id);
  }
  for (const std::string_view name : {"", "x", "hosT", "hos", "content-lengtH", "x-unknown"}) {
    EXPECT_EQ(headerId(name), HeaderId::Unknown) << name;
  }
}

TEST(Names, MethodsAreCaseSensitive) {
  EXPECT_EQ(methodOf("GET"), Method::Get);
  EXPECT_EQ(methodOf("get"), Method::Other);
  EXPECT_TRUE(isIdempotent(Method::Put));
  EXPECT_FALSE(isIdempotent(Method::Post));
}

TEST(HeaderMap, SetReplacesTheFirstAndRemovesTheOthers) {
  HeaderMap map;
  map.add("accept", "1");
  map.add("x-a", "2");
  map.add("accept", "3");
  map.set(HeaderId::Accept, "4");
  ASSERT_EQ(map.size(), 2u);
  EXPECT_EQ(map[0].value, "4");
  EXPECT_EQ(map[1].name, "x-a");
}

TEST(HeaderMap, UnknownNamesAreSetAndRemovedByName) {
  HeaderMap map;
  map.add("x-a", "1");
  map.add("x-b", "2");
  map.set("x-a", "3");
  EXPECT_EQ(*map.find("x-a"), "3");
  map.remove("x-a");
  EXPECT_EQ(map.find("x-a"), nullptr);
  EXPECT_EQ(map.size(), 1u);
}

}  // namespace
}  // namespace convoy::http

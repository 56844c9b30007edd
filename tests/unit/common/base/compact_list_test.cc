#include "common/base/compact_list.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

template <typename T>
std::vector<T> all(const CompactList<T>& list) {
  return {list.begin(), list.end()};
}

CompactList<std::string> abc() {
  CompactList<std::string> out;
  for (const char* text : {"a", "b", "c"}) out.push_back(text);
  return out;
}

TEST(CompactList, BeginsEmptyAndWithoutMemory) {
  const CompactList<std::string> list;

  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.capacity(), 0u);
  EXPECT_EQ(list.begin(), list.end());
}

TEST(CompactList, KeepsTheOrderWhileItGrows) {
  CompactList<int> list;
  std::vector<int> expected;

  for (int i = 0; i < 100; ++i) {
    list.push_back(i);
    expected.push_back(i);
  }

  EXPECT_EQ(all(list), expected);
  EXPECT_EQ(list.back(), 99);
}

TEST(CompactList, ReservesExactly) {
  CompactList<int> list;

  list.reserve(5);
  for (int i = 0; i < 5; ++i) list.push_back(i);

  EXPECT_EQ(list.capacity(), 5u);
}

TEST(CompactList, CopiesAreListsOfTheirOwn) {
  CompactList<std::string> first = abc();
  CompactList<std::string> second(first);

  first[0] = "x";

  EXPECT_EQ(second[0], "a");
  second = first;
  EXPECT_EQ(second[0], "x");
}

TEST(CompactList, TakesWhatStandsInsideOfIt) {
  struct Node {
    CompactList<Node> children;
    int value = 0;
  };
  Node root;
  root.children.push_back(Node{{}, 1});
  root.children[0].children.push_back(Node{{}, 2});

  root.children = std::move(root.children[0].children);

  ASSERT_EQ(root.children.size(), 1u);
  EXPECT_EQ(root.children[0].value, 2);
}

TEST(CompactList, PutsInFront) {
  CompactList<std::string> list = abc();

  list.pushFront("0");

  EXPECT_EQ(all(list), (std::vector<std::string>{"0", "a", "b", "c"}));
}

TEST(CompactList, ErasesWhatAPredicateNames) {
  CompactList<std::string> list = abc();

  EXPECT_EQ(list.eraseIf([](const std::string& text) { return text == "b"; }), 1u);
  EXPECT_EQ(all(list), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(list.eraseIf([](const std::string&) { return false; }), 0u);
  EXPECT_EQ(list.eraseIf([](const std::string&) { return true; }), 2u);
  EXPECT_TRUE(list.empty());
}

TEST(CompactList, TakesOnlyMovableElements) {
  CompactList<std::unique_ptr<int>> list;

  for (int i = 0; i < 10; ++i) list.push_back(std::make_unique<int>(i));

  EXPECT_EQ(*list[9], 9);
}

}  // namespace
}  // namespace convoy::base

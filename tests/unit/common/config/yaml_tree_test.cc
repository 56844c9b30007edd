#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/tree.h"

namespace convoy::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = TreeNode::Kind;

struct Parsed {
  bool ok = false;
  TreeNode root;
  SyntaxError error;
  std::vector<SyntaxError> repeated;
};

Parsed parse(const std::string& text) {
  Parsed out;
  out.ok = parseYamlTree(text, out.root, out.error, &out.repeated);
  return out;
}

std::string jsonOf(const std::string& yaml) {
  const Parsed parsed = parse(yaml);
  EXPECT_TRUE(parsed.ok) << parsed.error.message;
  return writeJson(parsed.root);
}

// {line, column} of the value, then of the key.
std::vector<int> placeOf(const TreeNode& node) {
  const Origin value = node.origin, key = node.key_origin;
  return {value.line, value.column, key.line, key.column};
}

TEST(YamlTree, TypesPlainScalarsAsEnvoyDoes) {
  EXPECT_EQ(jsonOf("[yes, Off, 'yes', 12, -3, +4, 0x1f, 017, 0, \"5\", 0.25, 1e3, 08, ~, null, a]"),
            R"([true,false,"yes",12,-3,4,31,15,0,"5","0.25","1e3","08",null,null,"a"])");
}

TEST(YamlTree, NumbersBeyond64BitsStayText) {
  EXPECT_EQ(jsonOf("[9223372036854775807, 9223372036854775808, -9223372036854775808]"),
            R"([9223372036854775807,"9223372036854775808",-9223372036854775808])");
}

TEST(YamlTree, KnowsWhereEachValueAndKeyStood) {
  const Parsed parsed = parse("a: 1\nbb:\n- x\n-   {c: d}\ne:\n");

  ASSERT_TRUE(parsed.ok);
  EXPECT_THAT(placeOf(*parsed.root.find("a")), ElementsAre(1, 4, 1, 1));
  const TreeNode& list = *parsed.root.find("bb");
  EXPECT_THAT(placeOf(list), ElementsAre(3, 1, 2, 1));
  EXPECT_THAT(placeOf(list.list[0]), ElementsAre(3, 3, 3, 3));
  EXPECT_THAT(placeOf(*list.list[1].find("c")), ElementsAre(4, 9, 4, 6));
  EXPECT_EQ(parsed.root.find("e")->kind, Kind::Null);
  EXPECT_EQ(Origin(parsed.root.find("e")->key_origin).line, 5);
}

TEST(YamlTree, AnAliasIsACopyOfWhatItNames) {
  EXPECT_EQ(jsonOf("a: &x {b: [1, 2]}\nc: *x\nd: &y yes\ne: *y\n"),
            R"({"a":{"b":[1,2]},"c":{"b":[1,2]},"d":true,"e":true})");
}

TEST(YamlTree, AnAliasedKeyHasTheTextThatWasWritten) {
  EXPECT_EQ(jsonOf("a: &x yes\n*x : 1\n&z b: *x\nc: *z\n"),
            R"({"a":true,"yes":1,"b":true,"c":"b"})");
}

TEST(YamlTree, MergesGiveWayToTheMapsOwnKeys) {
  const std::string base = "base: &b {x: 1, y: 2}\n";

  EXPECT_EQ(jsonOf(base + "v: {<<: *b, y: 3}\n"), R"({"base":{"x":1,"y":2},"v":{"x":1,"y":3}})");
  EXPECT_EQ(jsonOf(base + "v: {y: 3, <<: *b}\n"), R"({"base":{"x":1,"y":2},"v":{"y":3,"x":1}})");
  EXPECT_TRUE(parse(base + "v: {<<: *b, y: 3}\n").repeated.empty());
}

TEST(YamlTree, OfARepeatedKeyTheLastCountsAndIsTold) {
  const Parsed parsed = parse("a: 1\nb: 2\na: 3\n");

  EXPECT_EQ(writeJson(parsed.root), R"({"a":3,"b":2})");
  ASSERT_EQ(parsed.repeated.size(), 1u);
  EXPECT_EQ(parsed.repeated[0].origin.line, 3);
  EXPECT_THAT(parsed.repeated[0].message, HasSubstr("\"a\" stands twice"));
}

TEST(YamlTree, FindsRepeatedKeysAmongMany) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "key" + std::to_string(i) + ": 1\n";

  EXPECT_TRUE(parse(text).repeated.empty());
  EXPECT_EQ(parse(text + "key7: 2\nkey99: 2\n").repeated.size(), 2u);
}

TEST(YamlTree, LeavesOutWhatIsTaggedToBeIgnored) {
  EXPECT_EQ(jsonOf("!ignore base: &b {x: 1}\nv: *b\n"), R"({"v":{"x":1}})");
  EXPECT_EQ(jsonOf("!ignore {a: 1}: 2\nv: 1\n"), R"({"v":1})");
}

TEST(YamlTree, AFieldNameMustBeText) {
  for (const char* text : {"? [a]\n: 1\n", "? {a: 1}\n: 1\n", "~: 1\n", "x: &x [1]\n*x : 2\n"}) {
    const Parsed parsed = parse(text);

    EXPECT_FALSE(parsed.ok) << text;
    EXPECT_EQ(parsed.error.message, "a field name must be text");
    EXPECT_EQ(parsed.error.origin.line, 1);
  }
}

TEST(YamlTree, RefusesWhatHoldsItself) {
  EXPECT_EQ(parse("a: &x [*x]\n").error.message, "nested deeper than 100 levels");
}

TEST(YamlTree, CountsTheLevelsOfAliases) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 120; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }

  const Parsed parsed = parse(text);

  EXPECT_FALSE(parsed.ok);
  EXPECT_EQ(parsed.error.message, "nested deeper than 100 levels");
  EXPECT_GT(parsed.error.origin.line, 90);
}

TEST(YamlTree, AnchorsWithinAnchorsAreBounded) {
  std::string text;
  for (int i = 0; i < 90; ++i) text += "&a" + std::to_string(i) + " [";
  for (int i = 0; i < 20000; ++i) text += "x,";
  text += std::string(90, ']');

  EXPECT_THAT(parse("a: " + text).error.message, HasSubstr("aliases expand"));
}

TEST(YamlTree, ReadsTheFirstDocumentOnly) {
  EXPECT_EQ(jsonOf("a: 1\n---\nb: 2\n"), R"({"a":1})");
  EXPECT_EQ(jsonOf(""), "null");
}

TEST(YamlTree, SaysWhereTheTextIsNotYaml) {
  const Parsed parsed = parse("a: 1\nb: [1, 2\n");

  EXPECT_FALSE(parsed.ok);
  EXPECT_GE(parsed.error.origin.line, 2);
  EXPECT_FALSE(parsed.error.message.empty());
}

}  // namespace
}  // namespace convoy::config

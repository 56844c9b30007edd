#include "common/config/simple_yaml.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace convoy::config {
namespace {

// All that a tree says, a line for each node.
void dump(const TreeNode& node, const std::string& name, std::string& out) {
  const Origin origin = node.origin, key = node.key_origin;
  for (const int number : {static_cast<int>(node.kind), node.quoted ? 1 : 0, origin.line,
                           origin.column, key.line, key.column}) {
    out += std::to_string(number) + " ";
  }
  out += name + " = " + node.scalar + "\n";
  for (size_t i = 0; i < node.list.size(); ++i) {
    dump(node.list[i], name + "[" + std::to_string(i) + "]", out);
  }
  for (const auto& [member, value] : node.members) dump(value, name + "." + member, out);
}

std::string dumped(const TreeNode& node) {
  std::string out;
  dump(node, "", out);
  return out;
}

// Whether the simple reader took it; what it then made is what the general one makes.
bool isSimple(const std::string& text) {
  TreeNode simple, general;
  SyntaxError error;
  if (!parseSimpleYaml(text, simple)) return false;
  EXPECT_TRUE(parseAnyYaml(text, general, error)) << text << "\n" << error.message;
  EXPECT_EQ(dumped(simple), dumped(general)) << text;
  return true;
}

TEST(SimpleYaml, TakesWhatProgramsWrite) {
  for (const char* text : {
           "a: 1\n",
           "a: 1",
           "---\na: 1\n",
           "# first\n\na: 1  # one\n  # between\nb: 'it''s'\nc: \"x\\n\\\"y\\\"\"\n",
           "a:\n  b:\n    c: d e f\n  g: 0.25s\nh: http://x/y#z\n",
           "a:\n- b\n- c: 1\n  d: 2\n-   e: 3\n    f: 4\ng: 5\n",
           "a:\n  - b\n  - - c\n    - d\n  -\n    e: f\n",
           "a: {}\nb: []\nc: {x: 1, y: [1,2, 3 ], z: { u: 'v', \"w\": q r }}\n",
           "a: ~\nb: null\nc:\nd:\n  e:\nf: 1\n",
           "\"@type\": type.googleapis.com/x\n'k': -5\nn: +3\nh: 0x1f\no: 017\nt: yes\nf: "
           "\"yes\"\n",
           "- a\n- b: 1\n-   - c\n",
           "  a: 1\n  b: 2\n",
           "a: ^/x$\nb: (y)\nc: ~z\nd: a, b\ne: x]}\n",
           "a: \"\"\nb: ''\nc: 'a # b'\nd: \": \"\n",
       }) {
    EXPECT_TRUE(isSimple(text)) << text;
  }
}

TEST(SimpleYaml, LeavesEverythingElseToTheGeneralReader) {
  for (const char* text : {
           "",
           "# nothing\n",
           "a",
           "a: |\n  text\n",
           "a: >-\n  text\n",
           "a: one\n  two\n",
           "a: 'one\n  two'\n",
           "a: [1,\n  2]\n",
           "a: &x 1\nb: *x\n",
           "a: !tag 1\n",
           "<<: {a: 1}\n",
           "\"<<\": {a: 1}\n",
           "a: 1\na: 2\n",
           "{a: 1, a: 2}\n",
           "? a\n: b\n",
           "a:\t1\n",
           "# \x04\na: 1\n",
           "# b\rc: 1\na: 1\n",
           "a: 1\r\n",
           "\xc3\xa4: 1\n",
           "a: 1\n---\nb: 2\n",
           "a: 1\n...\n",
           "%YAML 1.1\n---\na: 1\n",
           "a: b: c\n",
           "a: - b\n",
           "a : 1\n",
           "a: 'x' y\n",
           "a: \"\\x41\"\n",
           "a: {b}\n",
           "a: {b: }\n",
           "a: [b: c]\n",
           "a: [1, 2, ]\n",
           "a: {\"b\":1}\n",
           "a:\n b: 1\n  c: 2\n",
           "a:\n    b: 1\n  c: 2\n",
           "a: 1\n b: 2\n",
           "a:\n- b\nc\n",
           "- a\nb: 1\n",
           "a:\n  text\n",
           "- # nothing\n- a\n",
           "~: 1\n",
           "a:\n",
       }) {
    EXPECT_FALSE(isSimple(text)) << text;
  }
}

TEST(SimpleYaml, LeavesWhatIsTooDeepToTheGeneralReader) {
  const auto nested = [](int levels) {
    std::string text, indent;
    for (int i = 0; i < levels; ++i, indent += " ") text += indent + "a:\n";
    return text + indent + "b: 1\n";
  };

  EXPECT_TRUE(isSimple(nested(kMaxDepth - 1)));
  EXPECT_FALSE(isSimple(nested(kMaxDepth)));
  EXPECT_FALSE(isSimple("a: " + std::string(101, '[') + std::string(101, ']') + "\n"));
}

// Everything of the examples and of a folder that CONVOY_CORPUS names.
TEST(SimpleYaml, MakesTheSameOfEveryFile) {
  std::vector<std::filesystem::path> folders = {"conf", "tests/unit/common/config/golden"};
  if (const char* corpus = std::getenv("CONVOY_CORPUS")) folders.emplace_back(corpus);
  size_t simple = 0;
  for (const auto& folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".yaml") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      std::ostringstream text;
      text << file.rdbuf();
      if (findBadUtf8(text.str())) continue;
      simple += isSimple(text.str()) ? 1 : 0;
    }
  }
  EXPECT_GT(simple, 20u);
}

}  // namespace
}  // namespace convoy::config

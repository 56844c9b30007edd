// A Reader keeps its node and the name of its message until it is destroyed. What of it does not
// compile is tested here; what it says of fields is in load_test and the goldens.
#include "common/config/reader.h"

#include <gtest/gtest.h>

namespace convoy::config {

namespace {

template <typename Node, typename Type>
constexpr bool readable = std::is_constructible_v<Reader, Node, std::string, Type, Diagnostics&>;

// A name made on the spot was gone before the fields that nobody read were told of: config_fuzz.
static_assert(!readable<const TreeNode&, std::string>);
static_assert(!readable<const TreeNode&, std::string&>);
static_assert(!readable<const TreeNode&, const std::string&>);
static_assert(!readable<const TreeNode&, const std::string>);
static_assert(!readable<TreeNode, std::string_view>);
static_assert(!readable<TreeNode, const char*>);
static_assert(readable<const TreeNode&, std::string_view>);
static_assert(readable<TreeNode&, const char*>);

TEST(Reader, AFieldThatNobodyReadIsToldOfWithTheMessage) {
  TreeNode node = TreeNode::map({1, 1, 0});
  node.add("nobody_knows_this", TreeNode::string("1", {1, 2, 0}));
  const std::vector<Source> sources{{"a.yaml", "{}", Source::Format::Yaml}};
  Diagnostics diagnostics(sources, {});

  { const Reader reader(node, "clusters[0]", "envoy.config.cluster.v3.Cluster", diagnostics); }

  const std::vector<Diagnostic> said = diagnostics.take();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].message.find("envoy.config.cluster.v3.Cluster"), std::string::npos);
}

}  // namespace

}  // namespace convoy::config

#include "common/config/runtime_layers.h"

#include <gtest/gtest.h>

namespace convoy::config {
namespace {

struct Applied {
  std::string json;
  std::vector<Diagnostic> diagnostics;
};

Applied applied(const std::string& layers, const std::string& rest) {
  const std::vector<Source> sources = {{"t.yaml", "", Source::Format::Yaml}};
  Diagnostics d(sources, {});
  TreeNode root;
  SyntaxError error;
  EXPECT_TRUE(parseYamlTree("layered_runtime: {layers: [" + layers + "]}\n" + rest, root, error))
      << error.message;
  applyRuntime(root, {}, d);
  root.remove("layered_runtime");
  return {writeJson(root), d.take()};
}

TEST(RuntimeLayers, AKeyTakesThePlaceOfTheDefault) {
  EXPECT_EQ(applied("{name: a, static_layer: {log.status: 500}}",
                    "value: {default_value: 400, runtime_key: log.status}")
                .json,
            R"({"value":{"runtime_key":"log.status","default_value":500}})");
}

TEST(RuntimeLayers, KeysMayBeNestedAndLaterLayersWin) {
  EXPECT_EQ(applied("{name: a, static_layer: {log: {status: 500}}}, {name: b, static_layer: "
                    "{log.status: 503}}",
                    "list: [{default_value: 400, runtime_key: log.status}]")
                .json,
            R"({"list":[{"runtime_key":"log.status","default_value":503}]})");
}

TEST(RuntimeLayers, TheAdminLayerHoldsWhatWasSaidSinceAndWorkersSeeIt) {
  const std::vector<Source> sources = {{"t.yaml", "", Source::Format::Yaml}};
  Diagnostics d(sources, {});
  TreeNode root;
  SyntaxError error;
  ASSERT_TRUE(
      parseYamlTree("layered_runtime: {layers: [{name: a, static_layer: {log.status: 500}},"
                    " {name: b, admin_layer: {}}]}\n"
                    "value: {default_value: 400, runtime_key: log.status}",
                    root, error));
  TreeNode again = root;
  applyRuntime(root, {}, d);
  EXPECT_NE(writeJson(root).find("\"default_value\":500"), std::string::npos);
  applyRuntime(again, {{"log.status", "503"}, {"other", "x"}}, d);
  EXPECT_NE(writeJson(again).find("\"default_value\":503"), std::string::npos);
  applyRuntime(again, {}, d);  // in a worker: the text holds it
  EXPECT_NE(writeJson(again).find("\"default_value\":503"), std::string::npos);
  EXPECT_TRUE(d.take().empty());
}

TEST(RuntimeLayers, ANumberIsAPercentageWhereAFractionIsWanted) {
  EXPECT_EQ(applied("{name: a, static_layer: {share: 30}}",
                    "runtime_fraction: {default_value: {numerator: 5}, runtime_key: share}")
                .json,
            R"({"runtime_fraction":{"runtime_key":"share","default_value":{"numerator":30}}})");
  EXPECT_EQ(applied("{name: a, static_layer: {share: {numerator: 7, denominator: MILLION}}}",
                    "runtime_filter: {runtime_key: share}")
                .json,
            R"({"runtime_filter":{"runtime_key":"share","percent_sampled":{"numerator":7,)"
            R"("denominator":"MILLION"}}})");
}

TEST(RuntimeLayers, AKeyThatNobodyReadsIsSaid) {
  const Applied result = applied("{name: a, static_layer: {overload: {connections: 5}}}", "x: 1");
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].level, Diagnostic::Level::Warning);
  EXPECT_NE(result.diagnostics[0].message.find("overload.connections"), std::string::npos);
}

TEST(RuntimeLayers, ADiskLayerHasWhatWasReadOfIt) {
  const std::string layers =
      "{name: a, static_layer: {share: 1, code: 500}}, {name: b, disk_layer: {symlink_root: /srv, "
      "convoy_values: {share: \"numerator: 7\\ndenominator: MILLION\", code: '503'}}}";
  EXPECT_EQ(applied(layers, "runtime_filter: {runtime_key: share}").json,
            R"({"runtime_filter":{"runtime_key":"share","percent_sampled":{"numerator":7,)"
            R"("denominator":"MILLION"}}})");
  EXPECT_EQ(applied(layers, "value: {default_value: 400, runtime_key: code}").json,
            R"({"value":{"runtime_key":"code","default_value":503}})");
}

TEST(RuntimeLayers, ALayerOfAManagementServerIsRefused) {
  const Applied result = applied("{name: a, rtds_layer: {name: r}}", "x: 1");
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].code, code::kUnsupported);
}

}  // namespace
}  // namespace convoy::config

#include "common/config/modernize.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "common/config/tree.h"
#include "common/config/yaml_writer.h"

namespace convoy::config {
namespace {

constexpr const char* kOld = R"({
 "admin": {"access_log_path": "/tmp/admin.log",
           "address": {"socket_address": {"address": "127.0.0.1", "port_value": 8001}}},
 "static_resources": {
  "listeners": [{"name": "l", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 80}},
   "filter_chains": [{"filters": [{"name": "envoy.http_connection_manager", "config": {
     "stat_prefix": "h", "http_filters": [{"name": "envoy.router"}],
     "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"],
       "routes": [{"match": {"regex": "/a.*"}, "route": {"cluster": "service"}}]}]}}}]}]}],
  "clusters": [{"name": "service", "connect_timeout": "0.25s", "type": "strict_dns",
    "lb_policy": "round_robin",
    "hosts": [{"socket_address": {"address": "127.0.0.1", "port_value": 8002}}]}]}})";

Source json(std::string text) {
  return {"old.json", std::move(text), Source::Format::Json};
}
Source yaml(std::string text) {
  return {"new.yaml", std::move(text), Source::Format::Yaml};
}

TEST(Modernize, AnOldDocumentLoadsWithoutAWordAfterwards) {
  const Modernized made = modernize({json(kOld)});
  const LoadResult loaded = load({yaml(made.yaml)}, {});
  ASSERT_TRUE(loaded.ok()) << made.yaml;
  for (const Diagnostic& d : loaded.diagnostics) ADD_FAILURE() << render(d) << made.yaml;
}

TEST(Modernize, WhatWorkersGetIsTheSameButForWhatIsNowExplicit) {
  const Modernized made = modernize({json(kOld)});
  const LoadResult before = load({json(kOld)}, {}), after = load({yaml(made.yaml)}, {});
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(modernize({json(before.canonical_json)}).yaml,
            modernize({json(after.canonical_json)}).yaml);
  EXPECT_EQ(after.bootstrap->clusters[0].discovery, before.bootstrap->clusters[0].discovery);
  EXPECT_EQ(after.bootstrap->admin.access_log.size(), before.bootstrap->admin.access_log.size());
}

TEST(Modernize, EnumsTypesAndLogsAreWrittenAsAStrictReaderWantsThem) {
  const std::string text = modernize({json(kOld)}).yaml;
  for (const char* part :
       {"type: STRICT_DNS\n", "lb_policy: ROUND_ROBIN\n", "name: envoy.filters.http.router\n",
        "filters.http.router.v3.Router\n", "name: envoy.access_loggers.file\n",
        "path: /tmp/admin.log\n", "safe_regex:\n", "load_assignment:\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  for (const char* part : {"access_log_path", "hosts:", "config:\n", "envoy.router"}) {
    const size_t at = text.find(std::string(" ") + part);
    EXPECT_EQ(at, std::string::npos) << part << "\n" << text;
  }
}

TEST(Modernize, TracersAndSinksThatNothingHereReadsAreOfTodayToo) {
  const std::string text =
      modernize({yaml("tracing: {http: {name: envoy.zipkin, config: {collector_cluster: z,\n"
                      "  collector_endpoint: /api/v1/spans}}}\n"
                      "stats_sinks: [{name: envoy.statsd, config: {tcp_cluster_name: s}}]\n")})
          .yaml;
  for (const char* part : {"name: envoy.tracers.zipkin", "envoy.config.trace.v3.ZipkinConfig",
                           "HTTP_JSON\n", "/api/v2/spans", "envoy.config.metrics.v3.StatsdSink"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(Modernize, WhatIsOfTodayStaysAsItIs) {
  for (const auto& entry : std::filesystem::directory_iterator("conf/examples")) {
    std::ifstream file(entry.path());
    std::ostringstream text;
    text << file.rdbuf();
    const Modernized once = modernize({yaml(text.str())});
    EXPECT_TRUE(once.diagnostics.empty()) << entry.path();
    EXPECT_EQ(load({yaml(text.str())}, {}).canonical_json,
              load({yaml(once.yaml)}, {}).canonical_json)
        << entry.path();
    EXPECT_EQ(modernize({yaml(once.yaml)}).yaml, once.yaml) << entry.path();
  }
}

TEST(Modernize, TextThatDoesNotParseGivesItsErrorAndNoYaml) {
  const Modernized made = modernize({json("{")});
  EXPECT_EQ(made.yaml, "");
  ASSERT_EQ(made.diagnostics.size(), 1u);
  EXPECT_EQ(made.diagnostics[0].code, "E0101");
}

TEST(Modernize, FormsThatExcludeEachOtherGiveNoYaml) {
  const Modernized made = modernize({yaml(
      "static_resources: {clusters: [{name: a, hosts: [], load_assignment: {cluster_name: a}}]}")});
  EXPECT_EQ(made.yaml, "");
  EXPECT_EQ(made.diagnostics.back().code, "E0106");
}

// --- the writer ---

std::string thereAndBack(const std::string& text) {
  TreeNode tree = TreeNode::map({});
  tree.add("key", TreeNode::string(text, {}));
  TreeNode back;
  SyntaxError error;
  const std::string written = writeYaml(tree);
  EXPECT_TRUE(parseYamlTree(written, back, error)) << written << error.message;
  const TreeNode* value = back.find("key");
  if (value == nullptr || value->kind != TreeNode::Kind::String) return "not text: " + written;
  return value->scalar;
}

TEST(YamlWriter, AnyTextComesBackAsTheSameText) {
  for (const std::string text : {"plain",
                                 "",
                                 " ",
                                 "true",
                                 "No",
                                 "null",
                                 "~",
                                 "12",
                                 "0x1f",
                                 "1e3",
                                 "-5",
                                 "- a",
                                 "a: b",
                                 "a:",
                                 "a #b",
                                 "#a",
                                 "*a",
                                 "&a",
                                 "!a",
                                 "%a",
                                 "@a",
                                 "`a`",
                                 "{a}",
                                 "[a]",
                                 "'a'",
                                 "\"a\"",
                                 "a\\b",
                                 "two\nlines",
                                 "two\nlines\n",
                                 "three\n\nlines\n\n",
                                 " first\nsecond",
                                 "tab\there",
                                 "a\n b \nc",
                                 "\n",
                                 "\nstarts",
                                 "caf\xc3\xa9",
                                 "\x01",
                                 "=",
                                 "<<",
                                 "?",
                                 "2001-01-01",
                                 ".5",
                                 "a, b",
                                 "x\r\ny"}) {
    EXPECT_EQ(thereAndBack(text), text);
  }
}

TEST(YamlWriter, NestedListsMapsAndEmptyOnesKeepTheirShape) {
  const std::string text =
      R"({"a":[[1,[]],{"b":{},"c":[{"d":null}]},"e"],"f":{"g":[true,-1,0.5]}})";
  TreeNode tree, back;
  SyntaxError error;
  ASSERT_TRUE(parseJsonTree(text, tree, error));
  ASSERT_TRUE(parseYamlTree(writeYaml(tree), back, error)) << writeYaml(tree);
  EXPECT_EQ(writeYaml(back), writeYaml(tree));
  EXPECT_EQ(back.find("a")->list[0].list[1].kind, TreeNode::Kind::List);
  EXPECT_EQ(back.find("a")->list[1].find("b")->kind, TreeNode::Kind::Map);
}

}  // namespace
}  // namespace convoy::config

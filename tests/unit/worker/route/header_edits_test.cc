#include "worker/route/header_edits.h"

#include <cstdlib>
#include <map>

#include "tests/unit/worker/route/edit_fixture.h"

namespace convoy::worker {
namespace {

using Action = config::HeaderValueOption::Action;

class HeaderEditsTest : public EditTest {
 protected:
  std::string withAdded(std::vector<config::HeaderValueOption> options) {
    route_.mutations.request_to_add = std::move(options);
    return edited({nullptr, &route_, nullptr, nullptr});
  }
  std::string values(std::string_view name) const {
    std::string list;
    for (const auto& entry : head_.headers) {
      if (entry.name == name) list += std::string(entry.value) + " ";
    }
    return list;
  }
  config::Route route_;
};

TEST_F(HeaderEditsTest, AppendKeepsWhatIsThere) {
  head_.headers.add("x-a", "1");
  EXPECT_EQ(withAdded({option("x-a", "2")}), "x-a: 1\nx-a: 2\n");
}

TEST_F(HeaderEditsTest, AddIfAbsentYieldsToWhatIsThere) {
  head_.headers.add("x-a", "1");
  EXPECT_EQ(
      withAdded({option("x-a", "2", Action::AddIfAbsent), option("x-b", "3", Action::AddIfAbsent)}),
      "x-a: 1\nx-b: 3\n");
}

TEST_F(HeaderEditsTest, OverwriteReplacesEveryField) {
  head_.headers.add("x-a", "1");
  head_.headers.add("x-a", "2");
  EXPECT_EQ(withAdded({option("x-a", "3", Action::OverwriteIfExistsOrAdd),
                       option("x-b", "4", Action::OverwriteIfExistsOrAdd)}),
            "x-a: 3\nx-b: 4\n");
}

TEST_F(HeaderEditsTest, OverwriteIfExistsNeverAdds) {
  head_.headers.add("x-a", "1");
  EXPECT_EQ(withAdded({option("x-a", "2", Action::OverwriteIfExists),
                       option("x-b", "3", Action::OverwriteIfExists)}),
            "x-a: 2\n");
}

TEST_F(HeaderEditsTest, RemovalComesBeforeAddition) {
  head_.headers.add("x-a", "1");
  route_.mutations.request_to_remove = {"x-a"};
  EXPECT_EQ(withAdded({option("x-a", "new")}), "x-a: new\n");
}

TEST_F(HeaderEditsTest, EmptyValuesAreLeftOutUnlessKept) {
  auto kept = option("x-kept", "%REQ(x-missing)%");
  kept.keep_empty_value = true;
  EXPECT_EQ(withAdded({option("x-gone", "%REQ(x-missing)%"), option("x-empty", ""), kept}),
            "x-kept: \n");
}

TEST_F(HeaderEditsTest, ValuesAreFormatsOverTheRequestAsItCame) {
  head_.headers.add("x-a", "old");
  EXPECT_EQ(withAdded({option("x-a", "new", Action::OverwriteIfExistsOrAdd),
                       option("x-copy", "%REQ(x-a)%,%REQ(:PATH)%,%HOSTNAME%,100%%")}),
            "x-a: new\nx-copy: old,/api/items?x=1,node-1,100%\n");
}

TEST_F(HeaderEditsTest, FramingAndPseudoHeadersAreOutOfReach) {
  route_.mutations.request_to_remove = {"host", ":path"};
  EXPECT_EQ(
      withAdded({option(":path", "/evil"), option("host", "evil"), option("content-length", "5"),
                 option("transfer-encoding", "chunked"), option("connection", "close")}),
      "");
  EXPECT_EQ(head_.path, "/api/items?x=1");
  EXPECT_EQ(head_.authority, "example.com");
}

TEST_F(HeaderEditsTest, AValueCannotBeginAnotherField) {
  head_.path = "/?q=a%0d%0ax-evil:%201%00b";
  EXPECT_EQ(withAdded({option("x-q", "%QUERY_PARAM(q)%")}), "x-q: a  x-evil: 1 b\n");
}

TEST_F(HeaderEditsTest, LevelsApplyFromTheMostSpecificToTheLeast) {
  config::WeightedCluster weighted;
  config::VirtualHost host;
  config::RouteConfiguration configuration;
  const auto set = [](const char* value) {
    return option("x-level", value, Action::OverwriteIfExistsOrAdd);
  };
  weighted.mutations.request_to_add = {set("weighted"), option("x-all", "w")};
  route_.mutations.request_to_add = {set("route"), option("x-all", "r")};
  host.mutations.request_to_add = {set("host"), option("x-all", "h")};
  configuration.mutations.request_to_add = {set("configuration"), option("x-all", "c")};
  const EditLevels levels{&weighted, &route_, &host, &configuration};
  edited(levels);
  EXPECT_EQ(values("x-level"), "configuration ");
  EXPECT_EQ(values("x-all"), "w r h c ");

  head_.headers.clear();
  configuration.most_specific_header_mutations_wins = true;
  edited(levels);
  EXPECT_EQ(values("x-level"), "weighted ");
  EXPECT_EQ(values("x-all"), "c h r w ");
}

TEST_F(HeaderEditsTest, ResponsesHaveTheirOwnMutations) {
  response_.headers.add("server", "upstream");
  route_.mutations.request_to_add = {option("x-request", "1")};
  route_.mutations.response_to_remove = {"server"};
  route_.mutations.response_to_add = {option("x-path", "%REQ(:PATH)%")};
  editResponseHeaders({nullptr, &route_, nullptr, nullptr},
                      FormatContext{record_, "node-1", clock_}, arena_, response_);
  EXPECT_EQ(text(response_.headers), "x-path: /api/items?x=1\n");
}

class RewriteTest : public EditTest {
 protected:
  RewriteTest() { route_.match.path = "/api"; }
  std::string rewritten(std::string_view target) {
    head_.path = target;
    head_.headers.clear();
    rewriteTarget(route_, nullptr, arena_, head_);
    return std::string(head_.path);
  }
  config::Route route_;
};

TEST_F(RewriteTest, APrefixIsReplacedAndTheQueryKept) {
  route_.action.prefix_rewrite = "/v2";
  EXPECT_EQ(rewritten("/api/items?x=/api"), "/v2/items?x=/api");
  EXPECT_EQ(text(head_.headers), "x-envoy-original-path: /api/items?x=/api\n");
  EXPECT_EQ(rewritten("/api"), "/v2");
}

TEST_F(RewriteTest, ALooseMatchIsReplacedByItsLength) {
  route_.match.case_sensitive = false;
  route_.action.prefix_rewrite = "/v2";
  EXPECT_EQ(rewritten("/API/items"), "/v2/items");
}

TEST_F(RewriteTest, ExactPathsAndExpressionsAreReplacedWhole) {
  route_.action.prefix_rewrite = "/new";
  route_.match.path_kind = config::RouteMatch::Path::Exact;
  EXPECT_EQ(rewritten("/api?a"), "/new?a");
  route_.match.path_kind = config::RouteMatch::Path::SafeRegex;
  route_.match.path = "/a.*";
  EXPECT_EQ(rewritten("/api/long/path?a"), "/new?a");
}

TEST_F(RewriteTest, AnExpressionRewritesThePathAndNotTheQuery) {
  route_.action.regex_rewrite = config::RegexRewrite{regex("^/api/([^/]+)/(.*)$"), "/\\2/of/\\1"};
  EXPECT_EQ(rewritten("/api/bob/cars?b=/api/x/y"), "/cars/of/bob?b=/api/x/y");
  EXPECT_EQ(rewritten("/else"), "/else");
}

TEST_F(RewriteTest, ATargetKeepsItsLeadingSlash) {
  route_.match.path = "/api/";
  route_.action.prefix_rewrite = "v2/";
  EXPECT_EQ(rewritten("/api/x"), "/v2/x");
  route_.action.prefix_rewrite.reset();
  route_.action.regex_rewrite = config::RegexRewrite{regex(".+"), ""};
  EXPECT_EQ(rewritten("/api/x"), "/");
  EXPECT_EQ(rewritten("/api/x?q"), "/?q");
}

TEST_F(RewriteTest, NothingToRewriteLeavesNoTrace) {
  route_.action.prefix_rewrite = "";
  EXPECT_EQ(rewritten("/api/x?y"), "/api/x?y");
  EXPECT_TRUE(head_.headers.empty());
}

TEST_F(RewriteTest, TheOriginalPathIsNotToldIfSuppressed) {
  route_.action.prefix_rewrite = "/v2";
  rewriteTarget(route_, nullptr, arena_, head_, false);
  EXPECT_EQ(head_.path, "/v2/items?x=1");
  EXPECT_TRUE(head_.headers.empty());
}

TEST_F(RewriteTest, TheHostOfTheWeightedClusterComesFirst) {
  config::WeightedCluster weighted;
  route_.action.host_rewrite_literal = "route.test";
  rewriteTarget(route_, &weighted, arena_, head_);
  EXPECT_EQ(head_.authority, "route.test");
  weighted.host_rewrite_literal = "weighted.test";
  rewriteTarget(route_, &weighted, arena_, head_);
  EXPECT_EQ(head_.authority, "weighted.test");
}

TEST_F(RewriteTest, TheHostCanComeFromAFieldOrThePath) {
  head_.authority = "client.test";
  head_.headers.add("x-host", "field.test");
  route_.action.host_rewrite_header = "x-host";
  rewriteTarget(route_, nullptr, arena_, head_);
  EXPECT_EQ(head_.authority, "field.test");
  head_.headers.clear();
  rewriteTarget(route_, nullptr, arena_, head_);
  EXPECT_EQ(head_.authority, "field.test") << "without the field it stays";
  route_.action.host_rewrite_header.clear();
  route_.action.host_rewrite_path_regex =
      config::RegexRewrite{regex("^/api/([^/]+).*$"), "\\1.test"};
  head_.path = "/api/bob/cars?x=/api/eve";
  rewriteTarget(route_, nullptr, arena_, head_);
  EXPECT_EQ(head_.authority, "bob.test");
}

TEST_F(RewriteTest, TheClientsHostIsToldWhereAskedFor) {
  route_.action.append_x_forwarded_host = true;
  head_.authority = "client.test";
  head_.headers.clear();
  rewriteTarget(route_, nullptr, arena_, head_);
  EXPECT_TRUE(head_.headers.empty()) << "nothing was replaced";
  route_.action.host_rewrite_literal = "new.test";
  rewriteTarget(route_, nullptr, arena_, head_);
  EXPECT_EQ(text(head_.headers),
            "x-envoy-original-host: client.test\nx-forwarded-host: client.test\n");
  rewriteTarget(route_, nullptr, arena_, head_, false);
  EXPECT_EQ(text(head_.headers),
            "x-envoy-original-host: client.test\nx-forwarded-host: client.test,new.test\n");
}

TEST_F(RewriteTest, AWeightedClustersHostDoesNotTellTheOldOne) {
  config::WeightedCluster weighted;
  weighted.host_rewrite_literal = "weighted.test";
  head_.authority = "client.test";
  head_.headers.clear();
  rewriteTarget(route_, &weighted, arena_, head_);
  EXPECT_TRUE(head_.headers.empty());
}

TEST(PickWeighted, EachClusterGetsItsShareExactly) {
  config::RouteAction action;
  for (const auto& [name, weight] : std::map<std::string, uint32_t>{{"a", 1}, {"b", 0}, {"c", 3}}) {
    config::WeightedCluster cluster;
    cluster.name = name;
    cluster.weight = weight;
    action.weighted_clusters.push_back(cluster);
  }
  std::map<std::string, int> picks;
  for (uint64_t random = 0; random < 400; ++random) ++picks[pickWeighted(action, random)->name];
  EXPECT_EQ(picks["a"], 100);
  EXPECT_EQ(picks["b"], 0);
  EXPECT_EQ(picks["c"], 300);
}

TEST(PickWeighted, NoClusterOrNoWeightGivesNone) {
  config::RouteAction action;
  EXPECT_EQ(pickWeighted(action, 7), nullptr);
  action.weighted_clusters.emplace_back();
  EXPECT_EQ(pickWeighted(action, 7), nullptr);
}

}  // namespace
}  // namespace convoy::worker

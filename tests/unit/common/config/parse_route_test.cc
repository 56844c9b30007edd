#include "tests/unit/common/config/route_fixture.h"

namespace convoy::config {
namespace {

using testing::HasSubstr;

constexpr char kTypes[] = "type.googleapis.com/envoy.extensions.filters.http.";

std::string filter(const std::string& name, const std::string& type, const std::string& fields) {
  return "{name: " + name + ", typed_config: {'@type': " + kTypes + type + ", " + fields +
         "}}, {name: envoy.filters.http.router}";
}

const std::string kOneRoute =
    "virtual_hosts: [{name: all, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: "
    "up}}]}]";

TEST_F(RouteConfigTest, MirrorsComeFromTheMostSpecificLevelThatHasSome) {
  loadManager("",
              "request_mirror_policies: [{cluster: other}], virtual_hosts: [{name: all,"
              " domains: ['*'], routes: ["
              "{match: {path: /a}, route: {cluster: up}},"
              "{match: {path: /b}, route: {cluster: up, request_mirror_policies: [{cluster: up},"
              " {cluster: other, runtime_fraction: {default_value: {numerator: 5}}}]}}]}]");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(host().routes[0].action.mirrors->at(0).cluster, "other");
  ASSERT_EQ(host().routes[1].action.mirrors->size(), 2u);
  EXPECT_EQ(host().routes[1].action.mirrors->at(1).share->numerator, 5u);
}

TEST_F(RouteConfigTest, AMirrorOfV2IsAListOfOne) {
  loadAction("request_mirror_policy: {cluster: other}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_FALSE(action().mirrors->at(0).share.has_value());
  loadAction("request_mirror_policy: {cluster: other, runtime_key: some.key}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(action().mirrors->at(0).share->numerator, 0u);
}

TEST_F(RouteConfigTest, AMirrorNeedsAClusterThatThereIs) {
  loadAction("request_mirror_policies: [{cluster: othre}]");
  EXPECT_THAT(messages_, HasSubstr("there is no cluster \"othre\""));
  loadAction("request_mirror_policies: [{runtime_fraction: {default_value: {numerator: 5}}}]");
  EXPECT_THAT(messages_, HasSubstr("needs cluster or cluster_header"));
}

TEST_F(RouteConfigTest, MatchersOfCookiesGrpcAndCertificatesAreRead) {
  loadRoute(
      "match: {prefix: /, grpc: {}, tls_context: {presented: false},"
      " cookies: [{name: beta, string_match: {exact: '1'}, invert_match: true}]},"
      " route: {cluster: up}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_TRUE(route().match.grpc);
  EXPECT_EQ(route().match.certificate_presented, false);
  EXPECT_TRUE(route().match.cookies.at(0).invert_match);
}

TEST_F(RouteConfigTest, ATemplateMatchesAndRewritesPaths) {
  const std::string match =
      "match: {path_match_policy: {name: envoy.path.match.uri_template.uri_template_matcher,"
      " typed_config: {'@type': "
      "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig,"
      " path_template: '/{lang}/x'}}}, ";
  const std::string rewrite =
      "path_rewrite_policy: {name: envoy.path.rewrite.uri_template.uri_template_rewriter,"
      " typed_config: {'@type': "
      "type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig,"
      " path_template_rewrite: '/x/{lang}'}}";
  loadRoute(match + "route: {cluster: up, " + rewrite + "}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_TRUE(route().match.regex->fullMatch("/en/x"));
  EXPECT_EQ(
      action().regex_rewrite->regex->replaceAll("/en/x", action().regex_rewrite->substitution),
      "/x/en");
  loadRoute("match: {prefix: /}, route: {cluster: up, " + rewrite + "}");
  EXPECT_THAT(messages_, HasSubstr("has no variable \"lang\""));
}

TEST_F(RouteConfigTest, ALimitOfDirectBodiesIsKept) {
  const std::string host =
      "virtual_hosts: [{name: all, domains: ['*'], routes: [{match: {prefix: /},"
      " direct_response: {status: 200, body: {inline_string: abcdef}}}]}]";
  loadManager("", "max_direct_response_body_size_bytes: 6, " + host);
  EXPECT_TRUE(ok()) << messages_;
  loadManager("", "max_direct_response_body_size_bytes: 5, " + host);
  EXPECT_THAT(messages_, HasSubstr("has 6 bytes"));
}

TEST_F(RouteConfigTest, AFilterMayBeOffUntilARouteTurnsItOn) {
  loadManager("",
              "virtual_hosts: [{name: all, domains: ['*'], routes: [{match: {prefix: /}, route: "
              "{cluster: up}, typed_per_filter_config: {envoy.filters.http.buffer: {'@type': "
              "type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {'@type': "
              "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute,"
              " buffer: {max_request_bytes: 5}}}}}]}]",
              "{name: envoy.filters.http.buffer, disabled: true, typed_config: {'@type': "
              "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer,"
              " max_request_bytes: 9}}, {name: envoy.filters.http.router}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_TRUE(manager().http_filters.at(0).disabled);
  ASSERT_EQ(route().filters.size(), 1u);
  EXPECT_FALSE(route().filters[0].disabled);
  EXPECT_EQ(std::get<BufferFilter>(*route().filters[0].settings).max_request_bytes, 5u);
}

TEST_F(RouteConfigTest, RbacRulesAreTrees) {
  loadManager("", kOneRoute,
              filter("envoy.filters.http.rbac", "rbac.v3.RBAC",
                     "rules: {action: DENY, policies: {b: {permissions: [{and_rules: {rules: "
                     "[{header: {name: ':method', string_match: {exact: GET}}}, {not_rule: "
                     "{destination_port: 80}}]}}], principals: [{or_ids: {ids: [{remote_ip: "
                     "{address_prefix: 10.0.0.0, prefix_len: 8}}, {any: true}]}}]},"
                     " a: {permissions: [{any: true}], principals: [{any: true}]}}}"));
  ASSERT_TRUE(ok()) << messages_;
  const auto& rules = *std::get<RbacFilter>(*manager().http_filters.at(0).settings).rules;
  ASSERT_EQ(rules.policies.size(), 2u);
  EXPECT_EQ(rules.policies[0].name, "a");
  EXPECT_EQ(rules.policies[1].permissions.at(0).members.size(), 2u);
}

TEST_F(RouteConfigTest, RbacSaysWhatItCannotCheck) {
  loadManager("", kOneRoute,
              filter("envoy.filters.http.rbac", "rbac.v3.RBAC",
                     "rules: {policies: {a: {permissions: [{metadata: {filter: x}}],"
                     " principals: [{source_ip: {address_prefix: nonsense}}]}}}"));
  EXPECT_THAT(messages_, HasSubstr("E0201"));
  EXPECT_THAT(messages_, HasSubstr("is not an IP address"));
}

TEST_F(RouteConfigTest, FaultsAreReadAndTheirNumbersChecked) {
  loadManager("", kOneRoute,
              filter("envoy.filters.http.fault", "fault.v3.HTTPFault",
                     "delay: {fixed_delay: 2s, percentage: {numerator: 5}}, abort: {grpc_status: "
                     "14, percentage: {numerator: 1}}, max_active_faults: 3"));
  ASSERT_TRUE(ok()) << messages_;
  const auto& fault = std::get<FaultFilter>(*manager().http_filters.at(0).settings);
  EXPECT_EQ(fault.delay->fixed_ms, 2000u);
  EXPECT_EQ(fault.abort->grpc_status, 14);
  loadManager("", kOneRoute,
              filter("envoy.filters.http.fault", "fault.v3.HTTPFault", "abort: {http_status: 99}"));
  EXPECT_THAT(messages_, HasSubstr("a status is from 200 to 599"));
}

TEST_F(RouteConfigTest, AHealthCheckFilterIsReadAndItsContradictionsRefused) {
  loadManager("", kOneRoute,
              filter("envoy.filters.http.health_check", "health_check.v3.HealthCheck",
                     "pass_through_mode: false, headers: [{name: ':path', string_match: {exact: "
                     "/ok}}], cluster_min_healthy_percentages: {up: {value: 25}}"));
  ASSERT_TRUE(ok()) << messages_;
  const auto& check = std::get<HealthCheckFilter>(*manager().http_filters.at(0).settings);
  EXPECT_EQ(check.min_healthy_percent.at(0).second, 25.0);
  loadManager("", kOneRoute,
              filter("envoy.filters.http.health_check", "health_check.v3.HealthCheck",
                     "pass_through_mode: false, cache_time: 1s"));
  EXPECT_THAT(messages_, HasSubstr("cache_time needs pass_through_mode: true"));
}

TEST_F(RouteConfigTest, HeaderMutationsAreStepsAndHeedWhatIsProtected) {
  loadManager("", kOneRoute,
              filter("envoy.filters.http.header_mutation", "header_mutation.v3.HeaderMutation",
                     "mutations: {request_mutations: [{remove: X-A}, {append: {header: {key: x-b,"
                     " value: '1'}}}]}"));
  ASSERT_TRUE(ok()) << messages_;
  const auto& steps =
      std::get<HeaderMutationFilter>(*manager().http_filters.at(0).settings).request;
  EXPECT_EQ(steps.at(0).remove, "x-a");
  EXPECT_EQ(steps.at(1).add->key, "x-b");
  loadManager("", kOneRoute,
              filter("envoy.filters.http.header_mutation", "header_mutation.v3.HeaderMutation",
                     "mutations: {request_mutations: [{remove: host}]}"));
  EXPECT_THAT(messages_, HasSubstr("cannot be removed"));
}

TEST_F(RouteConfigTest, VirtualClustersAreReadInBothForms) {
  loadHost(
      "virtual_clusters: [{name: reads, headers: [{name: ':method', string_match: {exact: GET}}]},"
      " {name: old, pattern: '/v[0-9]+/.*', method: POST}],"
      " routes: [{match: {prefix: /}, route: {cluster: up}, stat_prefix: everything}]");
  ASSERT_TRUE(ok()) << messages_;
  ASSERT_EQ(host().virtual_clusters.size(), 2u);
  EXPECT_EQ(host().virtual_clusters[0].headers.at(0).name, ":method");
  const VirtualCluster& old = host().virtual_clusters[1];
  ASSERT_EQ(old.headers.size(), 2u);
  EXPECT_EQ(old.headers[0].name, ":path");
  EXPECT_TRUE(old.headers[0].string.matches("/v2/users"));
  EXPECT_TRUE(old.headers[1].string.matches("POST"));
  EXPECT_THAT(messages_, HasSubstr("\"pattern\" is the v2 form"));
  EXPECT_EQ(route().stat_prefix, "everything");
}

TEST_F(RouteConfigTest, AVirtualClusterNeedsANameAndMatchers) {
  loadHost("virtual_clusters: [{}], routes: [{match: {prefix: /}, route: {cluster: up}}]");
  EXPECT_THAT(messages_, HasSubstr("\"name\" is missing"));
  EXPECT_THAT(messages_, HasSubstr("\"headers\" is missing"));
}

TEST_F(RouteConfigTest, ARouteMayLeaveTheAnswerToAFilter) {
  loadRoute("match: {prefix: /}, non_forwarding_action: {}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(route().kind, Route::Kind::NonForwarding);
}

TEST_F(RouteConfigTest, ACertificateMayHaveToBeGood) {
  loadRoute(
      "match: {prefix: /, tls_context: {presented: true, validated: false}}, route: {cluster: "
      "up}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(route().match.certificate_validated, false);
}

TEST_F(RouteConfigTest, AnAttemptMayHaveToKeepMoving) {
  loadAction("retry_policy: {retry_on: reset, per_try_idle_timeout: 0.5s}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(action().retry_policy->per_try_idle_timeout_ms, 500u);
}

TEST_F(RouteConfigTest, NamesOfFieldsMayHaveAnotherForm) {
  const std::string options = "          http_protocol_options: {header_key_format: {";
  loadManager(options + "proper_case_words: {}}}\n", kOneRoute);
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(manager().header_key_format, HeaderKeyFormat::ProperCase);
  loadManager(options +
                  "stateful_formatter: {name: preserve_case, typed_config: {'@type': "
                  "type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3."
                  "PreserveCaseFormatterConfig}}}}\n",
              kOneRoute);
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_EQ(manager().header_key_format, HeaderKeyFormat::Preserve);
  loadManager(options + "stateful_formatter: {name: mine}}}\n", kOneRoute);
  EXPECT_THAT(messages_, HasSubstr("no header formatter \"mine\""));
}

TEST_F(RouteConfigTest, TheRouterMayCheckFieldsAndRespectTimeouts) {
  const std::string router =
      "{name: envoy.filters.http.router, typed_config: {'@type': "
      "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, ";
  loadManager("", kOneRoute,
              router +
                  "respect_expected_rq_timeout: true, strict_check_headers: "
                  "[x-envoy-retry-on]}}");
  ASSERT_TRUE(ok()) << messages_;
  EXPECT_TRUE(manager().http_filters.back().router_respect_expected_rq_timeout);
  EXPECT_EQ(manager().http_filters.back().router_strict_check_headers.at(0), "x-envoy-retry-on");
  loadManager("", kOneRoute, router + "strict_check_headers: [x-mine]}}");
  EXPECT_THAT(messages_, HasSubstr("\"x-mine\" cannot be checked here"));
}

}  // namespace
}  // namespace convoy::config

#include "common/config/load.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convoy::config {
namespace {

using testing::HasSubstr;
using Format = Source::Format;

LoadResult loadYaml(std::string text, LoadOptions options = {}) {
  return load({Source{"test.yaml", std::move(text), Format::Yaml}}, options);
}

std::string allOf(const LoadResult& result) {
  std::string out;
  for (const Diagnostic& d : result.diagnostics) out += render(d);
  return out;
}

// The document this project starts from: Envoy's v2 API in JSON.
constexpr char kSeed[] = R"({
  "admin": {
    "access_log_path": "/dev/null",
    "address": {"socket_address": {"address": "127.0.0.1", "port_value": 8001}}
  },
  "static_resources": {
    "listeners": [{
      "name": "listener_0",
      "address": {"socket_address": {"address": "127.0.0.1", "port_value": 80}},
      "filter_chains": [{"filters": [{
        "name": "envoy.http_connection_manager",
        "config": {
          "stat_prefix": "ingress_http",
          "route_config": {"virtual_hosts": [{
            "name": "service", "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "service"}}]
          }]},
          "http_filters": [{"name": "envoy.router"}]
        }
      }]}]
    }],
    "clusters": [{
      "name": "service", "connect_timeout": "0.25s", "type": "strict_dns",
      "lb_policy": "round_robin",
      "hosts": [{"socket_address": {"address": "127.0.0.1", "port_value": 8002}}]
    }]
  }
})";

// The shape of Envoy's quick start for static configuration, without TLS.
constexpr char kQuickStart[] = R"(
static_resources:
  listeners:
  - name: listener_0
    address: {socket_address: {address: 0.0.0.0, port_value: 10000}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ingress_http
          access_log:
          - name: envoy.access_loggers.stdout
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
          route_config:
            name: local_route
            virtual_hosts:
            - name: local_service
              domains: ["*"]
              routes:
              - match: {prefix: "/"}
                route: {host_rewrite_literal: www.example.com, cluster: service}
  clusters:
  - name: service
    type: LOGICAL_DNS
    dns_lookup_family: V4_ONLY
    load_assignment:
      cluster_name: service
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: www.example.com, port_value: 80}}}
)";

std::string withCluster(const std::string& fields) {
  return "static_resources: {clusters: [{name: a, load_assignment: {endpoints: []}, " + fields +
         "}]}";
}

TEST(Load, TakesTheV2DocumentThisProjectStartsFrom) {
  const LoadResult result = load({Source{"envoy.json", kSeed, Format::Json}}, {});

  ASSERT_TRUE(result.ok()) << allOf(result);
  const Bootstrap& b = *result.bootstrap;
  EXPECT_EQ(b.admin.address->toString(), "127.0.0.1:8001");
  EXPECT_EQ(b.admin.access_log.at(0).path, "/dev/null");
  EXPECT_EQ(b.listeners.at(0).address.toString(), "127.0.0.1:80");
  EXPECT_EQ(b.listeners[0].statName(), "127.0.0.1_80");
  EXPECT_EQ(b.listeners[0].http()->route_config.virtual_hosts.at(0).routes.at(0).action.cluster,
            "service");
  EXPECT_EQ(b.clusters.at(0).connect_timeout_ms, 250u);
  EXPECT_EQ(b.clusters[0].discovery, Cluster::Discovery::StrictDns);
  EXPECT_EQ(b.clusters[0].endpoints.at(0).address.toString(), "127.0.0.1:8002");
  EXPECT_EQ(b.findCluster("service"), 0);
  EXPECT_EQ(b.findCluster("other"), -1);
}

TEST(Load, TakesTheShapeOfEnvoysQuickStart) {
  const LoadResult result = loadYaml(kQuickStart);

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_TRUE(result.diagnostics.empty()) << allOf(result);
  const HttpConnectionManager& http = *result.bootstrap->listeners.at(0).http();
  EXPECT_EQ(http.access_log.at(0).target, AccessLog::Target::Stdout);
  EXPECT_EQ(http.route_config.virtual_hosts.at(0).routes.at(0).action.host_rewrite_literal,
            "www.example.com");
  EXPECT_EQ(result.bootstrap->clusters.at(0).dns_lookup_family, Cluster::DnsFamily::V4Only);
}

TEST(Load, CanonicalFormLoadsAgainToItselfWithoutAWord) {
  for (const Source& source :
       {Source{"a", kSeed, Format::Json}, Source{"b", kQuickStart, Format::Yaml}}) {
    const LoadResult first = load({source}, {});

    const LoadResult second = load({Source{"canonical", first.canonical_json, Format::Json}}, {});

    ASSERT_TRUE(second.ok()) << allOf(second);
    EXPECT_EQ(second.canonical_json, first.canonical_json);
    EXPECT_TRUE(second.diagnostics.empty()) << allOf(second);
  }
}

TEST(Load, TakesCamelCaseQuotedNumbersWrappersAndDurationObjects) {
  const LoadResult result = loadYaml(withCluster(
      "connectTimeout: {seconds: 1, nanos: 500000000}, perConnectionBufferLimitBytes: '4096', "
      "maxRequestsPerConnection: {value: 7}, lbPolicy: least_request, type: '1'"));

  ASSERT_TRUE(result.ok()) << allOf(result);
  const Cluster& cluster = result.bootstrap->clusters.at(0);
  EXPECT_EQ(cluster.connect_timeout_ms, 1500u);
  EXPECT_EQ(cluster.per_connection_buffer_limit_bytes, 4096u);
  EXPECT_EQ(cluster.max_requests_per_connection, 7u);
  EXPECT_EQ(cluster.lb.policy, LoadBalancing::Policy::LeastRequest);
  EXPECT_EQ(cluster.discovery, Cluster::Discovery::StrictDns);
  EXPECT_THAT(result.canonical_json, HasSubstr("\"connect_timeout\""));
}

TEST(Load, NullIsUnset) {
  const LoadResult result = loadYaml(withCluster("connect_timeout: null, health_checks: ~"));

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_EQ(result.bootstrap->clusters.at(0).connect_timeout_ms, 5000u);
}

TEST(Load, OneValueInPlaceOfAListCountsAndIsWarnedOf) {
  const LoadResult result =
      loadYaml("static_resources: {clusters: {name: a, load_assignment: {endpoints: []}}}");

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_EQ(result.bootstrap->clusters.size(), 1u);
  EXPECT_THAT(allOf(result), HasSubstr("warning[W0401]"));
}

TEST(Load, CircuitBreakersOfTheFirstThresholdsOfAPriorityCount) {
  const LoadResult result = loadYaml(withCluster(
      "circuit_breakers: {thresholds: [{priority: HIGH, max_connections: 1}, "
      "{max_connections: 2, max_pending_requests: 3, max_requests: 4}, {max_connections: 5}]}"));

  ASSERT_TRUE(result.ok()) << allOf(result);
  const Cluster& cluster = result.bootstrap->clusters.at(0);
  const auto& thresholds = cluster.circuit_breakers.thresholds;
  EXPECT_EQ(thresholds[0].max_connections, 2u);
  EXPECT_EQ(thresholds[0].max_pending_requests, 3u);
  EXPECT_EQ(thresholds[0].max_requests, 4u);
  EXPECT_EQ(thresholds[1].max_connections, 1u);
  EXPECT_EQ(thresholds[1].max_retries, 3u);
  EXPECT_TRUE(result.diagnostics.empty()) << allOf(result);
}

TEST(Load, ACorsPolicyOfV2IsOneOfV3) {
  LoadResult result = loadYaml(R"(static_resources: {listeners: [{
    address: {socket_address: {address: 127.0.0.1, port_value: 80}},
    filter_chains: [{filters: [{name: envoy.http_connection_manager, config: {stat_prefix: a,
      http_filters: [{name: envoy.cors}, {name: envoy.router}],
      route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /},
        route: {cluster: c, cors: {allow_origin: "http://a", allow_origin_regex: ["b.*"],
                                   enabled: {value: false}}}}]}]}}}]}]}],
    clusters: [{name: c, hosts: [{socket_address: {address: 127.0.0.1, port_value: 1}}]}]})");
  ASSERT_NE(result.bootstrap, nullptr) << allOf(result);
  const HttpConnectionManager& http = *result.bootstrap->listeners[0].http();
  ASSERT_EQ(http.http_filters.size(), 2u);
  EXPECT_EQ(http.http_filters[0].kind, HttpFilter::Kind::Cors);
  const auto cors = http.route_config.virtual_hosts[0].routes[0].cors;
  ASSERT_NE(cors, nullptr);
  ASSERT_EQ(cors->allow_origins.size(), 2u);
  EXPECT_TRUE(cors->allow_origins[0].matches("http://a"));
  EXPECT_TRUE(cors->allow_origins[1].matches("bcd"));
  ASSERT_TRUE(cors->filter_enabled.has_value());
  EXPECT_EQ(cors->filter_enabled->numerator, 0u);
}

TEST(Load, ACorsPolicyWithoutTheFilterDoesNothingAndIsWarnedOf) {
  LoadResult result = loadYaml(R"(static_resources: {listeners: [{
    address: {socket_address: {address: 127.0.0.1, port_value: 80}},
    filter_chains: [{filters: [{name: envoy.http_connection_manager, config: {stat_prefix: a,
      http_filters: [{name: envoy.router}],
      route_config: {virtual_hosts: [{name: v, domains: ["*"], cors: {max_age: "1"},
        routes: [{match: {prefix: /}, direct_response: {status: 200}}]}]}}}]}]}]})");
  ASSERT_NE(result.bootstrap, nullptr) << allOf(result);
  EXPECT_EQ(result.bootstrap->listeners[0].http()->route_config.virtual_hosts[0].cors, nullptr);
  EXPECT_THAT(allOf(result), HasSubstr("there is no filter \"envoy.filters.http.cors\""));
}

// Envoy finds a filter by its types for routes as well; what such a one says it refuses.
TEST(Load, AnEmptyCorsPolicyIsTheFilterToo) {
  const auto with = [](const std::string& more) {
    return loadYaml(R"(static_resources: {listeners: [{
    address: {socket_address: {address: 127.0.0.1, port_value: 80}},
    filter_chains: [{filters: [{name: envoy.filters.network.http_connection_manager,
      typed_config: {stat_prefix: a, http_filters: [
        {name: envoy.filters.http.cors, typed_config: {"@type":
          type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy)" +
                    more + R"(}}, {name: envoy.filters.http.router}],
      route_config: {virtual_hosts: [{name: v, domains: ["*"],
        routes: [{match: {prefix: /}, direct_response: {status: 200}}]}]}}}]}]}]})");
  };

  const LoadResult result = with("");

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_EQ(result.bootstrap->listeners[0].http()->http_filters[0].kind, HttpFilter::Kind::Cors);
  EXPECT_FALSE(with(", allow_methods: GET").ok());
}

// Nothing looks a virtual host up by its name.
TEST(Load, TwoVirtualHostsMayHaveOneName) {
  const LoadResult result = loadYaml(R"(static_resources: {listeners: [{
    address: {socket_address: {address: 127.0.0.1, port_value: 80}},
    filter_chains: [{filters: [{name: envoy.filters.network.http_connection_manager,
      typed_config: {stat_prefix: a, http_filters: [{name: envoy.filters.http.router}],
      route_config: {virtual_hosts: [
        {name: v, domains: [a], routes: [{match: {prefix: /}, direct_response: {status: 200}}]},
        {name: v, domains: [b], routes: [{match: {prefix: /}, direct_response: {status: 201}}]}
      ]}}}]}]}]})");

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_EQ(result.bootstrap->listeners[0].http()->route_config.virtual_hosts.size(), 2u);
}

// A YAML number with a point is text at first, as in Envoy.
TEST(Load, BucketsMayBeFractions) {
  const LoadResult result = loadYaml(
      "stats_config: {histogram_bucket_settings: [{match: {prefix: a}, buckets: [0.5, 1, 2.5]}]}");

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_EQ(result.bootstrap->stats_config.buckets.at(0).bounds_ms,
            (std::vector<double>{0.5, 1, 2.5}));
  EXPECT_FALSE(loadYaml("stats_config: {histogram_bucket_settings: [{match: {prefix: a}, "
                        "buckets: [0.5, half]}]}")
                   .ok());
}

TEST(Load, TypedStructIsWhatItNames) {
  std::string text = kQuickStart;
  const std::string plain =
      "\"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
  text.replace(text.find(plain), plain.size(),
               "{\"@type\": type.googleapis.com/xds.type.v3.TypedStruct, type_url: "
               "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, "
               "value: {suppress_envoy_headers: true}}");

  const LoadResult result = loadYaml(text);

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_TRUE(
      result.bootstrap->listeners.at(0).http()->http_filters.at(0).router_suppress_envoy_headers);
}

TEST(Load, LaterSourcesReplaceScalarsAndAppendToLists) {
  const Source file{"a.yaml", withCluster("connect_timeout: 1s"), Format::Yaml};
  const Source inline_text{"<config-yaml>",
                           "node: {id: here}\nstatic_resources: {clusters: "
                           "[{name: b, load_assignment: {endpoints: []}}]}",
                           Format::Yaml};

  const LoadResult result = load({file, inline_text}, {});

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_EQ(result.bootstrap->node.id, "here");
  ASSERT_EQ(result.bootstrap->clusters.size(), 2u);
  EXPECT_EQ(result.bootstrap->clusters[1].name, "b");
}

TEST(Load, AnErrorNamesTheSourceItStandsIn) {
  const Source file{"a.yaml", withCluster("connect_timeout: 1s"), Format::Yaml};
  const Source inline_text{"<config-yaml>", "nod: {}", Format::Yaml};

  const LoadResult result = load({file, inline_text}, {});

  EXPECT_FALSE(result.ok());
  EXPECT_THAT(allOf(result), HasSubstr("<config-yaml>:1:1: error[E0102]"));
}

TEST(Load, AllowUnsupportedMakesAWarningThatNamesTheEffect) {
  LoadOptions options;
  options.allow_unsupported = true;

  const LoadResult result = loadYaml(withCluster("upstream_bind_config: {}"), options);

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_THAT(allOf(result), HasSubstr("warning[E0201]"));
  EXPECT_THAT(allOf(result), HasSubstr("Envoy's default applies"));
}

TEST(Load, AllowUnknownFieldsMakesAWarning) {
  LoadOptions options;
  options.allow_unknown_fields = true;

  const LoadResult result = loadYaml(withCluster("zzyzx: 1"), options);

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_THAT(allOf(result), HasSubstr("warning[E0102]"));
}

TEST(Load, PlainScalarsFollowEnvoysYaml) {
  EXPECT_TRUE(loadYaml(withCluster("respect_dns_ttl: Yes")).bootstrap->clusters[0].respect_dns_ttl);
  EXPECT_FALSE(loadYaml(withCluster("alt_stat_name: yes")).ok());  // a bool is not text
  EXPECT_TRUE(loadYaml(withCluster("alt_stat_name: \"yes\"")).ok());
  EXPECT_FALSE(loadYaml(withCluster("alt_stat_name: 12")).ok());
}

TEST(Load, AnchorsAndMergesWork) {
  const LoadResult result = loadYaml(R"(
static_resources:
  clusters:
  - &base {name: a, connect_timeout: 2s, load_assignment: {endpoints: []}}
  - {<<: *base, name: b}
)");

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_EQ(result.bootstrap->clusters.at(1).name, "b");
  EXPECT_EQ(result.bootstrap->clusters[1].connect_timeout_ms, 2000u);
}

TEST(Load, AliasesThatMultiplyAreRefused) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += (k == 0 ? "" : ", ") + last;
    text += "]\n";
  }

  const LoadResult result = loadYaml(text);

  EXPECT_FALSE(result.ok());
  EXPECT_THAT(allOf(result), HasSubstr("aliases expand"));
}

TEST(Load, DeepNestingIsRefusedInBothFormats) {
  for (const Format format : {Format::Json, Format::Yaml}) {
    const std::string text = "{\"a\": " + std::string(400, '[') + std::string(400, ']') + "}";

    const LoadResult result = load({Source{"deep", text, format}}, {});

    EXPECT_FALSE(result.ok());
    EXPECT_THAT(allOf(result), HasSubstr("error[E0101]"));
  }
}

TEST(Load, AThousandErrorsAreAHundredAndACount) {
  std::string text = "static_resources: {}\n";
  for (int i = 0; i < 1000; ++i) text += "unknown" + std::to_string(i) + ": 1\n";

  const LoadResult result = loadYaml(text);

  ASSERT_EQ(result.diagnostics.size(), 101u);
  EXPECT_EQ(result.diagnostics.back().message, "and 900 more, not shown");
}

TEST(Load, DiagnosticsAreSortedByPlace) {
  const LoadResult result = loadYaml("b: 1\na: 2\nstatic_resources: {x: 1}\n");

  ASSERT_EQ(result.diagnostics.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(result.diagnostics[i].line, static_cast<int>(i) + 1);
}

TEST(Load, TenThousandRoutesLoadInWellUnderASecond) {
  std::string routes;
  for (int i = 0; i < 10000; ++i) {
    routes += (i == 0 ? "" : ",") + std::string(R"({"match":{"path":"/p)") + std::to_string(i) +
              R"("},"route":{"cluster":"service"}})";
  }
  std::string text = kSeed;
  const std::string one = R"({"match": {"prefix": "/"}, "route": {"cluster": "service"}})";
  text.replace(text.find(one), one.size(), routes);

  const auto start = std::chrono::steady_clock::now();
  const LoadResult result = load({Source{"many.json", text, Format::Json}}, {});
  const auto took = std::chrono::steady_clock::now() - start;

  ASSERT_TRUE(result.ok()) << allOf(result);
  EXPECT_LT(std::chrono::duration<double>(took).count(), 5.0);  // room for sanitizers
}

TEST(Render, LetsNoControlByteThrough) {
  const LoadResult result = load({Source{"a.json", "{\"\\u001b[31mred\": 1}", Format::Json}}, {});

  EXPECT_FALSE(result.ok());
  EXPECT_EQ(allOf(result).find('\x1b'), std::string::npos);
  EXPECT_THAT(allOf(result), HasSubstr("\\x1b[31mred"));
}

TEST(ReadSource, SaysWhyItCannotRead) {
  EXPECT_THAT(readSource("/nonexistent/envoy.yaml").error().context,
              HasSubstr("No such file or directory"));
  EXPECT_THAT(readSource("/").error().context, HasSubstr("is a directory"));
}

TEST(FormatOfPath, GoesByTheExtension) {
  EXPECT_EQ(formatOfPath("a.yaml"), Format::Yaml);
  EXPECT_EQ(formatOfPath("a.YML"), Format::Yaml);
  EXPECT_EQ(formatOfPath("a.json"), Format::Json);
  EXPECT_EQ(formatOfPath("a"), Format::Json);
}

TEST(Corpus, EveryFileGivesAModelOrMessagesWithAPlace) {
  const char* folder = std::getenv("CONVOY_CORPUS");
  if (folder == nullptr) GTEST_SKIP() << "CONVOY_CORPUS names no folder";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const auto source = readSource(entry.path().string());
    ASSERT_TRUE(source.ok()) << entry.path();

    const LoadResult result = load({source.value()}, {});

    if (result.ok()) continue;
    ASSERT_FALSE(result.diagnostics.empty()) << entry.path();
    EXPECT_GT(result.diagnostics[0].line, 0) << entry.path() << "\n" << allOf(result);
  }
}

// The workers read no file: what was judged is what they get.
TEST(Load, AFileNamedByADataSourceTravelsInsideTheConfiguration) {
  const auto path =
      std::filesystem::temp_directory_path() / ("convoy_body_" + std::to_string(::getpid()));
  std::ofstream(path) << "line\n\"two\"";
  const std::string yaml =
      "static_resources:\n"
      "  listeners:\n"
      "  - address: {socket_address: {address: 127.0.0.1, port_value: 1}}\n"
      "    filter_chains:\n"
      "    - filters:\n"
      "      - name: envoy.filters.network.http_connection_manager\n"
      "        typed_config:\n"
      "          stat_prefix: a\n"
      "          http_filters: [{name: envoy.filters.http.router}]\n"
      "          route_config:\n"
      "            virtual_hosts:\n"
      "            - {name: v, domains: ['*'], routes: [{match: {prefix: /}, direct_response: "
      "{status: 200, body: {filename: '" +
      path.string() + "'}}}]}\n";
  const LoadResult first = loadYaml(yaml);
  std::filesystem::remove(path);
  ASSERT_TRUE(first.ok()) << allOf(first);
  const LoadResult again = load({Source{"memfd", first.canonical_json, Format::Json}}, {});
  ASSERT_TRUE(again.ok()) << allOf(again);
  EXPECT_EQ(
      again.bootstrap->listeners[0].http()->route_config.virtual_hosts[0].routes[0].direct.body,
      "line\n\"two\"");
  EXPECT_THAT(allOf(loadYaml(yaml)), HasSubstr("cannot read " + path.string()));
}

}  // namespace
}  // namespace convoy::config

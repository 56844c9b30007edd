#include "worker/route/route_table.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/random.h"
#include "common/config/model/route.h"
#include "tests/unit/worker/route/random_routes.h"
#include "worker/route/path_index.h"

namespace convoy::worker {
namespace {

using config::HeaderMatcher;
using config::QueryParameterMatcher;
using config::Route;
using config::RouteConfiguration;
using config::RouteMatch;
using config::VirtualHost;

Route route(const std::string& name, RouteMatch::Path kind, const std::string& path,
            bool case_sensitive = true) {
  Route r;
  r.name = name;
  r.match = pathMatch(kind, path, case_sensitive);
  return r;
}
Route prefix(const std::string& path) {
  return route(path, RouteMatch::Path::Prefix, path);
}
Route exact(const std::string& path) {
  return route(path, RouteMatch::Path::Exact, path);
}

VirtualHost host(const std::string& name, std::vector<std::string> domains,
                 std::vector<Route> routes = {}) {
  VirtualHost h;
  h.name = name;
  h.domains = std::move(domains);
  h.routes = std::move(routes);
  return h;
}

http::RequestHead request(std::string_view authority, std::string_view path) {
  http::RequestHead head;
  head.authority = authority;
  head.path = path;
  return head;
}

// Asks the index and the reference; both must agree.
RouteMatchResult lookUp(const RouteConfiguration& configuration, const http::RequestHead& head) {
  const auto table = RouteTable::build(configuration);
  const RouteMatchResult result = table->match(head, 0);
  const RouteMatchResult linear = matchLinear(configuration, head, 0);
  EXPECT_EQ(result.virtual_host, linear.virtual_host);
  EXPECT_EQ(result.route, linear.route);
  return result;
}

std::string hostFor(const RouteConfiguration& configuration, std::string_view authority) {
  const auto result = lookUp(configuration, request(authority, "/"));
  return result.virtual_host == nullptr ? "none" : result.virtual_host->name;
}

std::string routeFor(std::vector<Route> routes, const http::RequestHead& head) {
  RouteConfiguration configuration;
  configuration.virtual_hosts = {host("h", {"*"}, std::move(routes))};
  const auto result = lookUp(configuration, head);
  return result.route == nullptr ? "none" : result.route->name;
}
std::string routeFor(std::vector<Route> routes, std::string_view path) {
  return routeFor(std::move(routes), request("h", path));
}

TEST(RouteTable, ConnectMatchesItsRoutesAndNothingElseDoes) {
  Route connect = route("connect", RouteMatch::Path::Connect, "");
  Route guarded = connect;
  guarded.name = "guarded";
  HeaderMatcher& matcher = guarded.match.headers.emplace_back();
  matcher.name = "x-a";
  matcher.kind = HeaderMatcher::Kind::Present;
  http::RequestHead head = request("a.example:443", "");
  head.method = http::Method::Connect;
  EXPECT_EQ(routeFor({prefix("/"), prefix(""), guarded, connect}, head), "connect");
  EXPECT_EQ(routeFor({prefix("/"), prefix("")}, head), "none");
  EXPECT_EQ(routeFor({connect, prefix("/")}, "/x"), "/");
  head.headers.add("x-a", "1");
  EXPECT_EQ(routeFor({prefix("/"), guarded, connect}, head), "guarded");
}

TEST(RouteTable, TheMostSpecificDomainWins) {
  RouteConfiguration c;
  c.virtual_hosts = {host("any", {"*"}),
                     host("prefix", {"www.*"}),
                     host("long-prefix", {"www.example.*"}),
                     host("suffix", {"*.com"}),
                     host("long-suffix", {"*.example.com"}),
                     host("dash", {"*-bar.foo.org"}),
                     host("exact", {"www.example.com", "other.net"})};
  EXPECT_EQ(hostFor(c, "www.example.com"), "exact");
  EXPECT_EQ(hostFor(c, "api.example.com"), "long-suffix");
  EXPECT_EQ(hostFor(c, "www.test.com"), "suffix");
  EXPECT_EQ(hostFor(c, "www.example.org"), "long-prefix");
  EXPECT_EQ(hostFor(c, "www.test.org"), "prefix");
  EXPECT_EQ(hostFor(c, "baz-bar.foo.org"), "dash");
  EXPECT_EQ(hostFor(c, "elsewhere"), "any");
}

TEST(RouteTable, HostsCompareWithoutCaseAndWithTheirPort) {
  RouteConfiguration c;
  c.virtual_hosts = {host("exact", {"example.com"}), host("port", {"example.com:8080"})};
  EXPECT_EQ(hostFor(c, "EXAMPLE.com"), "exact");
  EXPECT_EQ(hostFor(c, "example.com:8080"), "port");
  EXPECT_EQ(hostFor(c, "example.com:80"), "none");
}

TEST(RouteTable, AWildcardNeverStandsForNothing) {
  RouteConfiguration c;
  c.virtual_hosts = {host("suffix", {"*.example.com"}), host("prefix", {"www.*"})};
  EXPECT_EQ(hostFor(c, ".example.com"), "none");
  EXPECT_EQ(hostFor(c, "www."), "none");
  EXPECT_EQ(hostFor(c, "a.example.com"), "suffix");
  EXPECT_EQ(hostFor(c, ""), "none");
}

TEST(RouteTable, TheFirstRouteInOrderWinsEvenIfALaterOneIsLonger) {
  EXPECT_EQ(routeFor({prefix("/a"), prefix("/a/b"), exact("/a/b/c")}, "/a/b/c"), "/a");
  EXPECT_EQ(routeFor({exact("/a/b/c"), prefix("/a/b"), prefix("/a")}, "/a/b/c"), "/a/b/c");
  EXPECT_EQ(routeFor({exact("/a/b/c"), prefix("/a/b"), prefix("/a")}, "/a/x"), "/a");
  EXPECT_EQ(routeFor({prefix("/a/b")}, "/a"), "none");
}

TEST(RouteTable, TheQueryIsNoPartOfThePath) {
  EXPECT_EQ(routeFor({exact("/a"), prefix("/")}, "/a?b=c"), "/a");
  EXPECT_EQ(routeFor({prefix("/a?")}, "/a?b=c"), "none");
  EXPECT_EQ(routeFor({exact("/a")}, "/a#fragment"), "/a");
}

TEST(RouteTable, ASeparatedPrefixEndsAtASegment) {
  const Route r = route("r", RouteMatch::Path::PathSeparatedPrefix, "/api");
  EXPECT_EQ(routeFor({r}, "/api"), "r");
  EXPECT_EQ(routeFor({r}, "/api/v1"), "r");
  EXPECT_EQ(routeFor({r}, "/api?x"), "r");
  EXPECT_EQ(routeFor({r}, "/apis"), "none");
}

TEST(RouteTable, RegularExpressionsMatchTheWholePath) {
  const Route r = route("r", RouteMatch::Path::SafeRegex, "/item/[0-9]+");
  EXPECT_EQ(routeFor({r}, "/item/42?x=1"), "r");
  EXPECT_EQ(routeFor({r}, "/item/42/x"), "none");
}

TEST(RouteTable, CaseIsIgnoredOnlyWhereAsked) {
  const Route loose = route("loose", RouteMatch::Path::Prefix, "/Api", false);
  const Route same = route("same", RouteMatch::Path::Exact, "/Home", false);
  EXPECT_EQ(routeFor({loose, same}, "/aPI/x"), "loose");
  EXPECT_EQ(routeFor({loose, same}, "/hOME"), "same");
  EXPECT_EQ(routeFor({prefix("/Api")}, "/api"), "none");
  EXPECT_EQ(routeFor({prefix("/api"), loose}, "/api"), "/api");
}

TEST(RouteTable, ARouteWhosePredicatesFailLetsTheNextOneTry) {
  Route guarded = prefix("/");
  guarded.name = "guarded";
  HeaderMatcher header;
  header.name = "x-version";
  header.kind = HeaderMatcher::Kind::String;
  header.string = base::StringMatcher::make(base::StringMatcher::Kind::Exact, "2").value();
  guarded.match.headers = {header};
  http::RequestHead head = request("h", "/");
  EXPECT_EQ(routeFor({guarded, prefix("/")}, head), "/");
  head.headers.add("x-version", "2");
  EXPECT_EQ(routeFor({guarded, prefix("/")}, head), "guarded");
}

TEST(RouteTable, ARouteMayTakeAShareOfTheRequests) {
  RouteConfiguration configuration;
  Route canary = prefix("/");
  canary.name = "canary";
  canary.match.runtime_fraction = config::Fraction{5, 100};
  configuration.virtual_hosts = {host("h", {"*"}, {canary, exact("/")})};
  const auto table = RouteTable::build(configuration);
  int taken = 0;
  for (uint64_t random = 0; random < 1000; ++random) {
    const RouteMatchResult result = table->match(request("a", "/"), random);
    EXPECT_EQ(result.route, matchLinear(configuration, request("a", "/"), random).route);
    taken += result.route->name == "canary" ? 1 : 0;
  }
  EXPECT_EQ(taken, 50);
}

TEST(RouteTable, NoDomainAndNoRouteAreToldApart) {
  RouteConfiguration c;
  c.virtual_hosts = {host("h", {"a"}, {exact("/x")})};
  EXPECT_EQ(lookUp(c, request("b", "/x")).virtual_host, nullptr);
  EXPECT_NE(lookUp(c, request("a", "/y")).virtual_host, nullptr);
  EXPECT_EQ(lookUp(c, request("a", "/y")).route, nullptr);
}

TEST(RouteTable, OddTargetsFindOnlyWhatTheyBeginWith) {
  EXPECT_EQ(routeFor({prefix("/")}, "*"), "none");
  EXPECT_EQ(routeFor({prefix("/")}, ""), "none");
  EXPECT_EQ(routeFor({prefix("")}, ""), "");
}

TEST(LiteralPrefix, IsWhatEveryMatchBeginsWith) {
  EXPECT_EQ(literalPrefix("/api/[0-9]+"), "/api/");
  EXPECT_EQ(literalPrefix("^/api$"), "/api");
  EXPECT_EQ(literalPrefix("/ab?c"), "/a");
  EXPECT_EQ(literalPrefix("/ab{0,1}"), "/a");
  EXPECT_EQ(literalPrefix("/v1\\.0\\/x\\d"), "/v1.0/x");
  EXPECT_EQ(literalPrefix("/a\\.*"), "/a");
  EXPECT_EQ(literalPrefix("/a|/b"), "");
  EXPECT_EQ(literalPrefix("(?i)/a"), "");
  EXPECT_EQ(literalPrefix("/\xC3\xA9*"), "/");
  EXPECT_EQ(literalPrefix("/a\\"), "/a");
  EXPECT_EQ(literalPrefix(""), "");
}

TEST(RouteTable, TheIndexAlwaysAgreesWithTheLinearScan) {
  base::Random random(20261123);
  size_t found = 0;
  for (int round = 0; round < 400; ++round) {
    const RouteConfiguration configuration = randomConfiguration(random);
    const auto table = RouteTable::build(configuration);
    for (int i = 0; i < 50; ++i) {
      const RandomRequest sample(random);
      const RouteMatchResult expected = matchLinear(configuration, sample.head, 0);
      const RouteMatchResult actual = table->match(sample.head, 0);
      ASSERT_EQ(actual.virtual_host, expected.virtual_host) << sample.head.authority;
      ASSERT_EQ(actual.route, expected.route) << "round " << round << " " << sample.head.path;
      found += actual.route != nullptr ? 1 : 0;
    }
  }
  EXPECT_GT(found, 5000u) << "random requests hardly match anything: the test says little";
}

}  // namespace
}  // namespace convoy::worker

// Redirects that are followed here: the rules, and the two passes of a request.
#include "worker/http/internal_redirect.h"

#include "tests/unit/worker/http/proxy_fixture.h"

namespace convoy {
namespace {

using namespace worker;
using config::InternalRedirectPolicy;
using stats::HttpStat;
using Predicate = InternalRedirectPolicy::Predicate;

class FollowRedirectTest : public ::testing::Test {
 protected:
  FollowRedirectTest() {
    config::VirtualHost host;
    host.name = "all";
    host.domains = {"*"};
    for (const char* path : {"/a", "/b"}) {
      config::Route route;
      route.name = path;
      route.match.path = path;
      host.routes.push_back(route);
    }
    routes_.virtual_hosts.push_back(host);
    table_ = RouteTable::build(routes_);
    request_.method = http::Method::Post;
    request_.method_name = "POST";
    request_.path = "/a?x=1";
    request_.authority = "here.test";
    request_.body = http::BodyKind::Length;
    request_.content_length = 4;
    answer_.status = 302;
  }
  RedirectResult follow(std::string_view location) {
    answer_.headers.set(http::HeaderId::Location, location);
    from_.action.internal_redirect = std::make_shared<InternalRedirectPolicy>(policy_);
    return followRedirect({from_, *table_, 0, nullptr, arena_, trail_}, answer_, request_);
  }

  config::RouteConfiguration routes_;
  std::unique_ptr<const RouteTable> table_;
  config::Route from_;
  InternalRedirectPolicy policy_;
  base::Arena arena_;
  RedirectTrail trail_;
  http::ResponseHead answer_;
  http::RequestHead request_;
};

TEST_F(FollowRedirectTest, TheRequestAsksForTheNewTarget) {
  ASSERT_EQ(follow("http://There.test:81/b?y=2#part"), RedirectResult::Followed);
  EXPECT_EQ(request_.authority, "there.test:81");
  EXPECT_EQ(request_.path, "/b?y=2");
  EXPECT_EQ(*request_.headers.find("x-envoy-original-url"), "http://here.test/a?x=1");
  EXPECT_EQ(request_.method_name, "POST");
  EXPECT_EQ(trail_.count(), 1u);
}

TEST_F(FollowRedirectTest, ALocationHasToBeWhole) {
  for (const char* bad : {"", "/b", "b", "//x/b", "http://", "http:///b", "ftp://x/b",
                          "http://u@x/b", "http://x/b c", "http://x:99999/", "http://x/%zz"}) {
    EXPECT_EQ(follow(bad), RedirectResult::BadLocation) << bad;
  }
  EXPECT_EQ(request_.path, "/a?x=1");
  EXPECT_FALSE(request_.headers.find("x-envoy-original-url"));
}

TEST_F(FollowRedirectTest, AnotherSchemeOnlyIfThatIsAllowed) {
  EXPECT_EQ(follow("https://x/b"), RedirectResult::UnsafeScheme);
  policy_.allow_cross_scheme = true;
  policy_.predicates = {{Predicate::Kind::SafeCrossScheme, {}}};
  EXPECT_EQ(follow("https://x/b"), RedirectResult::Predicate);
  policy_.predicates.clear();
  EXPECT_EQ(follow("https://x/b"), RedirectResult::Followed);
  EXPECT_EQ(request_.scheme, "https");
}

TEST_F(FollowRedirectTest, OnlySoManyTimes) {
  EXPECT_EQ(follow("http://x/b"), RedirectResult::Followed);
  EXPECT_EQ(follow("http://x/a"), RedirectResult::TooMany);
  EXPECT_EQ(request_.path, "/b");
}

TEST_F(FollowRedirectTest, ThereHasToBeARoute) {
  policy_.headers_to_copy = {"x-copied"};
  answer_.headers.add("x-copied", "1");
  EXPECT_EQ(follow("http://x/nowhere"), RedirectResult::NoRoute);
  EXPECT_EQ(request_.authority, "here.test");
  EXPECT_EQ(request_.headers.find("x-copied"), nullptr);
}

TEST_F(FollowRedirectTest, NotToARouteOfTheSameStepAgain) {
  policy_.max_redirects = 9;
  policy_.predicates = {{Predicate::Kind::PreviousRoutes, {}}};
  EXPECT_EQ(follow("http://x/b"), RedirectResult::Followed);
  EXPECT_EQ(follow("http://x/a"), RedirectResult::Followed);
  EXPECT_EQ(follow("http://x/b?again"), RedirectResult::Predicate);
}

TEST_F(FollowRedirectTest, OnlyToRoutesOnTheList) {
  policy_.predicates = {{Predicate::Kind::AllowListed, {"/a"}}};
  EXPECT_EQ(follow("http://x/b"), RedirectResult::Predicate);
  EXPECT_EQ(follow("http://x/a"), RedirectResult::Followed);
}

TEST_F(FollowRedirectTest, FieldsOfTheAnswerTakeThePlaceOfTheRequests) {
  policy_.headers_to_copy = {"x-copied", "x-gone"};
  request_.headers.add("x-gone", "1");
  request_.headers.add("x-copied", "old");
  answer_.headers.add("x-copied", "new");
  answer_.headers.add("x-copied", "two");
  ASSERT_EQ(follow("http://x/b"), RedirectResult::Followed);
  EXPECT_EQ(request_.headers.find("x-gone"), nullptr);
  EXPECT_EQ(*request_.headers.find("x-copied"), "new");
}

TEST_F(FollowRedirectTest, After303TheRequestReads) {
  answer_.status = 303;
  ASSERT_EQ(follow("http://x/b"), RedirectResult::Followed);
  EXPECT_EQ(request_.method, http::Method::Get);
  EXPECT_EQ(request_.body, http::BodyKind::None);
}

class InternalRedirectTest : public ProxyTest {
 protected:
  void startWith(const std::string& policy = "") {
    start("", "                  internal_redirect_policy: {" + policy + "}\n");
    serve(upstream_);
  }
  static bool answer(const HttpMessage& request, RawClient& connection) {
    const std::string& line = request.first_line;
    if (line.find(" /from") == std::string::npos) {
      return connection.send(fakes::responseText(200, line + " " + request.body));
    }
    const std::string to = line.find("away") != std::string::npos ? "/elsewhere" : "http://b/to";
    return connection.send(fakes::responseText(302, "moved", "location: " + to + "\r\n"));
  }
  stats::StatBlock<HttpStat> http() {
    return stats::StatBlock<HttpStat>(
        worker_->context().cells(worker_->context().directory.http(0)));
  }

  FakeUpstream upstream_{answer};
};

TEST_F(InternalRedirectTest, TheClientGetsWhatTheRedirectLeadsTo) {
  startWith();
  const HttpMessage answer = get("/from");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /to HTTP/1.1 ");
  const HttpMessage second = upstream_.last();
  EXPECT_EQ(second.header("host"), "b");
  EXPECT_EQ(second.header("x-envoy-original-url").substr(0, 7), "http://");
  EXPECT_EQ(stats().get(ClusterStat::upstream_internal_redirect_succeeded_total), 1u);
  EXPECT_EQ(http().get(HttpStat::downstream_rq_total), 2u);
  EXPECT_EQ(http().get(HttpStat::downstream_rq_active), 0u);
  EXPECT_EQ(stats().get(ClusterStat::upstream_rq_active), 0u);
}

TEST_F(InternalRedirectTest, TheBodyGoesAlong) {
  startWith();
  HttpMessage answer;
  play([&] { answer = RawClient(port()).request("POST", "/from", "", "a body"); });
  EXPECT_EQ(answer.body, "POST /to HTTP/1.1 a body");
}

TEST_F(InternalRedirectTest, OtherRedirectsGoToTheClient) {
  startWith();
  const HttpMessage answer = get("/from/away");
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.header("location"), "/elsewhere");
  EXPECT_EQ(stats().get(ClusterStat::upstream_internal_redirect_failed_total), 1u);
  EXPECT_EQ(http().get(HttpStat::passthrough_internal_redirect_bad_location), 1u);
}

TEST_F(InternalRedirectTest, ALoopEndsAtTheLimit) {
  upstream_.setHandler(FakeUpstream::respond(302, "", "location: http://b/again\r\n"));
  startWith("max_internal_redirects: 3");
  EXPECT_EQ(get("/from").status, 302);
  EXPECT_EQ(upstream_.requests(), 4u);
  EXPECT_EQ(http().get(HttpStat::passthrough_internal_redirect_too_many_redirects), 1u);
}

TEST_F(InternalRedirectTest, ItMayLeadToAnAnswerOfOurOwn) {
  upstream_.setHandler(FakeUpstream::respond(302, "", "location: http://b/direct\r\n"));
  startWith();
  EXPECT_EQ(get("/from").body, "direct");
  EXPECT_EQ(upstream_.requests(), 1u);
}

TEST_F(InternalRedirectTest, TheConnectionOfTheClientServesOn) {
  startWith();
  play([&] {
    RawClient client(port());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/from").status, 200);
    EXPECT_EQ(client.get("/plain").body, "GET /plain HTTP/1.1 ");
  });
}

TEST_F(InternalRedirectTest, ABodyThatIsTooLargeToKeepIsNotSentAgain) {
  startYaml(
      fakes::frontYaml() +
      "              routes:\n"
      "              - {match: {prefix: /}, per_request_buffer_limit_bytes: 10, route: {cluster: "
      "up, internal_redirect_policy: {}}}\n"
      "  clusters:\n"
      "  - {name: up, load_assignment: {cluster_name: up}}\n");
  serve(upstream_);
  HttpMessage answer;
  play([&] { answer = RawClient(port()).request("POST", "/from", "", std::string(11, 'x')); });
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(stats().get(ClusterStat::upstream_internal_redirect_failed_total), 1u);
}

}  // namespace
}  // namespace convoy

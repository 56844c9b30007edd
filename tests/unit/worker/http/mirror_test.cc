// request_mirror_policies: what the other cluster gets, and what the client does not notice.
#include "tests/unit/worker/http/proxy_fixture.h"

namespace convoy {
namespace {

class MirrorTest : public ProxyTest {
 protected:
  // `policies`: of the route.
  void startWith(const std::string& policies, const std::string& more = "") {
    startYaml(fakes::frontYaml("", "", more) +
              "              routes:\n"
              "              - match: {prefix: /}\n"
              "                route: {cluster: up, request_mirror_policies: [" +
              policies +
              "]}\n"
              "  clusters:\n"
              "  - {name: up, load_assignment: {cluster_name: up}}\n"
              "  - {name: copy, load_assignment: {cluster_name: copy}}\n");
    worker_->setHosts(0, {upstream_.port()});
    worker_->setHosts(1, {copy_.port()});
  }
  bool copied(uint64_t requests) {
    return worker_->runUntil([&] { return copy_.requests() == requests; });
  }

  FakeUpstream upstream_;
  FakeUpstream copy_{FakeUpstream::respond(500, "nobody reads this")};
};

TEST_F(MirrorTest, TheCopyHasTheRequestAndAnotherHost) {
  startWith("{cluster: copy}");
  play([&] {
    const HttpMessage answer = RawClient(port()).request("POST", "/a?b=c", "X-Mine: 1\r\n", "body");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello\n");
  });
  ASSERT_TRUE(copied(1));
  const HttpMessage copy = copy_.last();
  EXPECT_EQ(copy.first_line, "POST /a?b=c HTTP/1.1");
  EXPECT_EQ(copy.body, "body");
  EXPECT_EQ(copy.header("x-mine"), "1");
  EXPECT_EQ(copy.header("host").find("-shadow") == std::string::npos, false);
  EXPECT_EQ(upstream_.last().header("host").find("-shadow"), std::string::npos);
  EXPECT_TRUE(worker_->runUntil(
      [&] { return worker_->clusterStats(1).get(ClusterStat::upstream_rq_completed) == 1; }));
}

TEST_F(MirrorTest, TheSuffixCanBeLeftOut) {
  startWith("{cluster: copy, disable_shadow_host_suffix_append: true}");
  get("/");
  ASSERT_TRUE(copied(1));
  EXPECT_EQ(copy_.last().header("host"), upstream_.last().header("host"));
}

TEST_F(MirrorTest, SeveralPoliciesGiveSeveralCopiesAndAShareOfNoneGivesNone) {
  startWith(
      "{cluster: copy}, {cluster: copy},"
      " {cluster: copy, runtime_fraction: {default_value: {numerator: 0}}}");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/").status, 200);
  EXPECT_TRUE(copied(6));
}

TEST_F(MirrorTest, TheClusterMayBeNamedByTheRequest) {
  startWith("{cluster_header: x-copy-to}");
  EXPECT_EQ(get("/", "X-Copy-To: copy\r\n").status, 200);
  EXPECT_EQ(get("/", "X-Copy-To: nowhere\r\n").status, 200);
  EXPECT_EQ(get("/").status, 200);
  EXPECT_TRUE(copied(1));
}

TEST_F(MirrorTest, ABodyBeyondTheBufferLimitIsNotCopied) {
  startWith("{cluster: copy}", "    per_connection_buffer_limit_bytes: 1000\n");
  upstream_.setHandler(FakeUpstream::echo());
  const std::string body(5000, 'b');
  play([&] { EXPECT_EQ(RawClient(port()).request("POST", "/", "", body).body, body); });
  EXPECT_EQ(worker_->clusterStats(1).get(ClusterStat::retry_or_shadow_abandoned), 1u);
  EXPECT_EQ(get("/").status, 200);
  EXPECT_TRUE(copied(1));  // of the second
}

TEST_F(MirrorTest, ADeadMirrorIsNoTroubleOfTheClient) {
  startWith("{cluster: copy}");
  worker_->setHosts(1, {1});
  EXPECT_EQ(get("/").status, 200);
  worker_->setHosts(1, {});
  EXPECT_EQ(get("/").status, 200);
}

}  // namespace
}  // namespace convoy

#include "master/upstream/resolver.h"

#include <gtest/gtest.h>

#include "tests/unit/master/upstream/fake_dns_server.h"

namespace convoy::master {
namespace {

using Family = config::Cluster::DnsFamily;
using Strings = std::vector<std::string>;

class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() {
    server_.v4["both.test"] = {"10.0.0.2", "10.0.0.1"};
    server_.v6["both.test"] = {"fd00::1"};
    server_.v4["four.test"] = {"10.0.0.4"};
    resolver_ = std::move(*makeResolver(loop_, {server_.address(), 200, 1}));
  }
  DnsAnswer ask(const std::string& name, Family family) {
    DnsAnswer out;
    bool done = false;
    resolver_->resolve(name, family, [&](const DnsAnswer& answer) {
      out = answer;
      done = true;
      loop_.stop();
    });
    EXPECT_FALSE(done);
    auto limit = loop_.createTimer([this] { loop_.stop(); });
    limit->start(5000);
    loop_.run();
    EXPECT_TRUE(done);
    return out;
  }

  net::EventLoop loop_;
  FakeDnsServer server_{loop_};
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, FamiliesAreChosenAsEnvoyDoes) {
  EXPECT_EQ(ask("both.test", Family::V4Only).addresses, (Strings{"10.0.0.2", "10.0.0.1"}));
  EXPECT_EQ(ask("both.test", Family::V6Only).addresses, Strings{"fd00::1"});
  EXPECT_EQ(ask("both.test", Family::Auto).addresses, Strings{"fd00::1"});
  EXPECT_EQ(ask("four.test", Family::Auto).addresses, Strings{"10.0.0.4"});
  EXPECT_EQ(ask("both.test", Family::V4Preferred).addresses.size(), 2u);
  EXPECT_EQ(ask("both.test", Family::All).addresses.size(), 3u);
}

TEST_F(ResolverTest, TheTtlOfTheAnswerIsKept) {
  server_.ttl = 7;
  EXPECT_EQ(ask("four.test", Family::V4Only).ttl_ms, 7000u);
}

TEST_F(ResolverTest, AnUnknownNameIsAnErrorWithWords) {
  const DnsAnswer answer = ask("nowhere.test", Family::Auto);
  EXPECT_FALSE(answer.ok);
  EXPECT_FALSE(answer.error.empty());
  EXPECT_EQ(resolver_->pending(), 0u);
}

TEST_F(ResolverTest, ASilentServerIsAnErrorInTime) {
  server_.silent = true;
  EXPECT_FALSE(ask("four.test", Family::V4Only).ok);
  EXPECT_GE(server_.questions, 1);
}

TEST_F(ResolverTest, LocalhostNeedsNoServer) {
  EXPECT_EQ(ask("localhost", Family::V4Only).addresses, Strings{"127.0.0.1"});
  EXPECT_EQ(server_.questions, 0);
}

TEST_F(ResolverTest, DestroyedWithAQuestionOpenItNeverCallsBack) {
  bool called = false;
  resolver_->resolve("four.test", Family::V4Only, [&](const DnsAnswer&) { called = true; });
  resolver_.reset();
  auto limit = loop_.createTimer([this] { loop_.stop(); });
  limit->start(50);
  loop_.run();
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace convoy::master

#include "worker/http/forwarded.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

using http::HeaderId;

class ForwardedTest : public ::testing::Test {
 protected:
  void apply(const char* peer) {
    direct_ = *net::Address::fromIp(peer, 4000);
    applyForwarded(config_, InternalAddresses(config_), self_, direct_, random_, arena_, head_,
                   remote_);
  }
  std::string value(HeaderId id) {
    const std::string_view* found = head_.headers.find(id);
    return found == nullptr ? "(absent)" : std::string(*found);
  }

  config::HttpConnectionManager config_;
  config::Node self_;
  base::Random random_{7};
  base::Arena arena_;
  http::RequestHead head_;
  net::Address direct_, remote_;
};

TEST_F(ForwardedTest, LeavesForwardedForAloneByDefault) {
  head_.headers.add(HeaderId::XForwardedFor, "9.9.9.9");
  apply("10.0.0.1");
  EXPECT_EQ(value(HeaderId::XForwardedFor), "9.9.9.9");
  EXPECT_EQ(value(HeaderId::XForwardedProto), "http");
}

TEST_F(ForwardedTest, TheReportedClientCountsWhereTheAddressIsNotTaken) {
  head_.headers.add(HeaderId::XForwardedFor, "9.9.9.9, 8.8.8.8");
  apply("10.0.0.1");
  EXPECT_EQ(remote_.ip(), "8.8.8.8");
}

TEST_F(ForwardedTest, AppendsThePeerAtTheEdge) {
  config_.use_remote_address = true;
  head_.headers.add(HeaderId::XForwardedFor, "6.6.6.6");
  apply("1.2.3.4");
  EXPECT_EQ(value(HeaderId::XForwardedFor), "6.6.6.6,1.2.3.4");
  EXPECT_EQ(value(HeaderId::XEnvoyExternalAddress), "1.2.3.4");
  EXPECT_EQ(remote_.ip(), "1.2.3.4");
}

TEST_F(ForwardedTest, JoinsSeveralLinesSoThatOursIsTheLastWord) {
  config_.use_remote_address = true;
  head_.headers.add(HeaderId::XForwardedFor, "6.6.6.6");
  head_.headers.add(HeaderId::XForwardedFor, "7.7.7.7");
  apply("1.2.3.4");
  EXPECT_EQ(head_.headers.count(HeaderId::XForwardedFor), 1u);
  EXPECT_EQ(value(HeaderId::XForwardedFor), "6.6.6.6,7.7.7.7,1.2.3.4");
}

TEST_F(ForwardedTest, CountsTrustedHopsFromTheRight) {
  config_.use_remote_address = true;
  config_.xff_num_trusted_hops = 1;
  head_.headers.add(HeaderId::XForwardedFor, "6.6.6.6, 5.5.5.5");
  apply("10.0.0.1");
  EXPECT_EQ(remote_.ip(), "5.5.5.5");
}

TEST_F(ForwardedTest, OverwritesProtoAtTheEdgeButKeepsATrustedHops) {
  config_.use_remote_address = true;
  head_.headers.add(HeaderId::XForwardedProto, "https");
  apply("1.2.3.4");
  EXPECT_EQ(value(HeaderId::XForwardedProto), "http");
}

TEST_F(ForwardedTest, AnExternalClientCannotSpeakForTheMesh) {
  config_.use_remote_address = true;
  head_.headers.add(HeaderId::XEnvoyUpstreamRqTimeoutMs, "1");
  head_.headers.add(HeaderId::XEnvoyInternal, "true");
  apply("1.2.3.4");
  EXPECT_EQ(value(HeaderId::XEnvoyUpstreamRqTimeoutMs), "(absent)");
  EXPECT_EQ(value(HeaderId::XEnvoyInternal), "(absent)");
}

TEST_F(ForwardedTest, NobodyIsInternalForTheAddressAlone) {
  config_.use_remote_address = true;
  head_.headers.add(HeaderId::XEnvoyInternal, "true");
  head_.headers.add("x-envoy-decorator-operation", "x");
  apply("10.0.0.1");
  EXPECT_EQ(value(HeaderId::XEnvoyInternal), "(absent)");
  EXPECT_EQ(value(HeaderId::XEnvoyExternalAddress), "10.0.0.1");
  EXPECT_EQ(head_.headers.find("x-envoy-decorator-operation"), nullptr);
}

TEST_F(ForwardedTest, TheMeshsOwnAddressesAreThoseOfTheConfiguration) {
  config_.internal_ranges = {{"10.0.0.0", 8, {}}, {"fd00::", 8, {}}};
  config_.use_remote_address = true;
  for (const char* peer : {"10.200.0.1", "fd12::1"}) {
    head_.headers.set("x-envoy-retry-on", "5xx");
    apply(peer);
    EXPECT_EQ(value(HeaderId::XEnvoyInternal), "true") << peer;
    EXPECT_NE(head_.headers.find("x-envoy-retry-on"), nullptr) << peer;
  }
  for (const char* peer : {"11.0.0.1", "fe80::1", "127.0.0.1"}) {
    apply(peer);
    EXPECT_EQ(value(HeaderId::XEnvoyInternal), "(absent)") << peer;
    EXPECT_EQ(head_.headers.find("x-envoy-retry-on"), nullptr) << peer;
  }
}

TEST_F(ForwardedTest, BehindAProxyTheOneAddressThatItNamesDecides) {
  config_.internal_ranges = {{"10.0.0.0", 8, {}}};
  head_.headers.add(HeaderId::XForwardedFor, "10.1.1.1");
  apply("192.0.2.7");
  EXPECT_EQ(value(HeaderId::XEnvoyInternal), "true");
  head_.headers.set(HeaderId::XForwardedFor, "10.1.1.1, 10.2.2.2");
  apply("192.0.2.7");
  EXPECT_EQ(value(HeaderId::XEnvoyInternal), "(absent)");
}

TEST_F(ForwardedTest, BehindAnotherProxyClientsSteerNothingEither) {
  for (const char* name : {"x-envoy-internal", "x-envoy-retry-on", "x-envoy-max-retries",
                           "x-envoy-upstream-rq-timeout-ms", "x-envoy-expected-rq-timeout-ms",
                           "x-envoy-force-trace", "x-envoy-original-url"}) {
    head_.headers.add(name, "1");
  }
  head_.headers.add(HeaderId::XEnvoyOriginalPath, "/of/the/proxy/before");
  apply("10.0.0.1");
  EXPECT_EQ(value(HeaderId::XEnvoyOriginalPath), "/of/the/proxy/before");
  for (const http::HeaderEntry& field : head_.headers) {
    EXPECT_TRUE(!field.name.starts_with("x-envoy-") || field.id == HeaderId::XEnvoyOriginalPath)
        << field.name;
  }
}

TEST_F(ForwardedTest, MakesARequestIdWhereThereIsNone) {
  apply("10.0.0.1");
  EXPECT_EQ(value(HeaderId::XRequestId).size(), 36u);
  EXPECT_EQ(value(HeaderId::XRequestId)[14], '4');
}

TEST_F(ForwardedTest, ReplacesAnExternalRequestIdUnlessToldToKeepIt) {
  config_.use_remote_address = true;
  head_.headers.add(HeaderId::XRequestId, "mine");
  apply("1.2.3.4");
  EXPECT_NE(value(HeaderId::XRequestId), "mine");
  head_.headers.set(HeaderId::XRequestId, "mine");
  config_.preserve_external_request_id = true;
  apply("1.2.3.4");
  EXPECT_EQ(value(HeaderId::XRequestId), "mine");
}

TEST_F(ForwardedTest, KeepsAnInternalRequestId) {
  head_.headers.add(HeaderId::XRequestId, "trace");
  apply("10.0.0.1");
  EXPECT_EQ(value(HeaderId::XRequestId), "trace");
}

TEST_F(ForwardedTest, GarbageInForwardedForIsNoAddress) {
  head_.headers.add(HeaderId::XForwardedFor, "unknown, , ;;");
  apply("10.0.0.1");
  EXPECT_EQ(remote_.ip(), "10.0.0.1");
}

}  // namespace
}  // namespace convoy::worker

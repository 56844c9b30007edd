// Filters that hold a request back: buffer and fault, and how its body waits meanwhile.
#include "tests/unit/worker/http/proxy_fixture.h"

namespace convoy {
namespace {

using stats::HttpStat;

class WaitingFiltersTest : public ProxyTest {
 protected:
  void startWith(const std::string& filters, const std::string& route = "") {
    startYaml(fakes::frontYaml(filters + ", ") +
              "              routes:\n"
              "              - match: {prefix: /direct}\n"
              "                direct_response: {status: 200, body: {inline_string: direct}}\n"
              "              - match: {prefix: /}\n"
              "                route: {cluster: up}\n" +
              route + "  clusters:\n  - {name: up, load_assignment: {cluster_name: up}}\n");
  }
};

constexpr char kBuffer[] =
    "{name: envoy.filters.http.buffer, typed_config: {'@type': "
    "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: "
    "200000}}";

std::string fault(const std::string& fields) {
  return "{name: envoy.filters.http.fault, typed_config: {'@type': "
         "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault, " +
         fields + "}}";
}

TEST_F(WaitingFiltersTest, ABufferedRequestGoesOnWholeAndWithItsLength) {
  startWith(kBuffer);
  FakeUpstream upstream(FakeUpstream::echo());
  serve(upstream);
  play([&] {
    RawClient client(port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.send("4\r\ndefg\r\n0\r\n\r\n");
    EXPECT_EQ(client.readResponse().body, "abcdefg");
    EXPECT_EQ(upstream.last().header("content-length"), "7");
    const std::string body(150000, 'b');  // more than a client is let send while it waits elsewhere
    EXPECT_EQ(client.request("POST", "/", "", body).body, body);
    EXPECT_EQ(client.get("/").status, 200);
    EXPECT_EQ(client.request("POST", "/direct", "", "x").body, "direct");
    EXPECT_EQ(client.get("/direct").body, "direct");
  });
}

TEST_F(WaitingFiltersTest, ABodyThatIsTooLargeIsRefused) {
  startWith(kBuffer);
  FakeUpstream upstream;
  serve(upstream);
  play([&] {
    const HttpMessage answer = RawClient(port()).request("POST", "/", "", std::string(200001, 'b'));
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.body, "Payload Too Large");
    RawClient client(port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n30d41\r\n" +
                std::string(200001, 'b') + "\r\n");
    EXPECT_EQ(client.readResponse().status, 413);
  });
  EXPECT_EQ(upstream.requests(), 0u);
}

TEST_F(WaitingFiltersTest, ARouteMayTurnAFilterOff) {
  startWith(kBuffer,
            "                typed_per_filter_config: {envoy.filters.http.buffer: {'@type': "
            "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, disabled: "
            "true}}\n");
  FakeUpstream upstream(FakeUpstream::echo());
  serve(upstream);
  const std::string body(300000, 'b');
  play([&] { EXPECT_EQ(RawClient(port()).request("POST", "/", "", body).body, body); });
}

TEST_F(WaitingFiltersTest, ADelayedRequestIsForwardedWithItsBody) {
  startWith(fault("delay: {fixed_delay: 0.1s, percentage: {numerator: 100}}"));
  FakeUpstream upstream(FakeUpstream::echo());
  serve(upstream);
  const std::string body(300000, 'b');
  play([&] {
    RawClient client(port());
    EXPECT_EQ(client.request("POST", "/", "", body).body, body);
    EXPECT_EQ(client.get("/direct").body, "direct");
  });
}

TEST_F(WaitingFiltersTest, AnAbortAnswersWithItsStatus) {
  startWith(fault("abort: {http_status: 418, percentage: {numerator: 100}}"));
  FakeUpstream upstream;
  serve(upstream);
  const HttpMessage answer = get("/");
  EXPECT_EQ(answer.status, 418);
  EXPECT_EQ(answer.body, "fault filter abort");
  EXPECT_EQ(upstream.requests(), 0u);
}

TEST_F(WaitingFiltersTest, ADelayThatTheRequestAsksForComesBeforeItsAbort) {
  startWith(
      fault("delay: {header_delay: {}, percentage: {numerator: 100}},"
            " abort: {header_abort: {}, percentage: {numerator: 100}}"));
  FakeUpstream upstream;
  serve(upstream);
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(
      get("/", "x-envoy-fault-delay-request: 60\r\nx-envoy-fault-abort-request: 503\r\n").status,
      503);
  EXPECT_EQ(get("/",
                "x-envoy-fault-abort-request: 503\r\nx-envoy-fault-abort-request-percentage: "
                "0\r\n")
                .status,
            200);
}

TEST_F(WaitingFiltersTest, AClientThatLeavesEndsTheWait) {
  startWith(
      fault("delay: {fixed_delay: 100s, percentage: {numerator: 100}}, max_active_faults: 1"));
  FakeUpstream upstream;
  serve(upstream);
  RawClient gone(port());
  gone.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  stats::StatBlock<HttpStat> http(worker_->context().cells(worker_->context().directory.http(0)));
  ASSERT_TRUE(worker_->runUntil([&] { return http.get(HttpStat::fault_active_faults) == 1; }));
  EXPECT_EQ(get("/").status, 200);  // one fault at a time
  EXPECT_EQ(http.get(HttpStat::fault_faults_overflow), 1u);
  gone = RawClient(port());
  EXPECT_TRUE(worker_->runUntil([&] { return http.get(HttpStat::fault_active_faults) == 0; }));
}

}  // namespace
}  // namespace convoy

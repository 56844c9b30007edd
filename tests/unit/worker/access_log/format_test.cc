#include "worker/access_log/format.h"

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "common/base/clock.h"
#include "common/net/address.h"
#include "tests/fakes/count_allocations.h"

namespace convoy::worker {
namespace {

using config::AccessLog;
using config::JsonFormat;

class StoppedClock final : public base::Clock {
 public:
  uint64_t monotonicUs() const override { return 1250000; }
  int64_t wallUs() const override { return 1460751421000000; }
};

// A request that went through a proxy the usual way.
class FormatTest : public ::testing::Test {
 protected:
  FormatTest() {
    request_.method_name = "GET";
    request_.path = "/items?id=a%20b&q";
    request_.authority = "example.com";
    request_.headers.add("user-agent", "curl/8 \"beta\"\x01\xFF\\");
    request_.headers.add("x-request-id", "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2");
    response_.status = 200;
    response_.headers.add("x-envoy-upstream-service-time", "12");
    response_.body = http::BodyKind::Length;
    response_.content_length = 226;
    record_.request = &request_;
    record_.response = &response_;
    record_.status = 200;
    record_.start_wall_us = 1460751420310042;
    record_.start_us = 1000000;
    record_.request_end_us = 1002999;
    record_.upstream_last_tx_us = 1003000;
    record_.upstream_first_rx_us = 1015000;
    record_.end_us = 1016500;
    record_.bytes_received = 7;
    record_.bytes_sent = 226;
    record_.attempts = 2;
    record_.details = "via_upstream";
    record_.upstream_cluster = "service";
    record_.route_name = "items";
    upstream_ = net::Address::fromIp("10.0.2.1", 80).value();
    client_ = net::Address::fromIp("192.0.2.7", 4711).value();
    record_.upstream_remote = &upstream_;
    record_.downstream_remote = &client_;
    record_.downstream_direct_remote = &client_;
  }

  std::string text(const std::string& source, bool escaping = true) {
    auto format = config::parseFormat(source);
    EXPECT_TRUE(format.ok()) << source;
    std::string out;
    if (format.ok()) appendFormat(format.value(), context(), escaping, out);
    return out;
  }
  std::string line(const AccessLog& log) {
    std::string out;
    appendLogLine(log, context(), out);
    return out;
  }
  FormatContext context() const { return {record_, "node-1", clock_}; }

  StoppedClock clock_;
  http::RequestHead request_;
  http::ResponseHead response_;
  net::Address upstream_, client_;
  Record record_;
};

TEST_F(FormatTest, TheDefaultLineIsEnvoys) {
  AccessLog log;
  log.text = config::parseFormat(config::kDefaultAccessLogFormat).value();
  EXPECT_EQ(line(log),
            "[2016-04-15T20:17:00.310Z] \"GET /items?id=a%20b&q HTTP/1.1\" 200 - 7 226 16 12 \"-\" "
            "\"curl/8 \\x22beta\\x22\\x01\\xFF\\x5C\" \"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2\" "
            "\"example.com\" \"10.0.2.1:80\"\n");
}

TEST_F(FormatTest, DurationsAreWholeMilliseconds) {
  EXPECT_EQ(text("%DURATION% %REQUEST_DURATION% %REQUEST_TX_DURATION% %RESPONSE_DURATION% "
                 "%RESPONSE_TX_DURATION%"),
            "16 2 3 15 1");
}

TEST_F(FormatTest, DurationsOfWhatHasNotHappenedAreUnset) {
  record_.upstream_first_rx_us = 0;
  EXPECT_EQ(text("%RESPONSE_DURATION% %RESPONSE_TX_DURATION%"), "- -");
  record_.end_us = 0;
  EXPECT_EQ(text("%DURATION%"), "250") << "so far";
}

TEST_F(FormatTest, AddressesComeWithAndWithoutPorts) {
  EXPECT_EQ(text("%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% "
                 "%DOWNSTREAM_REMOTE_PORT% %UPSTREAM_REMOTE_PORT% %UPSTREAM_LOCAL_ADDRESS%"),
            "192.0.2.7:4711 192.0.2.7 4711 80 -");
  EXPECT_EQ(text("%UPSTREAM_HOST_NAME%"), "10.0.2.1:80");
  record_.upstream_host_name = "backend.test";
  EXPECT_EQ(text("%UPSTREAM_HOST_NAME%"), "backend.test");
}

TEST_F(FormatTest, HeadersHaveAlternativesAndLengths) {
  EXPECT_EQ(text("%REQ(X-ENVOY-ORIGINAL-PATH?:PATH):6%|%REQ(X-NONE?X-NEITHER)%"), "/items|-");
  request_.headers.add("x-envoy-original-path", "/old");
  EXPECT_EQ(text("%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"), "/old");
}

TEST_F(FormatTest, FramingAndStatusCanBeAskedForAsHeaders) {
  EXPECT_EQ(text("%RESP(CONTENT-LENGTH)% %RESP(:STATUS)% %REQ(HOST)% %REQ(CONTENT-LENGTH)%"),
            "226 200 example.com -");
}

TEST_F(FormatTest, PathsAndQueriesAreTakenApart) {
  EXPECT_EQ(text("%PATH% %PATH(NQ)% %REQ_WITHOUT_QUERY(:PATH)% %QUERY_PARAM(id)% %QUERY_PARAM(x)%"),
            "/items?id=a%20b&q /items /items a b -");
  request_.path = "/?bad=%4&worse=%zz%41";
  EXPECT_EQ(text("%QUERY_PARAM(bad)% %QUERY_PARAM(worse)%"), "%4 %zzA");
}

TEST_F(FormatTest, FlagsAreListedInEnvoysOrder) {
  EXPECT_EQ(text("%RESPONSE_FLAGS%"), "-");
  record_.setFlag(Flag::UpstreamRetryLimitExceeded);
  record_.setFlag(Flag::UpstreamConnectionFailure);
  EXPECT_EQ(text("%RESPONSE_FLAGS%"), "UF,URX");
  EXPECT_EQ(text("%RESPONSE_FLAGS_LONG%"), "UpstreamConnectionFailure,UpstreamRetryLimitExceeded");
}

TEST_F(FormatTest, AllFlagsTogetherFit) {
  record_.flags = ~0u;
  EXPECT_EQ(text("%RESPONSE_FLAGS%"),
            "LH,UH,UT,LR,UR,UF,UC,UO,NR,DI,FI,RL,DC,URX,SI,IH,DPE,UMSDR,DT,UPE,NC,OM,DR");
}

TEST_F(FormatTest, AnUntouchedRecordGivesDashesAndZeros) {
  record_ = Record();
  EXPECT_EQ(text("%REQ(:METHOD)% %RESP(a)% %TRAILER(a)% %PROTOCOL% %RESPONSE_CODE% %UPSTREAM_HOST% "
                 "%BYTES_SENT% %ROUTE_NAME% %STREAM_ID% %REQUESTED_SERVER_NAME% %LOCAL_REPLY_BODY% "
                 "%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_LOCAL_PORT% %PATH% %QUERY_PARAM(a)%"),
            "- - - - 0 - 0 - - - - - - - -");
}

TEST_F(FormatTest, TheMachineAndTheEnvironmentAreKnown) {
  ::setenv("CONVOY_FORMAT_TEST", "value", 1);
  EXPECT_EQ(text("%HOSTNAME% %ENVIRONMENT(CONVOY_FORMAT_TEST):3% %ENVIRONMENT(CONVOY_NO_SUCH)%"),
            "node-1 val -");
}

TEST_F(FormatTest, HeaderValuesAreNotEscapedAndUnsetIsWhatTheCallerSays) {
  std::string out;
  const auto format = config::parseFormat("%REQ(USER-AGENT):13%%REQ(x-none)%").value();
  appendFormat(format, context(), false, out, "");
  EXPECT_EQ(out, "curl/8 \"beta\"");
}

TEST_F(FormatTest, AHugeValueIsCutInLogs) {
  const std::string huge(60000, 'x');
  request_.headers.add("x-huge", huge);
  EXPECT_EQ(text("%REQ(x-huge)%").size(), 4096u);
  EXPECT_EQ(text("%REQ(x-huge)%", false).size(), huge.size());
}

JsonFormat value(const std::string& source) {
  JsonFormat format;
  format.kind = JsonFormat::Kind::Text;
  format.text = config::parseFormat(source).value();
  return format;
}
JsonFormat literal(JsonFormat::Kind kind, const std::string& as_written) {
  JsonFormat format;
  format.kind = kind;
  format.literal = as_written;
  return format;
}
JsonFormat fields(JsonFormat::Kind kind, std::vector<config::JsonField> children) {
  JsonFormat format;
  format.kind = kind;
  format.fields = std::move(children);
  return format;
}

AccessLog jsonLog(bool typed, bool omit) {
  AccessLog log;
  log.kind = AccessLog::Kind::Json;
  log.typed_json = typed;
  log.omit_empty_values = omit;
  log.json = fields(JsonFormat::Kind::Object,
                    {{"code", value("%RESPONSE_CODE%")},
                     {"none", value("%REQ(x-none)%")},
                     {"mixed", value("%RESPONSE_CODE%/%REQ(x-none)%")},
                     {"agent", value("%REQ(USER-AGENT)%")},
                     {"list", fields(JsonFormat::Kind::List,
                                     {{"", value("%DURATION%")}, {"", value("%ROUTE_NAME%")}})},
                     {"fixed", literal(JsonFormat::Kind::Number, "1.5")},
                     {"yes", literal(JsonFormat::Kind::Bool, "true")},
                     {"nil", JsonFormat()}});
  return log;
}

TEST_F(FormatTest, PlainJsonHasStringsAndDashes) {
  EXPECT_EQ(line(jsonLog(false, false)),
            R"({"code":"200","none":"-","mixed":"200/-","agent":"curl/8 \"beta\"\u0001\u00ff\\",)"
            R"("list":["16","items"],"fixed":1.5,"yes":true,"nil":null})"
            "\n");
}

TEST_F(FormatTest, TypedJsonHasNumbersAndNulls) {
  EXPECT_EQ(line(jsonLog(true, false)),
            R"({"code":200,"none":null,"mixed":"200/-","agent":"curl/8 \"beta\"\u0001\u00ff\\",)"
            R"("list":[16,"items"],"fixed":1.5,"yes":true,"nil":null})"
            "\n");
}

TEST_F(FormatTest, EmptyValuesCanBeLeftOut) {
  EXPECT_EQ(line(jsonLog(true, true)),
            R"({"code":200,"mixed":"200/","agent":"curl/8 \"beta\"\u0001\u00ff\\",)"
            R"("list":[16,"items"],"fixed":1.5,"yes":true})"
            "\n");
}

TEST_F(FormatTest, TheFirstFieldMayBeLeftOut) {
  AccessLog log = jsonLog(false, true);
  log.json.fields.erase(log.json.fields.begin());
  EXPECT_EQ(line(log).substr(0, 10), R"({"mixed":")");
}

TEST_F(FormatTest, AWarmLineAllocatesNothing) {
  AccessLog log;
  log.text = config::parseFormat(std::string(config::kDefaultAccessLogFormat) +
                                 "%START_TIME(%Y %s.%6f)% %RESPONSE_FLAGS_LONG% %QUERY_PARAM(id)%")
                 .value();
  const AccessLog json = jsonLog(true, false);
  std::string out;
  const auto both = [&] {
    out.clear();
    appendLogLine(log, context(), out);
    appendLogLine(json, context(), out);
  };
  both();
  const uint64_t before = fakes::allocationCount();
  for (int i = 0; i < 100; ++i) both();
  EXPECT_EQ(fakes::allocationCount(), before);
}

TEST_F(FormatTest, DurationsBetweenAnyTwoPoints) {
  EXPECT_EQ(text("%COMMON_DURATION(DS_RX_BEG:US_TX_END:us)%"), "3000");
  EXPECT_EQ(text("%COMMON_DURATION(US_TX_END:US_RX_BEG:ms)%"), "12");
  EXPECT_EQ(text("%COMMON_DURATION(DS_RX_BEG:DS_TX_END:ns)%"), "16500000");
  EXPECT_EQ(text("%COMMON_DURATION(US_RX_END:DS_TX_END:us)%"), "-");  // it did not happen
  EXPECT_EQ(text("%COMMON_DURATION(DS_TX_END:DS_RX_BEG:us)%"), "-");
  record_.upstream_first_tx_us = 1002000;
  EXPECT_EQ(text("%UPSTREAM_CONNECTION_POOL_READY_DURATION% %ROUNDTRIP_DURATION%"), "2 -");
}

TEST_F(FormatTest, LocalTimesFollowTheZone) {
  ::setenv("TZ", "UTC-2", 1);
  ::tzset();
  EXPECT_EQ(text("%START_TIME_LOCAL(%H:%M:%S.%3f %z)%"), "22:17:00.310 +0200");
  EXPECT_EQ(text("%START_TIME_LOCAL%"), "2016-04-15T22:17:00.310+0200");
  EXPECT_EQ(text("%EMIT_TIME_LOCAL(%H)%"), "22");
  ::unsetenv("TZ");
  ::tzset();
}

TEST_F(FormatTest, HostNamesWithoutTheirPorts) {
  EXPECT_EQ(text("%UPSTREAM_HOST_NAME_WITHOUT_PORT%"), "10.0.2.1");
  record_.upstream_host_name = "backend.example:8080";
  EXPECT_EQ(text("%UPSTREAM_HOST_NAME_WITHOUT_PORT%"), "backend.example");
  record_.upstream_host_name = "[2001:db8::1]:80";
  EXPECT_EQ(text("%UPSTREAM_HOST_NAME_WITHOUT_PORT%"), "[2001:db8::1]");
  record_.upstream_host_name = "2001:db8::1";
  EXPECT_EQ(text("%UPSTREAM_HOST_NAME_WITHOUT_PORT%"), "2001:db8::1");
}

TEST_F(FormatTest, EachLineHasAUniqueId) {
  const std::string one = text("%UNIQUE_ID%");
  EXPECT_EQ(one.size(), 36u);
  EXPECT_EQ(one[14], '4');
  EXPECT_NE(text("%UNIQUE_ID%"), one);
}

}  // namespace
}  // namespace convoy::worker

// Promise: an access log with a filter has the lines that the filter lets pass, and no others; and
// a line can tell how many bytes were on the wire.
#include <sstream>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"

namespace convoy::fakes {
namespace {

struct Front {
  TempDir dir;
  FakeUpstream backend;
  uint16_t port = freePort();
  std::string log = dir.path("access.log");
  std::unique_ptr<ConvoyProcess> convoy;
  Front(const std::string& filter, const std::string& format) {
    const std::string file =
        "typed_config: {\"@type\": "
        "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: " +
        log + ", log_format: {text_format: \"" + format + "\\n\"}}";
    Config config;
    config
        .http(port,
              "{match: {path: /gone}, direct_response: {status: 404}}, "
              "{match: {path: /refused}, route: {cluster: nobody}}, " +
                  Config::toCluster("backend"),
              "access_log: [{name: f" + filter + ", " + file + "}]")
        .cluster("backend", {backend.port()})
        .cluster("nobody", {freePort()});
    // One worker: lines of several have no order among them.
    convoy = std::make_unique<ConvoyProcess>(
        config, ConvoyProcess::Options{{}, {}, 1, true, "convoy.yaml"});
  }
  // The lines once the last of them is `last`.
  std::string linesUpTo(const std::string& last) const {
    EXPECT_TRUE(eventually([&] { return readFile(log).ends_with(last + "\n"); })) << readFile(log);
    return readFile(log);
  }
};

TEST(AccessLogFilters, OnlyTheWantedStatusIsLogged) {
  const Front front(
      ", filter: {status_code_filter: {comparison: {op: GE, value: {default_value: 400, "
      "runtime_key: log.status}}}}",
      "%REQ(:PATH)% %RESPONSE_CODE%");
  httpGet(front.port, "/fine");
  httpGet(front.port, "/gone");
  EXPECT_EQ(front.linesUpTo("/gone 404"), "/gone 404\n");
}

TEST(AccessLogFilters, FiltersCombine) {
  const Front front(
      ", filter: {or_filter: {filters: [{header_filter: {header: {name: x-log, string_match: "
      "{exact: 'yes'}}}}, {and_filter: {filters: [{not_health_check_filter: {}}, "
      "{status_code_filter: {comparison: {op: EQ, value: {default_value: 404, runtime_key: "
      "x}}}}]}}]}}",
      "%REQ(:PATH)%");
  httpGet(front.port, "/a");
  httpGet(front.port, "/b", "x-log: yes\r\n");
  httpGet(front.port, "/c", "x-log: no\r\n");
  httpGet(front.port, "/gone");
  EXPECT_EQ(front.linesUpTo("/gone"), "/b\n/gone\n");
}

TEST(AccessLogFilters, FailuresAreFoundByTheirFlag) {
  const Front front(", filter: {response_flag_filter: {flags: [UC, UF]}}",
                    "%REQ(:PATH)% %RESPONSE_FLAGS%");
  httpGet(front.port, "/fine");
  httpGet(front.port, "/refused");
  EXPECT_NE(front.linesUpTo("UF").find("/refused UF\n"), std::string::npos);
  EXPECT_EQ(readFile(front.log).find("/fine"), std::string::npos);
}

TEST(WireBytes, WholeMessagesAreCounted) {
  const Front front("",
                    "%DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_WIRE_BYTES_SENT% "
                    "%UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_WIRE_BYTES_RECEIVED% %UPSTREAM_PROTOCOL% "
                    "%ACCESS_LOG_TYPE%");
  const std::string request = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  RawClient client(front.port);
  size_t to_client = 0;
  for (int i = 0; i < 2; ++i) {
    client.send(request);
    to_client = client.readUntil("\r\n\r\n").size() + client.readExactly(6).size();
  }
  // Each request counts for itself on a connection that carries several.
  const std::string lines = front.linesUpTo("HTTP/1.1 DownstreamEnd");
  ASSERT_TRUE(eventually([&] { return readLines(front.log).size() == 2; })) << lines;
  for (const std::string& line : readLines(front.log)) {
    const std::string start =
        std::to_string(request.size()) + " " + std::to_string(to_client) + " ";
    EXPECT_TRUE(line.starts_with(start)) << line << " wanted " << start;
    const size_t received = responseText(200, "hello\n").size();
    EXPECT_TRUE(line.ends_with(" " + std::to_string(received) + " HTTP/1.1 DownstreamEnd")) << line;
  }
}

TEST(WireBytes, ALongBodyIsCountedBothWays) {
  Front front("",
              "%DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_WIRE_BYTES_SENT% "
              "%UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_WIRE_BYTES_RECEIVED%");
  front.backend.setHandler(FakeUpstream::echo());
  const size_t size = 5 * 1024 * 1024;
  RawClient client(front.port);
  ASSERT_EQ(client.request("POST", "/", "", std::string(size, 'b')).body.size(), size);
  ASSERT_TRUE(eventually([&] { return readLines(front.log).size() == 1; }));
  std::istringstream line(readLines(front.log)[0]);
  for (size_t bytes = 0; line >> bytes;) {
    EXPECT_GT(bytes, size) << line.str();
    EXPECT_LT(bytes, size + 2000) << line.str();
  }
}

}  // namespace
}  // namespace convoy::fakes

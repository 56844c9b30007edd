// Promise: a client that abuses HTTP/2 loses its connection (or its stream), is counted by kind,
// and costs the worker no memory that stays; the clients beside it are served on.
#include <atomic>
#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/h2_socket.h"
#include "tests/fakes/sanitized.h"

namespace convoy::fakes {
namespace {

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string number(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}
uint32_t streamOf(int i) {
  return static_cast<uint32_t>(3 + 2 * i);
}
// GET /, authority "a", from the static table; END_HEADERS, END_STREAM as `flags` say.
std::string head(uint32_t stream, uint8_t flags) {
  return h2Frame(1, flags, stream,
                 "\x82\x84\x86\x41\x01"
                 "a");
}

struct Attack {
  const char* name;
  const char* counter;  // a family of /metrics
  std::string (*frames)(int i);
  const char* options = "";  // http2_protocol_options
};

class Http2Attack : public testing::TestWithParam<Attack> {};

uint64_t residentKib(const ConvoyProcess& convoy) {
  uint64_t total = 0;
  for (const pid_t pid : convoy.workers()) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; file >> word;) {
      if (word != "VmRSS:") continue;
      uint64_t kib = 0;
      file >> kib;
      total += kib;
    }
  }
  return total;
}

// True: the server ended it before `most` rounds were sent.
bool attack(uint16_t port, const Attack& attack, int most) {
  RawClient client(port, Millis(10000));
  std::string out = kPreface + h2Frame(4, 0, 0, "") + head(1, 4);
  for (int i = 0; i < most; ++i) {
    out += attack.frames(i);
    if (out.size() < 4096 && i + 1 < most) continue;
    if (!client.send(out)) return true;
    out.clear();
  }
  client.readAll();
  return client.lastError() != "timeout";
}

TEST_P(Http2Attack, EndsTheConnectionAndIsCounted) {
  FakeUpstream upstream([](const HttpMessage&, RawClient&) { return true; });  // never answers
  const uint16_t port = freePort();
  Config config;
  config
      .http(port, Config::toCluster("backend"),
            std::string("codec_type: HTTP2, http2_protocol_options: {") + GetParam().options + "}")
      .cluster("backend", {upstream.port()});
  ConvoyProcess::Options options;
  options.concurrency = 1;
  ConvoyProcess convoy(config, options);
  ASSERT_TRUE(convoy.ready());
  ASSERT_TRUE(attack(port, GetParam(), 20000)) << "warm";
  const uint64_t before = residentKib(convoy);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(attack(port, GetParam(), 20000));
  EXPECT_TRUE(eventually([&] { return convoy.sum(GetParam().counter) >= 10; }))
      << convoy.sum(GetParam().counter);
  EXPECT_LT(residentKib(convoy), memoryBound(before + 4096)) << "kept";
  upstream.setHandler(FakeUpstream::respond(200, "good"));
  H2Socket good(port);
  const int32_t id = good.client.request(H2Client::get());
  EXPECT_TRUE(good.answered(id));
  EXPECT_EQ(good.client.answers[id].body, "good");
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Http2Attack,
    testing::Values(
        Attack{"rapid_reset", "envoy_http_downstream_rq_too_many_premature_resets",
               [](int i) { return head(streamOf(i), 5) + h2Frame(3, 0, streamOf(i), number(8)); },
               "max_concurrent_streams: 100"},
        Attack{"continuation", "envoy_http2_header_overflow",
               [](int i) { return i == 0 ? h2Frame(1, 0, 3, "\x82") : h2Frame(9, 0, 3, "\x90"); }},
        Attack{"settings", "envoy_http2_outbound_control_flood",
               [](int) { return h2Frame(4, 0, 0, std::string("\0\4\0\0\xff\xff", 6)); }},
        Attack{"ping", "envoy_http2_outbound_control_flood",
               [](int) { return h2Frame(6, 0, 0, "12345678"); }},
        Attack{"empty_data", "envoy_http2_inbound_empty_frames_flood",
               [](int) { return h2Frame(0, 0, 1, ""); }},
        Attack{"empty_data_of_a_closed_stream", "envoy_http2_inbound_empty_frames_flood",
               [](int i) {
                 // A length that is exceeded: we reset it, and it goes on.
                 return i == 0 ? h2Frame(1, 4, 3,
                                         "\x83\x84\x86\x41\x01"
                                         "a"
                                         "\x0f\x0d\x01"
                                         "1") +
                                     h2Frame(0, 0, 3, "22")
                               : h2Frame(0, 0, 3, "");
               },
               "override_stream_error_on_invalid_http_message: true"},
        Attack{"priority", "envoy_http2_inbound_priority_frames_flood",
               [](int) { return h2Frame(2, 0, 1, std::string("\0\0\0\0\0", 5)); }},
        Attack{"window_update", "envoy_http2_inbound_window_update_frames_flood",
               [](int) { return h2Frame(8, 0, 0, number(1)); }}),
    [](const auto& param) { return param.param.name; });

// A field of 4,000 octets that is said once and then repeated by one octet each: 20,000 octets on
// the wire would be 80 MB. The answer is 431, and no more of it is kept than a head may have.
TEST(Http2Limits, AnHpackBombIs431AndCostsNothing) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "good"), "codec_type: HTTP2");
  ConvoyProcess::Options options;
  options.concurrency = 1;
  ConvoyProcess convoy(config, options);
  ASSERT_TRUE(convoy.ready());
  // "x" with 4,000 octets, into the dynamic table (index 62).
  const std::string field = std::string("\x40\x01x\x7f\xa1\x1e") + std::string(4000, 'y');
  const std::string get =
      "\x82\x84\x86\x41\x01"
      "a";
  uint64_t before = 0;
  for (int i = 0; i < 20; ++i) {
    RawClient client(port);
    // The authority is in the table before the field.
    const std::string block = get + field + repeated("\xbe", 10000);
    ASSERT_TRUE(client.send(kPreface + h2Frame(4, 0, 0, "") + h2Frame(1, 5, 1, block)));
    client.shutdownWrite();
    const std::string answer = client.readAll();
    EXPECT_NE(client.lastError(), "timeout");
    if (i == 1) before = residentKib(convoy);
  }
  EXPECT_GE(convoy.sum("envoy_http2_header_overflow"), 20);
  EXPECT_LT(residentKib(convoy), memoryBound(before + 2048));
  H2Socket good(port);
  EXPECT_TRUE(good.answered(good.client.request(H2Client::get())));
}

TEST(Http2Limits, TooManyFieldsAre431) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "good"),
              "common_http_protocol_options: {max_headers_count: 20}");
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  H2Client::Fields fields = H2Client::get();
  for (int i = 0; i < 30; ++i) fields.emplace_back("x-" + std::to_string(i), "1");
  H2Socket h2(port);
  const int32_t id = h2.client.request(fields);
  ASSERT_TRUE(h2.answered(id));
  EXPECT_EQ(h2.client.answers[id].status(), "431");
}

// The client opens no windows: its stream ends, and is not an idle one.
TEST(Http2Limits, AStalledWindowEndsTheStream) {
  FakeUpstream upstream(FakeUpstream::respond(200, std::string(200000, 'x')));
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend"), "stream_idle_timeout: 0.3s")
      .cluster("backend", {upstream.port()});
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  H2Socket h2(port);
  h2.client.hold_windows = true;
  const int32_t big = h2.client.request(H2Client::get());
  ASSERT_TRUE(h2.answered(big));
  EXPECT_NE(h2.client.answers[big].code, 0u);
  EXPECT_LT(h2.client.answers[big].body.size(), 200000u);
}

TEST(Http2Limits, WhatIsSaidAndNotTakenIsAFlushTimeout) {
  FakeUpstream upstream(FakeUpstream::respond(200, std::string(70000, 'x')));
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend"), "stream_idle_timeout: 0.3s")
      .cluster("backend", {upstream.port()});
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  H2Socket h2(port);
  h2.client.hold_windows = true;
  const int32_t id = h2.client.request(H2Client::get());
  ASSERT_TRUE(h2.answered(id));
  EXPECT_EQ(h2.client.answers[id].body.size(), 65535u) << "its window";
  EXPECT_EQ(convoy.sum("envoy_http2_tx_flush_timeout"), 1);
  EXPECT_EQ(convoy.sum("envoy_http_downstream_rq_idle_timeout"), 0);
}

TEST(Http2Limits, StreamsAboveTheLimitAreRefused) {
  FakeUpstream upstream([](const HttpMessage&, RawClient&) { return true; });
  const uint16_t port = freePort();
  Config config;
  config
      .http(
          port, Config::toCluster("backend"),
          "http2_protocol_options: {max_concurrent_streams: 5, initial_stream_window_size: 70000, "
          "initial_connection_window_size: 80000}")
      .cluster("backend", {upstream.port()});
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  RawClient client(port);
  std::string out = kPreface + h2Frame(4, 0, 0, "");
  for (uint32_t i = 0; i < 6; ++i) out += head(1 + 2 * i, 5);
  ASSERT_TRUE(client.send(out));
  // SETTINGS: MAX_CONCURRENT_STREAMS 5, INITIAL_WINDOW_SIZE 70000; WINDOW_UPDATE up to 80000.
  const std::string begin = client.readUntil(number(80000 - 65535));
  EXPECT_NE(begin.find(std::string("\0\3", 2) + number(5)), std::string::npos);
  EXPECT_NE(begin.find(std::string("\0\4", 2) + number(70000)), std::string::npos);
  // RST_STREAM of the sixth: REFUSED_STREAM.
  EXPECT_NE(client.readUntil(h2Frame(3, 0, 11, number(7))), "");
  EXPECT_EQ(client.lastError(), "");
  EXPECT_TRUE(eventually([&] { return convoy.sum("envoy_http2_stream_refused_errors") == 1; }));
}

TEST(Http2Limits, AClientThatAnswersNoPingIsDisconnected) {
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::direct(200, "good"),
              "http2_protocol_options: {connection_keepalive: {interval: 0.1s, timeout: 0.2s, "
              "interval_jitter: {value: 0}}}");
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  RawClient silent(port);
  ASSERT_TRUE(silent.send(kPreface + h2Frame(4, 0, 0, "")));
  silent.readAll();
  EXPECT_NE(silent.lastError(), "timeout");
  EXPECT_EQ(convoy.sum("envoy_http2_keepalive_timeout"), 1);
  // One that answers stays: several PINGs pass between its two requests.
  H2Socket polite(port);
  ASSERT_TRUE(polite.answered(polite.client.request(H2Client::get())));
  const Deadline later(Millis(700));
  polite.run([&] { return later.leftMs() == 0; });
  EXPECT_TRUE(polite.answered(polite.client.request(H2Client::get())));
  EXPECT_EQ(convoy.sum("envoy_http2_keepalive_timeout"), 1);
}

// Only the stream ends, where the configuration says so.
TEST(Http2Limits, AMalformedMessageEndsItsStreamOrTheConnection) {
  for (const bool stream_only : {false, true}) {
    const uint16_t port = freePort();
    Config config;
    config.http(
        port, Config::direct(200, "good"),
        std::string("http2_protocol_options: {override_stream_error_on_invalid_http_message: ") +
            (stream_only ? "true}" : "false}"));
    ConvoyProcess convoy(config);
    ASSERT_TRUE(convoy.ready());
    H2Socket h2(port);
    H2Client::Fields bad = H2Client::get();
    bad.emplace_back("connection", "close");
    const int32_t first = h2.client.request(bad);
    h2.answered(first);
    EXPECT_EQ(h2.client.goaway_last.empty(), stream_only);
    const int32_t next = h2.client.request(H2Client::get());
    h2.answered(next);
    EXPECT_EQ(h2.client.answers[next].status() == "200", stream_only);
    EXPECT_EQ(convoy.sum("envoy_http2_rx_messaging_error"), 1);
  }
}

// Both steps of a GOAWAY, whatever makes it go.
TEST(Http2Limits, AStopSaysGoodbyeInTwoSteps) {
  std::atomic<bool> go{false};
  FakeUpstream upstream([&go](const HttpMessage&, RawClient& peer) {
    eventually([&go] { return go.load(); }, Millis(20000));
    return peer.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate");
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {upstream.port()});
  ConvoyProcess convoy(config);
  ASSERT_TRUE(convoy.ready());
  H2Socket h2(port);
  const int32_t id = h2.client.request(H2Client::get());
  ASSERT_TRUE(h2.socket.send(h2.client.output()));
  ASSERT_TRUE(eventually([&] { return upstream.connections() == 1; }));
  convoy.signal(SIGTERM);
  EXPECT_TRUE(h2.run([&] { return h2.client.goaway_last.size() >= 2; }));
  ASSERT_EQ(h2.client.goaway_last.size(), 2u);
  EXPECT_EQ(h2.client.goaway_last[0], 0x7fffffff);
  EXPECT_EQ(h2.client.goaway_last[1], id);
  EXPECT_EQ(h2.client.goaway_code, 0u);
  go = true;
  EXPECT_TRUE(h2.answered(id));
  EXPECT_EQ(h2.client.answers[id].body, "late") << "what was begun is finished";
}

}  // namespace
}  // namespace convoy::fakes

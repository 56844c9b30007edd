// Promise: a body of any size streams through in constant memory, however slow the peer is.
// CONVOY_SOAK=1 makes the bodies 1 GiB instead of 256 MiB.
#include <algorithm>
#include <cstdlib>
#include <poll.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/sanitized.h"

namespace convoy::fakes {
namespace {

constexpr size_t kMiB = 1024 * 1024;
constexpr size_t kLimit = 64 * kMiB;

size_t bodySize() {
  return (getenv("CONVOY_SOAK") ? 1024 : 256) * kMiB;
}

// The byte at a position, so that a lost or doubled piece is seen.
char pattern(size_t at) {
  return static_cast<char>('a' + (at / 4096) % 26);
}

std::string piece(size_t from, size_t size) {
  std::string text(size, ' ');
  for (size_t i = 0; i < size; ++i) text[i] = pattern(from + i);
  return text;
}

bool sendPattern(RawClient& to, size_t total) {
  for (size_t at = 0; at < total; at += kMiB) {
    if (!to.send(piece(at, std::min(kMiB, total - at)))) return false;
  }
  return true;
}

// Reads at the pace of a slow peer: a short rest after each 16 MiB, a long one at first.
size_t readPattern(RawClient& from, size_t total) {
  poll(nullptr, 0, 500);
  size_t at = 0, rested = 0;
  while (at < total) {
    const std::string text = from.readSome();
    if (text.empty()) break;
    for (size_t i = 0; i < text.size(); i += 512) {
      if (text[i] != pattern(at + i)) return at + i;
    }
    at += text.size();
    if (at - rested > 16 * kMiB) {
      rested = at;
      poll(nullptr, 0, 10);
    }
  }
  return at;
}

// Watches the biggest memory of any worker while the test runs.
class Watch {
 public:
  explicit Watch(const ConvoyProcess& convoy) : workers_(convoy.workers()) {
    thread_ = std::thread([this] {
      while (!stop_) {
        for (const pid_t pid : workers_) most_ = std::max(most_, residentBytes(pid));
        poll(nullptr, 0, 20);
      }
    });
  }
  size_t most() {
    stop_ = true;
    thread_.join();
    return most_;
  }

 private:
  const std::vector<pid_t> workers_;
  std::atomic<bool> stop_{false};
  size_t most_ = 0;
  std::thread thread_;
};

TEST(BigBodies, DownloadToASlowClientStaysBelow64MiBPerWorker) {
  const size_t total = bodySize();
  FakeUpstream backend([total](const HttpMessage&, RawClient& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(total) + "\r\n\r\n");
    return sendPattern(connection, total);
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend", "timeout: 0s"))
      .cluster("backend", {backend.port()});
  ConvoyProcess convoy(config);
  Watch watch(convoy);

  RawClient client(port, Millis(30000));
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.readUntil("\r\n\r\n");
  EXPECT_EQ(readPattern(client, total), total) << client.lastError();
  EXPECT_LT(watch.most(), memoryBound(kLimit));
}

TEST(BigBodies, UploadToASlowBackendStaysBelow64MiBPerWorker) {
  const size_t total = bodySize();
  std::atomic<size_t> received{0};
  auto backend = FakeUpstream::withSession([&](RawClient& connection) {
    connection.readUntil("\r\n\r\n");
    received = readPattern(connection, total);
    connection.send(responseText(200, "taken"));
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend", "timeout: 0s"))
      .cluster("backend", {backend->port()});
  ConvoyProcess convoy(config);
  Watch watch(convoy);

  RawClient client(port, Millis(30000));
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(total) +
              "\r\n\r\n");
  EXPECT_TRUE(sendPattern(client, total)) << client.lastError();
  EXPECT_EQ(client.readFinal().body, "taken");
  EXPECT_EQ(received, total);
  EXPECT_LT(watch.most(), memoryBound(kLimit));
}

TEST(BigBodies, EveryByteArrivesInItsPlaceBothWays) {
  FakeUpstream echo(FakeUpstream::echo());
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("echo")).cluster("echo", {echo.port()});
  const ConvoyProcess convoy(config);
  RawClient client(port);
  for (const size_t size : {16383u, 16384u, 49151u, 65536u, 1000000u, 5000000u}) {
    std::string body;
    for (size_t i = 0; body.size() < size; ++i) body += std::to_string(i) + ",";
    body.resize(size);
    const HttpMessage answer = client.request("POST", "/", "", body);
    ASSERT_EQ(answer.status, 200) << size << " " << answer.error;
    EXPECT_TRUE(answer.body == body) << size << " " << answer.body.size();
  }
}

TEST(BigBodies, ChunkedUploadArrivesWhole) {
  const size_t total = 32 * kMiB;
  FakeUpstream backend([](const HttpMessage& request, RawClient& connection) {
    return connection.send(responseText(200, std::to_string(request.body.size())));
  });
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend")).cluster("backend", {backend.port()});
  ConvoyProcess convoy(config);

  RawClient client(port, Millis(30000));
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (size_t at = 0; at < total; at += kMiB) {
    client.send("100000\r\n" + piece(at, kMiB) + "\r\n");
  }
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.readFinal().body, std::to_string(total));
  EXPECT_EQ(backend.last().body, piece(0, total));
}

// A client that sends and never reads, on many connections, must not fill the worker either.
TEST(BigBodies, ManyClientsThatNeverReadDoNotFillTheWorker) {
  const std::string body(8 * kMiB, 'x');
  FakeUpstream backend(FakeUpstream::respond(200, body));
  const uint16_t port = freePort();
  Config config;
  config.http(port, Config::toCluster("backend"), "", "")
      .cluster("backend", {backend.port()}, "per_connection_buffer_limit_bytes: 65536");
  ConvoyProcess convoy(config, {{}, {}, 1, true, "convoy.yaml"});
  std::vector<RawClient> deaf;
  for (int i = 0; i < 20; ++i) {
    deaf.emplace_back(port, Millis(20000));
    deaf.back().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&] { return backend.requests() == 20; }));
  poll(nullptr, 0, 300);  // time in which the worker could go on reading
  EXPECT_LT(residentBytes(convoy.workers().at(0)), memoryBound(kLimit));
  for (RawClient& client : deaf) EXPECT_EQ(client.readFinal().body.size(), body.size());
}

}  // namespace
}  // namespace convoy::fakes

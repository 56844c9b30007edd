// The budget of the hot path with HTTP/2 on both sides: a gRPC call in the steady state allocates
// nothing, neither by us nor by nghttp2.
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/block_lists.h"
#include "common/net/socket.h"
#include "tests/fakes/allocation_count.h"
#include "tests/fakes/proxy_yaml.h"
#include "tests/fakes/worker_fixture.h"

namespace convoy {
namespace {

using namespace std::string_literals;

constexpr uint8_t kData = 0, kHeaders = 1, kSettings = 4;
constexpr uint8_t kEndStream = 1, kEndHeaders = 4;
constexpr size_t kHead = 9;
constexpr uint32_t kStreams = 16;

std::string frame(uint8_t type, uint8_t flags, const std::string& payload) {
  std::string out(kHead, '\0');
  out[2] = static_cast<char>(payload.size());
  out[3] = static_cast<char>(type);
  out[4] = static_cast<char>(flags);
  return out + payload;
}

// Fields of the static table and literals that are not indexed: the same octets for each stream.
std::string call() {
  const std::string fields =
      "\x83\x86\x04\x02/x\x01\x01"s + "a\x0f\x10\x10"s + "application/grpc\0\x02te\x08trailers"s;
  return frame(kHeaders, kEndHeaders, fields) + frame(kData, kEndStream, "hello");
}

std::string answer() {
  return frame(kHeaders, kEndHeaders, "\x88") + frame(kData, 0, "hello") +
         frame(kHeaders, kEndHeaders | kEndStream, "\0\x0bgrpc-status\x01"s + "0");
}

// One side of HTTP/2 on a raw socket, which allocates nothing: says its frames for a new stream (a
// client) or for one that the peer has ended (a backend).
class H2Peer final : public net::PollHandler {
 public:
  H2Peer(net::EventLoop& loop, base::UniqueFd fd, bool client)
      : loop_(loop), fd_(std::move(fd)), client_(client), frames_(client ? call() : answer()) {
    loop_.poller().add(fd_.get(), *this);
    if (!client) skip_ = 24;  // the preface
  }
  ~H2Peer() override { loop_.poller().forget(*this); }

  void onIo(uint32_t events) override {
    if (!begun_ && (events & EPOLLOUT) != 0) begin();
    if ((events & EPOLLIN) == 0) return;
    std::array<char, 4096> buffer;
    for (ssize_t n; (n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0)) > 0;) {
      read({buffer.data(), static_cast<size_t>(n)});
    }
  }
  uint64_t heard() const { return heard_; }
  void stop() { stopped_ = true; }

 private:
  void begin() {
    begun_ = true;
    if (client_) send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    send(frame(kSettings, 0, ""));
    for (uint32_t i = 0; client_ && i < kStreams; ++i) say(next_id_ += 2);
  }
  void send(std::string_view bytes) {
    ASSERT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // The frames, with the number of the stream in each.
  void say(uint32_t id) {
    for (size_t at = 0; at < frames_.size();) {
      frames_[at + 7] = static_cast<char>(id >> 8);
      frames_[at + 8] = static_cast<char>(id);
      at += kHead + static_cast<uint8_t>(frames_[at + 2]);
    }
    send(frames_);
  }
  void read(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t skipped = std::min(skip_, bytes.size());
      skip_ -= skipped;
      bytes.remove_prefix(skipped);
      while (!bytes.empty() && skip_ == 0 && head_size_ < kHead) {
        head_[head_size_++] = static_cast<uint8_t>(bytes[0]);
        bytes.remove_prefix(1);
      }
      if (head_size_ < kHead) continue;
      head_size_ = 0;
      skip_ = static_cast<size_t>(head_[1]) << 8 | head_[2];
      const bool ends = (head_[4] & kEndStream) != 0 && head_[3] <= kHeaders;
      if (!ends) continue;
      ++heard_;
      if (!stopped_) say(client_ ? next_id_ += 2 : static_cast<uint32_t>(head_[7] << 8 | head_[8]));
    }
  }

  net::EventLoop& loop_;
  base::UniqueFd fd_;
  const bool client_;
  std::string frames_;
  std::array<uint8_t, kHead> head_{};
  size_t head_size_ = 0;
  size_t skip_ = 0;
  uint32_t next_id_ = UINT32_MAX;  // the first is 1
  bool begun_ = false;
  bool stopped_ = false;
  uint64_t heard_ = 0;
};

class H2Backend final : public worker::AcceptCallbacks {
 public:
  explicit H2Backend(net::EventLoop& loop) : loop_(loop) {
    auto fd = net::listenOn(net::Address::fromIp("127.0.0.1", 0).value(), {});
    port_ = net::Address::localOf(fd->get())->port();
    acceptor_ = std::make_unique<worker::Acceptor>(loop, std::move(*fd), *this);
    acceptor_->resume();
  }
  uint16_t port() const { return port_; }

 private:
  void onAccepted(base::UniqueFd fd, const net::Address&, const net::Address&) override {
    peers_.push_back(std::make_unique<H2Peer>(loop_, std::move(fd), false));
  }
  void onAcceptPaused(int) override {}
  bool roomToAccept() override { return true; }
  net::EventLoop& loop_;
  uint16_t port_ = 0;
  std::unique_ptr<worker::Acceptor> acceptor_;
  std::vector<std::unique_ptr<H2Peer>> peers_;
};

TEST(SteadyState, AGrpcCallAllocatesNothing) {
  fakes::WorkerFixture worker(fakes::httpProxyYaml("", "", "    http2_protocol_options: {}\n"));
  H2Backend backend(worker.loop());
  worker.setHosts(0, {backend.port()});
  auto fd = net::connectTo(net::Address::fromIp("127.0.0.1", worker.port(0)).value());
  H2Peer client(worker.loop(), std::move(*fd), true);
  ASSERT_TRUE(worker.runUntil([&] { return client.heard() >= 500; }));
  // Counted inside runUntil's condition: setting runUntil up allocates its own timer.
  uint64_t before = 0, after = 0;
  const uint64_t start = client.heard();
  bool counting = false;
  EXPECT_TRUE(worker.runUntil([&] {
    after = fakes::allocationCount() + base::freshBlocks();
    if (!std::exchange(counting, true)) before = after;
    return client.heard() >= start + 2000;
  }));
  client.stop();
  EXPECT_EQ(worker.clusterStats(0).get(stats::ClusterStat::upstream_cx_http2_total), 1u);
  // Under a sanitizer each piece comes from malloc().
  if (base::kKeepsBlocks) {
    EXPECT_LE(after - before, 5u);
  }
}

}  // namespace
}  // namespace convoy

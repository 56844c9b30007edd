#include <algorithm>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "common/net/connection.h"
#include "tests/unit/common/net/loop_fixture.h"

namespace convoy::net {
namespace {

using FlowTest = LoopTest;

// Byte i of the stream, so that loss, doubling and reordering all show.
char byteAt(uint64_t i) {
  return static_cast<char>((i * 2654435761u) >> 13);
}

// Writes `total` bytes as fast as the watermarks let it.
struct Producer : ConnectionCallbacks {
  Connection* conn = nullptr;
  uint64_t total = 0, sent = 0;
  size_t most_pending = 0;
  bool full = false, done = false;

  void produce() {
    std::string chunk;
    while (!full && sent < total) {
      chunk.resize(std::min<uint64_t>(40000, total - sent));
      for (char& c : chunk) c = byteAt(sent++);
      conn->write(chunk);
      most_pending = std::max(most_pending, conn->pendingBytes());
    }
    if (sent == total && !done) {
      done = true;
      conn->shutdownWrite();
    }
  }
  void onRead(std::string_view) override {}
  void onReadEof() override {}
  void onAboveHigh() override { full = true; }
  void onBelowLow() override {
    full = false;
    produce();
  }
  void onClosed(CloseReason) override {}
};

// Checks every byte; stops reading now and then, as a full other side would make it.
struct Consumer : ConnectionCallbacks {
  EventLoop& loop;
  Connection* conn = nullptr;
  uint64_t got = 0, wrong = 0;
  bool eof = false, paused = false, broken_pause = false;

  explicit Consumer(EventLoop& l) : loop(l) {}
  void onRead(std::string_view bytes) override {
    broken_pause |= paused;
    for (const char c : bytes) wrong += c != byteAt(got++);
    if (got % 7 != 0) return;
    paused = true;
    conn->readDisable(true);
    loop.post([this] {
      paused = false;
      conn->readDisable(false);
    });
  }
  void onReadEof() override { eof = true; }
  void onClosed(CloseReason) override {}
};

void transfer(EventLoop& loop, FdPair pair, uint64_t total,
              const std::function<bool(std::function<bool()>)>& run_until) {
  Producer producer;
  Consumer consumer(loop);
  auto from = std::make_unique<Connection>(loop, std::move(pair.first), producer);
  auto to = std::make_unique<Connection>(loop, std::move(pair.second), consumer);
  from->setWatermark(256 * 1024);
  producer.conn = from.get();
  consumer.conn = to.get();
  producer.total = total;
  ASSERT_TRUE(from->start(false));
  ASSERT_TRUE(to->start(false));
  loop.post([&] { producer.produce(); });
  EXPECT_TRUE(run_until([&] { return consumer.eof; }));
  EXPECT_EQ(consumer.got, total);
  EXPECT_EQ(consumer.wrong, 0u);
  EXPECT_FALSE(consumer.broken_pause);
  EXPECT_EQ(to->bytesRead(), total);
  EXPECT_LE(producer.most_pending, 256u * 1024 + 40000);
  loop.deferDelete(std::move(from));
  loop.deferDelete(std::move(to));
}

TEST_F(FlowTest, SixtyFourMebibytesArriveInBoundedMemoryOverTcp) {
  transfer(loop_, tcpPair(), 64 << 20, [&](auto done) { return runUntil(done, 60000); });
  runTurns();
}

TEST_F(FlowTest, SixtyFourMebibytesArriveInBoundedMemoryOverUnix) {
  transfer(loop_, unixPair(), 64 << 20, [&](auto done) { return runUntil(done, 60000); });
  runTurns();
}

TEST_F(FlowTest, TheWatermarksAreToldOnceEach) {
  FdPair pair = tcpPair();
  Recorder told;
  auto conn = std::make_unique<Connection>(loop_, std::move(pair.first), told);
  conn->setWatermark(100000);
  ASSERT_TRUE(conn->start(false));
  while (told.above == 0) conn->write(std::string(50000, 'w'));
  conn->write(std::string(200000, 'w'));
  EXPECT_TRUE(conn->aboveHigh());
  runTurns();
  EXPECT_EQ(told.above, 1);
  EXPECT_EQ(told.below, 0);
  EXPECT_TRUE(runUntil([&] {
    readAll(pair.second.get());
    return told.below == 1;
  }));
  EXPECT_LE(conn->pendingBytes(), 50000u);
  EXPECT_FALSE(conn->aboveHigh());
  destroy(conn);
  runTurns();
}

TEST_F(FlowTest, ReadDisableIsCounted) {
  FdPair pair = tcpPair();
  Recorder told;
  auto conn = std::make_unique<Connection>(loop_, std::move(pair.first), told);
  ASSERT_TRUE(conn->start(false));
  conn->readDisable(true);
  conn->readDisable(true);
  ASSERT_TRUE(sendAll(pair.second.get(), "held back"));
  ::shutdown(pair.second.get(), SHUT_WR);
  runTurns();
  conn->readDisable(false);
  runTurns();
  EXPECT_TRUE(conn->readDisabled());
  EXPECT_EQ(told.reads + told.eof, 0);
  conn->readDisable(false);
  EXPECT_EQ(told.reads, 0);  // not from inside readDisable
  EXPECT_TRUE(runUntil([&] { return told.read == "held back" && told.eof == 1; }));
  destroy(conn);
  runTurns();
}

TEST_F(FlowTest, ReadDisableInsideOnReadHoldsTheRestBack) {
  constexpr size_t kBytes = 2 * Poller::kReadBytes + 1000;
  FdPair pair = tcpPair();
  Recorder told;
  auto conn = std::make_unique<Connection>(loop_, std::move(pair.first), told);
  told.then_read = [&] { conn->readDisable(true); };
  ASSERT_TRUE(sendAll(pair.second.get(), std::string(kBytes, 'r')));
  ASSERT_TRUE(conn->start(false));
  for (int pieces = 1; told.read.size() < kBytes; ++pieces) {
    ASSERT_TRUE(runUntil([&] { return told.reads == pieces; }));
    runTurns();
    ASSERT_EQ(told.reads, pieces);
    conn->readDisable(false);
  }
  EXPECT_GE(told.reads, 3);
  destroy(conn);
  runTurns();
}

TEST_F(FlowTest, AFloodDoesNotStarveTheOthers) {
  FdPair flood = unixPair(), quiet = unixPair();
  const std::string water(64 * 1024, '~');
  Recorder told_flood, told_quiet;
  auto a = std::make_unique<Connection>(loop_, std::move(flood.first), told_flood);
  auto b = std::make_unique<Connection>(loop_, std::move(quiet.first), told_quiet);
  // Whatever is read is there again at once: without a bound the first event would never end.
  told_flood.then_read = [&] {
    told_flood.read.clear();
    while (told_quiet.reads == 0 &&
           ::send(flood.second.get(), water.data(), water.size(), MSG_NOSIGNAL) > 0) {
    }
    if (told_flood.reads == 50) {
      ASSERT_TRUE(sendAll(quiet.second.get(), "me too"));
    }
    ASSERT_LT(told_flood.reads, 5000);
  };
  ASSERT_TRUE(a->start(false));
  ASSERT_TRUE(b->start(false));
  ASSERT_TRUE(sendAll(flood.second.get(), water));
  EXPECT_TRUE(runUntil([&] { return told_quiet.read == "me too"; }));
  EXPECT_LT(told_flood.reads, 200);
  destroy(a);
  destroy(b);
  runTurns();
}

}  // namespace
}  // namespace convoy::net

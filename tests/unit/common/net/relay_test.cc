#include <algorithm>
#include <fcntl.h>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "common/net/connection.h"
#include "common/net/poller.h"
#include "tests/unit/common/net/loop_fixture.h"

namespace convoy::net {
namespace {

// Two connections: what the first reads may go to the second by itself.
class RelayTest : public LoopTest {
 protected:
  struct Source : Recorder {
    Relay relay() override { return {to, left}; }
    void onRelayed(size_t size) override {
      relayed += size;
      if (left != Relay::kNoLimit) left -= size;
      if (left == 0) to = nullptr;
    }
    Connection* to = nullptr;
    uint64_t left = 0;
    uint64_t relayed = 0;
  };

  void open(FdPair from, FdPair to) {
    from_ = std::make_unique<Connection>(loop_, std::move(from.first), source_);
    sender_ = std::move(from.second);
    to_ = std::make_unique<Connection>(loop_, std::move(to.first), sink_);
    receiver_ = std::move(to.second);
    sink_.then_above = [this] { from_->readDisable(true); };
    sink_.then_below = [this] { from_->readDisable(false); };
    source_.then_read = [this] {
      to_->write(source_.read);
      if (source_.left != Relay::kNoLimit) {
        source_.left -= std::min<uint64_t>(source_.left, source_.read.size());
      }
      source_.read.clear();
    };
    ASSERT_TRUE(from_->start(false));
    ASSERT_TRUE(to_->start(false));
    runTurns(2);
  }
  void open() { open(tcpPair(), tcpPair()); }
  void offer(uint64_t bytes) {
    source_.to = to_.get();
    source_.left = bytes;
  }
  static std::string numbers(size_t size) {
    std::string text;
    for (size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
    text.resize(size);
    return text;
  }
  // From a thread of its own: more than the sockets hold.
  void sendLong(const std::string& text) {
    sending_ = std::thread([this, text] {
      int flags = ::fcntl(sender_.get(), F_GETFL);
      ::fcntl(sender_.get(), F_SETFL, flags & ~O_NONBLOCK);
      sendAll(sender_.get(), text);
    });
  }
  std::string received() {
    got_ += readAll(receiver_.get(), &end_);
    return got_;
  }
  void TearDown() override {
    if (sending_.joinable()) sending_.join();
  }

  Source source_;
  Recorder sink_;
  std::unique_ptr<Connection> from_, to_;
  base::UniqueFd sender_, receiver_;
  std::string got_;
  char end_ = '\0';
  std::thread sending_;
};

TEST_F(RelayTest, ABodyOfKnownLengthGoesByItselfAndWhatFollowsIsRead) {
  open();
  const std::string body = numbers(200000);
  offer(body.size());
  ASSERT_TRUE(sendAll(sender_.get(), body));
  ASSERT_TRUE(runUntil([&] { return received() == body; }));
  EXPECT_EQ(source_.relayed, body.size());
  EXPECT_EQ(source_.reads, 0);
  EXPECT_EQ(from_->bytesRead(), body.size());
  EXPECT_EQ(to_->bytesWritten(), body.size());
  ASSERT_TRUE(sendAll(sender_.get(), "next"));
  EXPECT_TRUE(runUntil([&] { return received() == body + "next"; }));
  EXPECT_EQ(source_.reads, 1);
}

TEST_F(RelayTest, ExactlyAsMuchAsWasOffered) {
  open();
  const std::string text = numbers(210000);
  offer(200000);
  ASSERT_TRUE(sendAll(sender_.get(), text));
  ASSERT_TRUE(runUntil([&] { return received() == text; }));
  EXPECT_EQ(source_.relayed, 200000u);
}

TEST_F(RelayTest, AShortBodyIsRead) {
  open();
  offer(50000);
  source_.then_read = [this] {
    to_->write(source_.read);
    source_.left -= source_.read.size();
    source_.read.clear();
  };
  ASSERT_TRUE(sendAll(sender_.get(), numbers(50000)));
  EXPECT_TRUE(runUntil([&] { return received() == numbers(50000); }));
  EXPECT_EQ(source_.relayed, 0u);
}

TEST_F(RelayTest, AStreamWithoutLengthIsReadUntilItIsBigAndAgainWhenItIsNot) {
  open();
  offer(Relay::kNoLimit);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(sendAll(sender_.get(), "small"));
    ASSERT_TRUE(runUntil([&] { return received().size() == 5u * static_cast<size_t>(i + 1); }));
  }
  EXPECT_EQ(source_.relayed, 0u);
  sendLong(numbers(2000000));
  ASSERT_TRUE(runUntil([&] { return received().size() == 2000050; }));
  EXPECT_GT(source_.relayed, 1000000u);
  EXPECT_TRUE(got_.substr(50) == numbers(2000000));
  const uint64_t before = source_.relayed;
  const int reads = source_.reads;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(sendAll(sender_.get(), "small"));
    ASSERT_TRUE(
        runUntil([&] { return received().size() == 2000050 + 5u * static_cast<size_t>(i + 1); }));
  }
  EXPECT_LE(source_.relayed - before, 5u);  // one may be needed to see it
  EXPECT_GE(source_.reads - reads, 9);
}

TEST_F(RelayTest, WhatWasWrittenBeforeAndAfterKeepsItsPlace) {
  open();
  const std::string body = numbers(150000);
  offer(body.size());
  to_->write("head ");
  ASSERT_TRUE(sendAll(sender_.get(), body));
  ASSERT_TRUE(runUntil([&] { return source_.relayed == body.size(); }));
  to_->write(" tail");
  EXPECT_TRUE(runUntil([&] { return received() == "head " + body + " tail"; }));
}

TEST_F(RelayTest, AReceiverThatTakesNothingStopsTheReadingAndLaterGetsItAll) {
  open();
  const std::string body = numbers(20000000);
  offer(body.size());
  sendLong(body);
  ASSERT_TRUE(runUntil([&] { return sink_.above == 1; }));
  EXPECT_GT(to_->pendingBytes(), 0u);
  to_->write("tail");
  const uint64_t held = source_.relayed;
  runTurns(20);
  EXPECT_EQ(source_.relayed, held);
  ASSERT_TRUE(runUntil([&] { return received().size() == body.size() + 4; }));
  // What was written meanwhile is behind what was in the pipe.
  EXPECT_TRUE(got_ == body.substr(0, held) + "tail" + body.substr(held));
  EXPECT_EQ(sink_.above, sink_.below);
  EXPECT_EQ(to_->pendingBytes(), 0u);
}

TEST_F(RelayTest, AGentleCloseStillSendsWhatIsInThePipe) {
  open();
  const std::string body = numbers(20000000);
  offer(body.size());
  sendLong(body);
  ASSERT_TRUE(runUntil([&] { return sink_.above == 1; }));
  const uint64_t held = source_.relayed;
  to_->close(Connection::Close::Flush, 0);
  ASSERT_TRUE(runUntil([&] { return received().size() >= held && end_ == 'E'; }));
  EXPECT_TRUE(got_ == body.substr(0, held));
  from_->close(Connection::Close::Reset);
}

TEST_F(RelayTest, ABrokenReceiverIsReportedByItself) {
  open();
  offer(Relay::kNoLimit);
  resetOnClose(receiver_.get());
  receiver_.reset();
  sink_.then_closed = [this] { from_->close(Connection::Close::Reset); };
  sendLong(numbers(4000000));
  EXPECT_TRUE(runUntil([&] { return sink_.closed.size() == 1; }));
  EXPECT_EQ(sink_.closed[0], CloseReason::RemoteReset);
}

TEST_F(RelayTest, TheEndOfTheSenderIsHeardAfterItsBytes) {
  open();
  offer(Relay::kNoLimit);
  const std::string body = numbers(300000);
  source_.then_eof = [this] { to_->shutdownWrite(); };
  sendLong(body);
  sending_.join();
  sender_.reset();
  EXPECT_TRUE(runUntil([&] { return received().size() == body.size() && end_ == 'E'; }));
  EXPECT_TRUE(got_ == body);
}

TEST_F(RelayTest, WithoutAPipeItIsRead) {
  loop_.poller().pipes().setLimit(0);
  open();
  const std::string body = numbers(200000);
  offer(body.size());
  source_.then_read = [this] {
    to_->write(source_.read);
    source_.left -= source_.read.size();
    source_.read.clear();
  };
  ASSERT_TRUE(sendAll(sender_.get(), body));
  EXPECT_TRUE(runUntil([&] { return received() == body; }));
  EXPECT_EQ(source_.relayed, 0u);
}

TEST_F(RelayTest, UnixSocketsToo) {
  open(unixPair(), unixPair());
  const std::string body = numbers(2000000);
  offer(body.size());
  source_.then_read = [this] {
    to_->write(source_.read);
    source_.left -= source_.read.size();
    source_.read.clear();
  };
  sendLong(body);
  EXPECT_TRUE(runUntil([&] { return received() == body; }));
}

TEST(PipePoolTest, PipesAreReusedUpToTheLimitAndNeverWithBytesInThem) {
  PipePool pool;
  pool.setLimit(2);
  PipePool::Pipe* first = pool.take();
  PipePool::Pipe* second = pool.take();
  ASSERT_TRUE(first != nullptr && second != nullptr);
  EXPECT_EQ(pool.take(), nullptr);
  ASSERT_EQ(::write(first->in.get(), "x", 1), 1);
  pool.discard(*first);
  PipePool::Pipe* again = pool.take();
  ASSERT_NE(again, nullptr);
  char byte;
  EXPECT_EQ(::read(again->out.get(), &byte, 1), -1);
  pool.giveBack(*second);
  EXPECT_EQ(pool.take(), second);
}

}  // namespace
}  // namespace convoy::net

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "common/net/connection.h"
#include "tests/unit/common/net/loop_fixture.h"

namespace convoy::net {
namespace {

using Close = Connection::Close;

class CloseTest : public LoopTest {
 protected:
  void open(FdPair pair) {
    conn_ = std::make_unique<Connection>(loop_, std::move(pair.first), told_);
    peer_ = std::move(pair.second);
    ASSERT_TRUE(conn_->start(false));
    runTurns(2);
  }
  bool peerSees(char end) {
    return runUntil([&] {
      got_ += readAll(peer_.get(), &end_);
      return end_ == end;
    });
  }

  Recorder told_;
  std::unique_ptr<Connection> conn_;
  base::UniqueFd peer_;
  std::string got_;
  char end_ = '\0';
};

TEST_F(CloseTest, NowAndResetMakeNoCallback) {
  for (const Close how : {Close::Now, Close::Reset}) {
    open(tcpPair());
    conn_->write("in the cork");
    conn_->close(how);
    EXPECT_EQ(conn_->state(), Connection::State::Closed);
    EXPECT_EQ(conn_->pendingBytes(), 0u);
    EXPECT_TRUE(peerSees(how == Close::Now ? 'E' : 'R'));
    EXPECT_EQ(got_, "in the cork");  // written before the close: on its way
    got_.clear();
    conn_->close(Close::Flush);
    conn_->write("too late");
    conn_->shutdownWrite();
    conn_->flush();
    runTurns();
    EXPECT_TRUE(told_.closed.empty());
    destroy(conn_);
  }
}

TEST_F(CloseTest, FlushSendsEverythingThenWaitsForThePeersEnd) {
  open(tcpPair());
  const std::string large(8 << 20, 'z');
  conn_->write(large);
  conn_->close(Close::Flush);
  EXPECT_EQ(conn_->state(), Connection::State::Flushing);
  EXPECT_TRUE(peerSees('E'));
  EXPECT_EQ(got_.size(), large.size());
  EXPECT_TRUE(told_.closed.empty());
  peer_.reset();
  EXPECT_TRUE(runUntil([&] { return !told_.closed.empty(); }));
  EXPECT_EQ(told_.closed, (std::vector<CloseReason>{CloseReason::Local}));
}

TEST_F(CloseTest, FlushLosesNothingToAPeerThatIsStillSending) {
  open(tcpPair());
  // An upload that nobody reads any more: closing over it would reset our answer away.
  conn_->readDisable(true);
  ASSERT_TRUE(sendAll(peer_.get(), std::string(100000, 'u')));
  runTurns();
  conn_->write("413 and the whole text");
  conn_->close(Close::Flush);
  bool sending = true;
  ASSERT_TRUE(runUntil([&] {
    for (int i = 0; i < 20 && sending; ++i) {
      sending = ::send(peer_.get(), "more", 4, MSG_NOSIGNAL) == 4 || errno == EAGAIN;
    }
    got_ += readAll(peer_.get(), &end_);
    return end_ != '\0';
  }));
  EXPECT_EQ(end_, 'E');
  EXPECT_EQ(got_, "413 and the whole text");
  EXPECT_TRUE(told_.read.empty());
}

TEST_F(CloseTest, LingeringEndsOnTimeEvenIfThePeerKeepsSending) {
  open(tcpPair());
  conn_->write("bye");
  const uint64_t start = loop_.nowUs();
  conn_->close(Close::Flush, 150);
  EXPECT_TRUE(runUntil([&] {
    ::send(peer_.get(), "drip", 4, MSG_NOSIGNAL);
    return !told_.closed.empty();
  }));
  EXPECT_EQ(told_.closed, (std::vector<CloseReason>{CloseReason::Local}));
  EXPECT_GE(loop_.nowUs() - start, 145000u);
}

TEST_F(CloseTest, FlushAfterThePeersEndClosesAtOnceWithoutACallback) {
  open(tcpPair());
  ::shutdown(peer_.get(), SHUT_WR);
  ASSERT_TRUE(runUntil([&] { return told_.eof == 1; }));
  conn_->write("answer");
  conn_->close(Close::Flush);
  EXPECT_EQ(conn_->state(), Connection::State::Closed);
  EXPECT_TRUE(peerSees('E'));
  EXPECT_EQ(got_, "answer");
  EXPECT_TRUE(told_.closed.empty());
}

TEST_F(CloseTest, FlushWithoutLingerClosesWhenAllIsSent) {
  open(tcpPair());
  const std::string large(8 << 20, 'z');
  conn_->write(large);
  conn_->close(Close::Flush, 0);
  EXPECT_EQ(conn_->state(), Connection::State::Flushing);
  EXPECT_TRUE(peerSees('E'));
  EXPECT_EQ(got_.size(), large.size());
  EXPECT_EQ(told_.closed, (std::vector<CloseReason>{CloseReason::Local}));
}

TEST_F(CloseTest, AResetWhileFlushingIsTold) {
  for (const size_t bytes : {size_t{3}, size_t{8} << 20}) {  // lingering; still sending
    Recorder told;
    FdPair pair = tcpPair();
    auto conn = std::make_unique<Connection>(loop_, std::move(pair.first), told);
    ASSERT_TRUE(conn->start(false));
    conn->write(std::string(bytes, 'x'));
    conn->close(Close::Flush);
    runTurns();
    resetOnClose(pair.second.get());
    pair.second.reset();
    EXPECT_TRUE(runUntil([&] { return !told.closed.empty(); }));
    EXPECT_EQ(told.closed, (std::vector<CloseReason>{CloseReason::RemoteReset}));
    destroy(conn);
    runTurns();
  }
}

TEST_F(CloseTest, NowEndsAFlush) {
  open(tcpPair());
  conn_->write("bye");
  conn_->close(Close::Flush);
  conn_->close(Close::Now);
  EXPECT_EQ(conn_->state(), Connection::State::Closed);
  runTurns();
  EXPECT_TRUE(told_.closed.empty());
}

TEST_F(CloseTest, NoCallbackComesFromInsideClose) {
  open(tcpPair());
  conn_->setWatermark(10);
  while (conn_->pendingBytes() == 0) conn_->write(std::string(100000, 'x'));
  ASSERT_EQ(told_.above, 1);
  FdPair pair = tcpPair();
  Recorder told;
  auto corked = std::make_unique<Connection>(loop_, std::move(pair.first), told);
  ASSERT_TRUE(corked->start(false));
  corked->setWatermark(0);
  pair.second.reset();
  corked->write("into the cork");
  corked->close(Close::Flush);
  EXPECT_EQ(told.above, 0);
  EXPECT_TRUE(told.closed.empty());
  destroy(corked);
  runTurns();
}

// --- closing and destroying from inside each callback ---

enum class Inside { Connected, Read, Eof, Above, Below };

class CloseInsideTest : public CloseTest,
                        public ::testing::WithParamInterface<std::tuple<Inside, Close, bool>> {
 protected:
  std::function<void()>& hook() {
    switch (std::get<0>(GetParam())) {
      case Inside::Connected:
        return told_.then_connected;
      case Inside::Read:
        return told_.then_read;
      case Inside::Eof:
        return told_.then_eof;
      case Inside::Above:
        return told_.then_above;
      case Inside::Below:
        return told_.then_below;
    }
    return told_.then_read;
  }
  int calls() const {
    return told_.connected + told_.reads + told_.eof + told_.above + told_.below;
  }
};

TEST_P(CloseInsideTest, NothingIsToldAfterwards) {
  LoopbackListener listener;
  conn_ =
      std::make_unique<Connection>(loop_, std::move(*connectTo(listener.address)), told_, 10000);
  conn_->setWatermark(1000);
  peer_ = listener.accept();
  int at_close = -1;
  hook() = [&] {
    if (at_close >= 0) return;
    at_close = calls();
    conn_->write("last words");
    conn_->close(std::get<1>(GetParam()), 50);
    if (std::get<2>(GetParam())) destroy(conn_);
  };
  ASSERT_TRUE(conn_->start(false));
  ASSERT_TRUE(sendAll(peer_.get(), std::string(100000, 'i')));
  ::shutdown(peer_.get(), SHUT_WR);
  runUntil([&] { return told_.connected == 1; });
  for (int i = 0; i < 200 && conn_ != nullptr && conn_->isOpen() && told_.above == 0; ++i) {
    conn_->write(std::string(100000, 'o'));
  }
  EXPECT_TRUE(runUntil([&] {
    got_ += readAll(peer_.get(), &end_);
    return end_ != '\0' && (conn_ == nullptr || conn_->state() == Connection::State::Closed);
  }));
  EXPECT_GE(at_close, 0);
  // A reset may overtake the rest of the input, never repeat a callback after the close.
  EXPECT_EQ(calls(), at_close);
  EXPECT_LE(told_.closed.size(), std::get<1>(GetParam()) == Close::Flush ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere, CloseInsideTest,
    ::testing::Combine(::testing::Values(Inside::Connected, Inside::Read, Inside::Eof,
                                         Inside::Above, Inside::Below),
                       ::testing::Values(Close::Flush, Close::Now, Close::Reset),
                       ::testing::Bool()));

TEST_F(CloseTest, MayBeDestroyedInItsLastCallback) {
  open(tcpPair());
  told_.then_closed = [&] { destroy(conn_); };
  resetOnClose(peer_.get());
  peer_.reset();
  EXPECT_TRUE(runUntil([&] { return conn_ == nullptr; }));
}

TEST_F(CloseTest, OneMayDestroyAnotherWithEventsInTheSameBatch) {
  FdPair one = tcpPair(), two = tcpPair();
  Recorder told_one, told_two;
  auto a = std::make_unique<Connection>(loop_, std::move(one.first), told_one);
  auto b = std::make_unique<Connection>(loop_, std::move(two.first), told_two);
  told_one.then_read = [&] { b->close(Close::Now), destroy(b); };
  told_two.then_read = [&] { a->close(Close::Now), destroy(a); };
  ASSERT_TRUE(a->start(false));
  ASSERT_TRUE(b->start(false));
  ASSERT_TRUE(sendAll(one.second.get(), "1"));
  ASSERT_TRUE(sendAll(two.second.get(), "2"));
  runTurns();
  EXPECT_EQ(told_one.reads + told_two.reads, 1);
  EXPECT_TRUE((a == nullptr) != (b == nullptr));
}

}  // namespace
}  // namespace convoy::net

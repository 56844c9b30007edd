#include "common/net/connection.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/common/net/loop_fixture.h"
#include "tests/unit/common/net/system_calls.h"

namespace convoy::net {
namespace {

// One Connection (`conn_`, told to `told_`) and the bare descriptor of its peer.
class ConnectionTest : public LoopTest {
 protected:
  void open(FdPair pair, bool try_read = false) {
    conn_ = std::make_unique<Connection>(loop_, std::move(pair.first), told_);
    peer_ = std::move(pair.second);
    ASSERT_TRUE(conn_->start(try_read));
    if (!try_read) runTurns(2);  // past the first EPOLLOUT
  }
  std::string peerReads() {
    got_ += readAll(peer_.get(), &end_);
    return got_;
  }
  bool closedWith(CloseReason reason) {
    return runUntil([&] { return !told_.closed.empty(); }) &&
           told_.closed == std::vector<CloseReason>{reason} &&
           conn_->state() == Connection::State::Closed;
  }

  Recorder told_;
  std::unique_ptr<Connection> conn_;
  base::UniqueFd peer_;
  std::string got_;
  char end_ = '\0';
};

TEST_F(ConnectionTest, AnswersWhatItReads) {
  open(tcpPair());
  told_.then_read = [&] { conn_->write("you said ", told_.read); };
  ASSERT_TRUE(sendAll(peer_.get(), "hello"));
  EXPECT_TRUE(runUntil([&] { return peerReads() == "you said hello"; }));
  EXPECT_EQ(conn_->bytesRead(), 5u);
  EXPECT_EQ(conn_->bytesWritten(), 14u);
  EXPECT_EQ(conn_->pendingBytes(), 0u);
}

TEST_F(ConnectionTest, ReadsAtStartWhatIsThereAlready) {
  FdPair pair = tcpPair();
  ASSERT_TRUE(sendAll(pair.second.get(), "GET /"));
  open(std::move(pair), true);
  EXPECT_EQ(told_.read, "GET /");
}

TEST_F(ConnectionTest, OneEventCostsOneReadAndItsAnswerOneSend) {
  open(tcpPair());
  told_.then_read = [&] {
    for (int i = 0; i < 10; ++i) conn_->write("part ", "of one answer; ");
  };
  const SystemCalls before = SystemCalls::now();
  ASSERT_TRUE(sendAll(peer_.get(), "x"));
  ASSERT_TRUE(runUntil([&] { return told_.reads == 1; }));
  const SystemCalls used = SystemCalls::now().since(before);
  EXPECT_EQ(used.reads, 1u);
  EXPECT_EQ(used.sends, 1u + 1u);  // the peer's own, and the answer
  EXPECT_EQ(used.controls, 0u);
  EXPECT_TRUE(runUntil([&] { return peerReads().size() == 10 * 20; }));
}

TEST_F(ConnectionTest, HeadAndLargeBodyGoOutInOneSystemCall) {
  open(tcpPair());
  const std::string body(40000, 'b');
  const SystemCalls before = SystemCalls::now();
  conn_->write("cork ");
  conn_->write("head ", body);
  EXPECT_EQ(SystemCalls::now().since(before).sends, 1u);
  EXPECT_TRUE(runUntil([&] { return peerReads() == "cork head " + body; }));
}

TEST_F(ConnectionTest, TheCorkKeepsTheOrderBetweenConnections) {
  open(tcpPair());
  FdPair other = tcpPair();
  Recorder other_told;
  auto second = std::make_unique<Connection>(loop_, std::move(other.first), other_told);
  ASSERT_TRUE(second->start(false));
  conn_->write("1");
  second->write("a");
  conn_->write("2");
  second->write("b");
  EXPECT_EQ(second->pendingBytes(), 1u);
  second->flush();
  EXPECT_TRUE(runUntil([&] { return peerReads() == "12"; }));
  EXPECT_EQ(readAll(other.second.get()), "ab");
  destroy(second);
  runTurns();
}

TEST_F(ConnectionTest, WritesOutsideAnyEventAreFlushedByTheEndOfTheTurn) {
  open(tcpPair());
  auto timer = loop_.createTimer([&] { conn_->write("from a timer"); });
  timer->start(1);
  EXPECT_TRUE(runUntil([&] { return peerReads() == "from a timer"; }));
}

TEST_F(ConnectionTest, MayBeDestroyedWhileItsBytesAreInTheCork) {
  open(tcpPair());
  conn_->write("never sent");
  conn_.reset();
  runTurns();
  EXPECT_EQ(peerReads(), "");
  EXPECT_EQ(end_, 'E');
}

TEST_F(ConnectionTest, AfterThePeersEndWritingStillWorks) {
  for (const bool tcp : {true, false}) {
    Recorder told;
    FdPair pair = tcp ? tcpPair() : unixPair();
    auto conn = std::make_unique<Connection>(loop_, std::move(pair.first), told);
    ASSERT_TRUE(conn->start(false));
    ASSERT_TRUE(sendAll(pair.second.get(), "last"));
    ::shutdown(pair.second.get(), SHUT_WR);
    ASSERT_TRUE(runUntil([&] { return told.eof == 1; }));
    EXPECT_EQ(told.read, "last");
    EXPECT_TRUE(conn->isOpen());
    conn->write(std::string(100000, 'x'));
    std::string got;
    EXPECT_TRUE(runUntil([&] { return (got += readAll(pair.second.get())).size() == 100000; }));
    conn->shutdownWrite();
    EXPECT_TRUE(runUntil([&] { return !told.closed.empty(); }));
    EXPECT_EQ(told.closed, (std::vector<CloseReason>{CloseReason::RemoteEof}));
    EXPECT_EQ(told.eof, 1);
    destroy(conn);
    runTurns();
  }
}

TEST_F(ConnectionTest, AfterOurEndReadingStillWorks) {
  open(tcpPair());
  conn_->write("bye");
  conn_->shutdownWrite();
  conn_->write("ignored");
  ASSERT_TRUE(runUntil([&] { return peerReads() == "bye" && end_ == 'E'; }));
  ASSERT_TRUE(sendAll(peer_.get(), "late answer"));
  peer_.reset();
  EXPECT_TRUE(closedWith(CloseReason::RemoteEof));
  EXPECT_EQ(told_.read, "late answer");
  EXPECT_EQ(told_.eof, 1);
}

TEST_F(ConnectionTest, ShutdownWaitsForQueuedBytes) {
  open(tcpPair());
  const std::string large(8 << 20, 'q');
  conn_->write(large);
  EXPECT_GT(conn_->pendingBytes(), 0u);
  conn_->shutdownWrite();
  EXPECT_TRUE(runUntil([&] { return peerReads().size() == large.size() && end_ == 'E'; }));
}

TEST_F(ConnectionTest, AResetIsToldOnce) {
  open(tcpPair());
  resetOnClose(peer_.get());
  peer_.reset();
  EXPECT_TRUE(closedWith(CloseReason::RemoteReset));
  EXPECT_EQ(told_.eof, 0);
}

TEST_F(ConnectionTest, AResetAfterThePeersEndIsTold) {
  open(tcpPair());
  ::shutdown(peer_.get(), SHUT_WR);
  ASSERT_TRUE(runUntil([&] { return told_.eof == 1; }));
  resetOnClose(peer_.get());
  peer_.reset();
  EXPECT_TRUE(closedWith(CloseReason::RemoteReset));
}

TEST_F(ConnectionTest, AFailedSendIsToldLaterAndAfterThePeersLastWords) {
  open(unixPair());
  ASSERT_TRUE(sendAll(peer_.get(), "413 too large"));
  peer_.reset();  // before our loop reads anything
  conn_->write(std::string(20000, 'u'));
  EXPECT_TRUE(told_.closed.empty());
  EXPECT_TRUE(closedWith(CloseReason::RemoteReset));
  EXPECT_EQ(told_.read, "413 too large");
}

TEST_F(ConnectionTest, AFailedSendOfQueuedBytesIsToldAfterThePeersLastWords) {
  open(tcpPair());
  conn_->write(std::string(8 << 20, 'u'));
  ASSERT_GT(conn_->pendingBytes(), 0u);
  conn_->readDisable(true);  // so that it is the writing that meets the reset
  ASSERT_TRUE(sendAll(peer_.get(), "413 too large"));
  peer_.reset();  // with unread input: a reset follows the answer
  conn_->readDisable(false);
  EXPECT_TRUE(closedWith(CloseReason::RemoteReset));
  EXPECT_EQ(told_.read, "413 too large");
}

TEST_F(ConnectionTest, ReleasedDescriptorsLiveOn) {
  open(tcpPair());
  base::UniqueFd fd = conn_->releaseFd();
  EXPECT_EQ(conn_->state(), Connection::State::Closed);
  Recorder told;
  auto next = std::make_unique<Connection>(loop_, std::move(fd), told);
  ASSERT_TRUE(next->start(false));
  ASSERT_TRUE(sendAll(peer_.get(), "for the heir"));
  EXPECT_TRUE(runUntil([&] { return told.read == "for the heir"; }));
  EXPECT_TRUE(told_.read.empty());
  EXPECT_TRUE(told_.closed.empty());
  destroy(next);
  runTurns();
}

// --- outbound ---

class ConnectTest : public LoopTest {
 protected:
  void dial(const Address& address, uint64_t timeout_ms = 5000) {
    auto fd = connectTo(address);
    ASSERT_TRUE(fd.ok());
    conn_ = std::make_unique<Connection>(loop_, std::move(*fd), told_, timeout_ms);
    EXPECT_EQ(conn_->state(), Connection::State::Connecting);
    ASSERT_TRUE(conn_->start(false));
  }
  Recorder told_;
  std::unique_ptr<Connection> conn_;
};

TEST_F(ConnectTest, WhatIsWrittenWhileConnectingIsSentInOrder) {
  LoopbackListener listener;
  dial(listener.address);
  conn_->write("early ");
  told_.then_connected = [&] { conn_->write("on time"); };
  ASSERT_TRUE(runUntil([&] { return told_.connected == 1; }));
  base::UniqueFd server = listener.accept();
  std::string got;
  EXPECT_TRUE(runUntil([&] { return (got += readAll(server.get())) == "early on time"; }));
  EXPECT_TRUE(conn_->isOpen());
}

TEST_F(ConnectTest, ARefusalIsTold) {
  Address nobody;
  {
    LoopbackListener listener;
    nobody = listener.address;
  }
  dial(nobody);
  EXPECT_TRUE(runUntil([&] { return !told_.closed.empty(); }));
  EXPECT_EQ(told_.closed, (std::vector<CloseReason>{CloseReason::ConnectFailed}));
  EXPECT_EQ(told_.connected, 0);
}

TEST_F(ConnectTest, SilenceEndsInATimeout) {
  LoopbackListener full(0);  // the kernel drops the handshakes that the queue has no place for
  std::vector<base::UniqueFd> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(std::move(*connectTo(full.address)));
  dial(full.address, 100);
  EXPECT_TRUE(runUntil([&] { return !told_.closed.empty(); }));
  EXPECT_EQ(told_.closed, (std::vector<CloseReason>{CloseReason::ConnectTimeout}));
}

TEST_F(ConnectTest, ACloseWhileConnectingIsSilent) {
  LoopbackListener listener;
  dial(listener.address);
  conn_->write("dropped");
  conn_->close(Connection::Close::Flush);
  EXPECT_EQ(conn_->state(), Connection::State::Closed);
  runTurns();
  EXPECT_EQ(told_.connected, 0);
  EXPECT_TRUE(told_.closed.empty());
}

}  // namespace
}  // namespace convoy::net

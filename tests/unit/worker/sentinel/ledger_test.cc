// Promise: at each step of a request the table says what a sentinel needs to judge it, and stashes
// come back.
#include "worker/sentinel/ledger.h"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include "common/net/socket.h"
#include "worker/sentinel/verdict.h"

namespace convoy::worker {
namespace {

using Kind = Verdict::Kind;
using Progress = LedgerLine::Progress;

class LedgerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto memfd = ipc::RescueTable::createMemfd();
    ASSERT_TRUE(memfd.ok());
    auto table = ipc::RescueTable::map(memfd->get(), true);
    ASSERT_TRUE(table.ok());
    ledger_ = std::make_unique<Ledger>(std::move(*table));
    handoff_.peer = *net::Address::fromIp("127.0.0.1", 1000);
    handoff_.local = *net::Address::fromIp("127.0.0.1", 80);
    line_ = LedgerLine::open(*ledger_, kFd, 3, handoff_);
    ASSERT_NE(line_, nullptr);
  }

  const ipc::RescueEntry& entry() { return ledger_->table().entry(kFd); }
  Kind judged(uint64_t received, uint64_t sent, ReadPart part = {}) {
    if (entry().live == 0) return Kind::Cut;
    net::TcpPosition position;
    position.received = received;
    position.sent = sent;
    return judge(entry().turns[entry().live - 1], position, part, 1);
  }
  static Kind judge(const ipc::RescueTurn& turn, const net::TcpPosition& position, ReadPart part,
                    uint32_t max) {
    return worker::judge(turn, position, part, max).kind;
  }
  std::string stash() {
    const ipc::RescueTurn& turn = entry().turns[entry().live - 1];
    if (turn.stash == 0) return "";
    return {ledger_->table().stash(turn.stash), turn.stash_size};
  }

  static constexpr int kFd = 0;  // any number: a fresh connection asks the kernel nothing
  std::unique_ptr<Ledger> ledger_;
  ipc::Handoff handoff_;
  std::unique_ptr<LedgerLine> line_;
};

TEST_F(LedgerTest, ARequestFromItsFirstByteToTheLastOfItsAnswer) {
  EXPECT_EQ(judged(0, 0), Kind::Idle);
  EXPECT_EQ(judged(10, 0, {0, true}), Kind::Replay);  // recv() has returned
  line_->read("GET / x\r\n\r", {10, 10, 0, 0});
  EXPECT_EQ(stash(), "GET / x\r\n\r");
  EXPECT_EQ(judged(10, 0), Kind::Replay);
  line_->answerEnds(50, {10, 10, 0, 0});
  EXPECT_EQ(judged(10, 0), Kind::Replay);
  EXPECT_EQ(judged(10, 20), Kind::Cut);
  EXPECT_EQ(judged(10, 50), Kind::Idle);
  line_->answered({10, 10, 50, 0}, 1, 7);
  EXPECT_EQ(judged(10, 50), Kind::Idle);
  EXPECT_EQ(stash(), "");
  EXPECT_EQ(entry().turns[entry().live - 1].requests, 1u);
  line_.reset();
  EXPECT_EQ(entry().live, 0u);
}

TEST_F(LedgerTest, AnAnswerOfUnknownLengthIsOverWhenItIs) {
  line_->read("GET / x\r\n\r", {10, 10, 0, 0});
  EXPECT_EQ(judged(10, 30), Kind::Cut);
  line_->answered({10, 10, 50, 0}, 1, 7);
  EXPECT_EQ(judged(10, 50), Kind::Idle);
}

TEST_F(LedgerTest, WhatIsQueuedInTheWorkerIsNotAnswered) {
  line_->read("GET / x\r\n\r", {10, 10, 0, 0});
  line_->answerEnds(50, {10, 10, 0, 0});
  line_->answered({10, 10, 50, 50}, 1, 7);
  EXPECT_EQ(judged(10, 0), Kind::Replay);
  EXPECT_EQ(judged(10, 30), Kind::Cut);
  EXPECT_EQ(judged(10, 50), Kind::Idle);
  // The next comes while that is so, and is a POST.
  line_->unsafe({20, 20, 50, 50});
  line_->read("POST / ...", {20, 20, 50, 50});
  EXPECT_EQ(judged(20, 0), Kind::Refuse);
  EXPECT_EQ(judged(20, 50), Kind::Refuse);
}

TEST_F(LedgerTest, APostIsUnsafeFromBeforeItIsForwardedUntilItIsAnswered) {
  EXPECT_EQ(judged(10, 0, {0, true}), Kind::Replay);
  line_->unsafe({10, 10, 0, 0});
  EXPECT_EQ(judged(10, 0, {0, true}), Kind::Refuse);
  line_->read("POST / ...", {10, 10, 0, 0});
  EXPECT_EQ(stash(), "");
  line_->answerEnds(50, {10, 10, 0, 0});
  line_->answered({10, 10, 50, 0}, 1, 7);
  EXPECT_EQ(judged(10, 50), Kind::Idle);
  line_->read("GET / y\r\n\r", {20, 20, 50, 0});
  EXPECT_EQ(judged(20, 50), Kind::Replay);
}

TEST_F(LedgerTest, OfAPipelineTheAnsweredPartIsForgotten) {
  line_->read("first.....second....", {20, 10, 0, 0});
  line_->answerEnds(50, {20, 10, 0, 0});
  EXPECT_EQ(judged(20, 50), Kind::Replay);  // the second
  line_->answered({20, 10, 50, 0}, 1, 7);
  EXPECT_EQ(judged(20, 50), Kind::Replay);
  line_->answerEnds(50, {20, 20, 50, 0});
  line_->answered({20, 20, 100, 0}, 2, 7);
  EXPECT_EQ(judged(20, 100), Kind::Idle);
  EXPECT_EQ(stash(), "");
}

TEST_F(LedgerTest, AStashThatIsFullMakesRoomOrForgets) {
  const std::string half(2500, 'a'), other(2500, 'b');
  line_->read(half, {2500, 2500, 0, 0});
  line_->answerEnds(50, {2500, 2500, 0, 0});
  line_->answered({2500, 2500, 50, 50}, 1, 7);  // still queued here
  line_->read(other, {5000, 5000, 50, 50});
  EXPECT_EQ(judged(5000, 0), Kind::Refuse);  // not all is at hand
  line_->answerEnds(50, {5000, 5000, 50, 0});
  line_->answered({5000, 5000, 100, 0}, 2, 7);
  EXPECT_EQ(judged(5000, 100), Kind::Idle);
  line_->read(other, {7500, 7500, 100, 0});
  EXPECT_EQ(stash(), other);
  EXPECT_EQ(judged(7500, 100), Kind::Replay);
}

TEST_F(LedgerTest, StashesComeBackWhateverHappens) {
  uint32_t highest = 0;
  uint64_t read = 0, written = 0;
  for (int i = 0; i < 1000; ++i) {
    read += 10;
    line_->read("0123456789", {read, read, written, 0});
    highest = std::max(highest, entry().turns[entry().live - 1].stash);
    if (i % 7 == 0) {
      line_.reset();
      line_ = LedgerLine::open(*ledger_, kFd, 3, handoff_);
      read = written = 0;
      continue;
    }
    line_->answerEnds(5, {read, read, written, 0});
    written += 5;
    line_->answered({read, read, written, 0}, 1, 7);
  }
  EXPECT_LE(highest, 4u);
}

TEST_F(LedgerTest, WhatCameFromAnotherWorkerGoesOnAtTheKernelsPosition) {
  auto listening = net::listenOn(*net::Address::fromIp("127.0.0.1", 0), {});
  ASSERT_TRUE(listening.ok());
  auto address = net::Address::localOf(listening->get());
  auto client = net::connectTo(*address);
  ASSERT_TRUE(client.ok());
  base::UniqueFd server;
  while (!server.valid()) server.reset(::accept(listening->get(), nullptr, nullptr));
  ASSERT_EQ(::send(client->get(), "0123456789", 10, 0), 10);
  char bytes[10];
  ASSERT_EQ(::recv(server.get(), bytes, sizeof(bytes), MSG_WAITALL), 10);
  ASSERT_EQ(::send(server.get(), "abcde", 5, 0), 5);
  handoff_.leftover = "6789";
  handoff_.requests = 3;
  handoff_.state = std::string(1, '\1');
  auto line = LedgerLine::open(*ledger_, server.get(), 3, handoff_);
  ASSERT_NE(line, nullptr);
  const ipc::RescueEntry& there = ledger_->table().entry(static_cast<uint32_t>(server.get()));
  const ipc::RescueTurn& turn = there.turns[there.live - 1];
  EXPECT_EQ(turn.start_in, 6u);
  EXPECT_EQ(turn.start_out, 5u);
  EXPECT_EQ(turn.replays, 1);
  EXPECT_EQ(there.base_read, 10u);
  net::TcpPosition position;
  ASSERT_TRUE(net::tcpPosition(server.get(), &position));
  EXPECT_EQ(worker::judge(turn, position, {}, 2).kind, Kind::Replay);
  // A FIN is no byte.
  ::shutdown(client->get(), SHUT_WR);
  while (!position.peer_finished) ASSERT_TRUE(net::tcpPosition(server.get(), &position));
  EXPECT_EQ(position.received, 10u);
}

}  // namespace
}  // namespace convoy::worker

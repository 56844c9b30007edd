// Promise: a connection goes on only where nothing of the answer went out twice and nothing unsafe
// can run twice; what is not known is not guessed.
#include "worker/sentinel/verdict.h"

#include <gtest/gtest.h>

namespace convoy::worker {
namespace {

using Kind = Verdict::Kind;
using ipc::RescueTurn;

constexpr ReadPart kNone{};

RescueTurn turnAt(uint64_t in, uint64_t out) {
  RescueTurn turn;
  turn.start_in = in;
  turn.start_out = out;
  return turn;
}

RescueTurn stashed(RescueTurn turn, uint64_t from, uint32_t size) {
  turn.stash = 1;
  turn.stash_in = from;
  turn.stash_size = size;
  return turn;
}

RescueTurn answered(RescueTurn turn, uint64_t next_in, uint64_t next_out) {
  turn.next_in = next_in;
  turn.next_out = next_out;
  return turn;
}

RescueTurn unsafe(RescueTurn turn) {
  turn.unsafe = true;
  return turn;
}

RescueTurn nextUnsafe(RescueTurn turn) {
  turn.next_unsafe = true;
  return turn;
}

RescueTurn replayed(RescueTurn turn, uint8_t times) {
  turn.replays = times;
  return turn;
}

net::TcpPosition at(uint64_t received, uint64_t sent) {
  net::TcpPosition out;
  out.received = received;
  out.sent = sent;
  return out;
}

struct Case {
  const char* what;
  RescueTurn turn;
  net::TcpPosition position;
  ReadPart part;
  Kind kind;
  uint64_t from;
};

class VerdictTest : public testing::TestWithParam<Case> {};

TEST_P(VerdictTest, IsAsTheTableSays) {
  const Case& c = GetParam();
  const Verdict verdict = judge(c.turn, c.position, c.part, 1);
  EXPECT_EQ(verdict.kind, c.kind) << c.what;
  if (c.kind == Kind::Idle || c.kind == Kind::Replay) {
    EXPECT_EQ(verdict.from, c.from) << c.what;
  }
}

const RescueTurn kFresh = turnAt(0, 0);
const RescueTurn kThird = turnAt(200, 5000);
const RescueTurn kAnnounced = answered(stashed(kThird, 200, 100), 300, 6000);

INSTANTIATE_TEST_SUITE_P(
    Cases, VerdictTest,
    testing::Values(
        Case{"nothing was ever read", kFresh, at(0, 0), kNone, Kind::Idle, 0},
        Case{"between two messages", kThird, at(200, 5000), kNone, Kind::Idle, 200},
        Case{"read, not parsed: in the read buffer",
             kThird,
             at(300, 5000),
             {200, true},
             Kind::Replay,
             200},
        Case{"the read buffer holds another's bytes",
             kThird,
             at(300, 5000),
             {200, false},
             Kind::Refuse,
             0},
        Case{
            "the read buffer begins too late", kThird, at(300, 5000), {250, true}, Kind::Refuse, 0},
        Case{"forwarded, its bytes put aside", stashed(kThird, 200, 100), at(300, 5000), kNone,
             Kind::Replay, 200},
        Case{"put aside, and more was being read",
             stashed(kThird, 200, 100),
             at(350, 5000),
             {300, true},
             Kind::Replay,
             200},
        Case{"put aside too little", stashed(kThird, 200, 50), at(300, 5000), kNone, Kind::Refuse,
             0},
        Case{"put aside what comes later only", stashed(kThird, 250, 50), at(300, 5000), kNone,
             Kind::Refuse, 0},
        Case{"longer than the read buffer",
             kThird,
             at(200 + net::Poller::kReadBytes + 1, 5000),
             {200, true},
             Kind::Refuse,
             0},
        Case{"a POST that was forwarded", unsafe(stashed(kThird, 200, 100)), at(300, 5000), kNone,
             Kind::Refuse, 0},
        Case{"a POST that was read and not yet forwarded",
             kThird,
             at(300, 5000),
             {200, true},
             Kind::Replay,
             200},
        Case{"its answer announced, nothing sent", kAnnounced, at(300, 5000), kNone, Kind::Replay,
             200},
        Case{"its answer begun", kAnnounced, at(300, 5001), kNone, Kind::Cut, 0},
        Case{"its answer sent but for one byte", kAnnounced, at(300, 5999), kNone, Kind::Cut, 0},
        Case{"its answer sent", kAnnounced, at(300, 6000), kNone, Kind::Idle, 300},
        Case{"a POST, its answer sent", unsafe(kAnnounced), at(300, 6000), kNone, Kind::Idle, 300},
        Case{"answered, the next being read",
             kAnnounced,
             at(400, 6000),
             {300, true},
             Kind::Replay,
             300},
        Case{"answered, the next a POST that was forwarded",
             nextUnsafe(kAnnounced),
             at(400, 6000),
             {300, true},
             Kind::Refuse,
             0},
        Case{"nothing sent, and a POST behind it", nextUnsafe(stashed(kAnnounced, 200, 200)),
             at(400, 5000), kNone, Kind::Refuse, 0},
        Case{"an answer whose length nobody knows, begun", stashed(kThird, 200, 100), at(300, 5200),
             kNone, Kind::Cut, 0},
        Case{"less read than the table says", kThird, at(199, 5000), kNone, Kind::Cut, 0},
        Case{"less sent than the table says", kThird, at(200, 4999), kNone, Kind::Cut, 0},
        Case{"more sent than was announced", kAnnounced, at(300, 6001), kNone, Kind::Cut, 0},
        Case{"a second worker died in it", replayed(stashed(kThird, 200, 100), 1), at(300, 5000),
             kNone, Kind::Refuse, 0},
        Case{"a second worker died, between messages", replayed(kThird, 1), at(200, 5000), kNone,
             Kind::Idle, 200},
        Case{"a second worker died, in the one after it",
             replayed(kAnnounced, 1),
             at(400, 6000),
             {300, true},
             Kind::Replay,
             300}));

}  // namespace
}  // namespace convoy::worker

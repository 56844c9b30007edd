#include "worker/sentinel/verdict.h"

#include "common/net/poller.h"

namespace convoy::worker {

namespace {

bool atHand(const ipc::RescueTurn& turn, uint64_t from, uint64_t end, ReadPart part) {
  uint64_t reached = from;
  const uint64_t stashed = turn.stash_in + turn.stash_size;
  if (turn.stash != 0 && turn.stash_in <= from && from < stashed) reached = stashed;
  if (reached >= end) return reached == end;
  return part.ours && part.begin <= reached && end - part.begin <= net::Poller::kReadBytes;
}

}  // namespace

Verdict judge(const ipc::RescueTurn& turn, const net::TcpPosition& position, ReadPart part,
              uint32_t max_replays) {
  using Kind = Verdict::Kind;
  const bool announced = turn.next_out != ipc::RescueTurn::kOpen;
  Verdict out;
  bool unsafe = false;
  if (announced && position.sent == turn.next_out) {
    out.from = turn.next_in;
    unsafe = turn.next_unsafe;
  } else if (position.sent == turn.start_out) {
    out.from = turn.start_in;
    unsafe = turn.unsafe || (announced && turn.next_unsafe);
  } else {
    return out;
  }
  if (position.received < out.from) return out;
  if (position.received == out.from) {
    out.kind = Kind::Idle;
  } else if (unsafe || !atHand(turn, out.from, position.received, part)) {
    out.kind = Kind::Refuse;
  } else {
    const bool again = out.from == turn.start_in && turn.replays >= max_replays;
    out.kind = again ? Kind::Refuse : Kind::Replay;
  }
  return out;
}

}  // namespace convoy::worker

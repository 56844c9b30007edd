// verdict: what becomes of one client connection of a dead worker: a pure function of what the
// worker noted (common/ipc/rescue_table.h) and of what the kernel knows. Sentinel.
//
//   sent = start --> the oldest message is not answered at all   from = start
//   sent = next  --> it is answered, nothing of the one after it  from = next
//   else         --> Cut: part of an answer went out
//   received = from --> Idle        its bytes at hand, none unsafe --> Replay        else -->
//   Refuse
#pragma once

#include <cstdint>

#include "common/ipc/rescue_table.h"
#include "common/net/tcp_position.h"

namespace convoy::worker {

struct Verdict {
  enum class Kind : uint8_t {
    Idle,    // between two messages: goes on elsewhere as it is
    Replay,  // goes on elsewhere with the bytes from `from` on
    Refuse,  // may have run, or what it was is lost: 502
    Cut,     // the client must see that its answer is not whole
  };
  Kind kind = Kind::Cut;
  uint64_t from = 0;
  bool operator==(const Verdict&) const = default;
};

// The part of a connection's input that the shared read buffer holds; empty: another's.
struct ReadPart {
  uint64_t begin = 0;
  bool ours = false;
};

Verdict judge(const ipc::RescueTurn& turn, const net::TcpPosition& position, ReadPart part,
              uint32_t max_replays);

}  // namespace convoy::worker

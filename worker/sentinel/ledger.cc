#include "worker/sentinel/ledger.h"

#include <algorithm>
#include <cstring>
#include <sys/socket.h>

#include "common/net/tcp_position.h"

namespace convoy::worker {

using ipc::RescueEntry;
using ipc::RescueTable;
using ipc::RescueTurn;

namespace {

uint64_t cookieOf(int fd) {
  uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  return ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 ? cookie : 0;
}

uint8_t putAddress(const net::Address& address, char* out) {
  std::memcpy(out, address.sockaddrPtr(), address.sockaddrLength());
  return static_cast<uint8_t>(address.sockaddrLength());
}

}  // namespace

uint32_t Ledger::takeStash() {
  if (!free_.empty()) {
    const uint32_t stash = free_.back();
    free_.pop_back();
    return stash;
  }
  return used_ < RescueTable::kMaxStashes ? ++used_ : 0;
}

std::unique_ptr<LedgerLine> LedgerLine::open(Ledger& ledger, int fd, uint32_t listener,
                                             const ipc::Handoff& handoff, bool untouched) {
  const auto number = static_cast<uint32_t>(fd);
  if (number >= RescueTable::kMaxEntries || !handoff.peer.isIp() || !handoff.local.isIp()) {
    return nullptr;
  }
  net::TcpPosition position;
  // A fresh one has read and written nothing, whatever has arrived.
  const bool fresh = untouched && handoff.fds.empty() && handoff.requests == 0 &&
                     handoff.leftover.empty() && handoff.active_us == handoff.created_us;
  if (!fresh && (!net::tcpPosition(fd, &position) || position.received < handoff.leftover.size())) {
    return nullptr;
  }
  RescueEntry& entry = ledger.table().entry(number);
  std::unique_ptr<LedgerLine> line(new LedgerLine(ledger, entry));
  line->base_read_ = position.received;
  line->base_parsed_ = position.received - handoff.leftover.size();
  line->base_out_ = position.sent;
  RescueTurn& turn = line->turn_;
  turn.start_in = line->base_parsed_;
  turn.start_out = position.sent;
  turn.active_us = handoff.active_us;
  turn.requests = handoff.requests;
  if (handoff.state.size() == 1) turn.replays = static_cast<uint8_t>(handoff.state[0]);
  entry.live.store(0, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  entry.listener = listener;
  entry.cookie = cookieOf(fd);
  entry.base_read = position.received;
  entry.created_us = handoff.created_us;
  entry.peer_size = putAddress(handoff.peer, entry.peer);
  entry.local_size = putAddress(handoff.local, entry.local);
  line->keep(turn.start_in, turn.start_in, handoff.leftover);
  line->publish();
  std::atomic<uint32_t>& end = ledger.header().fd_end;
  if (end.load(std::memory_order_relaxed) <= number) {
    end.store(number + 1, std::memory_order_relaxed);
  }
  return line;
}

void LedgerLine::publish() {
  const uint32_t other = entry_.live.load(std::memory_order_relaxed) == 1 ? 1 : 0;
  entry_.turns[other] = turn_;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  entry_.live.store(other + 1, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (old_stash_ != 0) {
    ledger_.giveBack(old_stash_);
    old_stash_ = 0;
  }
}

void LedgerLine::hide() {
  entry_.live.store(0, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

LedgerLine::~LedgerLine() {
  hide();
  if (old_stash_ != 0) ledger_.giveBack(old_stash_);
  if (turn_.stash != 0) ledger_.giveBack(turn_.stash);
}

// The message before is answered and nothing of it is left here: the next one begins.
bool LedgerLine::settle(const Progress& now) {
  if (turn_.next_out == RescueTurn::kOpen || sent(now) < turn_.next_out) return false;
  turn_.start_in = turn_.next_in;
  turn_.start_out = turn_.next_out;
  turn_.unsafe = turn_.next_unsafe;
  turn_.next_out = RescueTurn::kOpen;
  turn_.next_unsafe = turn_.until_close = false;
  turn_.replays = 0;
  if (turn_.stash != 0 && turn_.stash_in + turn_.stash_size <= turn_.start_in) dropStash();
  return true;
}

void LedgerLine::unsafe(const Progress& now) {
  settle(now);
  (turn_.next_out == RescueTurn::kOpen ? turn_.unsafe : turn_.next_unsafe) = true;
  publish();
}

void LedgerLine::untilClose() {
  turn_.until_close = true;
  publish();
}

void LedgerLine::read(std::string_view bytes, const Progress& now) {
  const bool settled = settle(now);
  const uint64_t at = base_read_ + now.read - bytes.size();
  const bool open = turn_.next_out == RescueTurn::kOpen;
  const bool unsafe = open ? turn_.unsafe : turn_.next_unsafe;
  // What an unsafe request has taken is of no use to anyone; what follows it is.
  const uint64_t from = unsafe ? base_parsed_ + now.parsed : turn_.start_in;
  if (!settled && from >= at + bytes.size()) return;
  keep(from, at, bytes);
  publish();
}

void LedgerLine::answerEnds(uint64_t rest, const Progress& now) {
  // With the answer before still queued here, both are one: run again together or not at all.
  if (!settle(now) && turn_.next_out != RescueTurn::kOpen) {
    turn_.unsafe = turn_.unsafe || turn_.next_unsafe;
    turn_.next_unsafe = false;
  }
  turn_.next_in = base_parsed_ + now.parsed;
  turn_.next_out = base_out_ + now.written + rest;
  publish();
}

void LedgerLine::answered(const Progress& now, uint32_t requests, uint64_t active_us) {
  turn_.requests = requests;
  turn_.active_us = active_us;
  if (turn_.next_out == RescueTurn::kOpen) answerEnds(0, now);
  settle(now);
  publish();
}

// Remembers of `bytes`, the first of them at position `at`, those from position `from` on.
void LedgerLine::keep(uint64_t from, uint64_t at, std::string_view bytes) {
  const uint64_t end = at + bytes.size();
  if (from >= end) return;
  if (from > at) {
    bytes.remove_prefix(from - at);
    at = from;
  }
  const uint64_t had = turn_.stash_in + turn_.stash_size;
  if (turn_.stash != 0 && had > from) {
    if (had != at) return;  // a gap: some did not fit
    if (turn_.stash_size + bytes.size() > RescueTable::kStashBytes) moveStash(from);
  } else {
    dropStash();
    turn_.stash_in = at;
  }
  if (turn_.stash == 0) turn_.stash = ledger_.takeStash();
  if (turn_.stash == 0 || turn_.stash_size + bytes.size() > RescueTable::kStashBytes) return;
  std::memcpy(ledger_.table().stash(turn_.stash) + turn_.stash_size, bytes.data(), bytes.size());
  turn_.stash_size += static_cast<uint32_t>(bytes.size());
}

// What is before `from` makes room. The live turn still names the old one: into another.
void LedgerLine::moveStash(uint64_t from) {
  if (from <= turn_.stash_in || old_stash_ != 0) return;
  const uint32_t fresh = ledger_.takeStash();
  if (fresh == 0) return;
  const auto skip = static_cast<uint32_t>(from - turn_.stash_in);
  turn_.stash_size -= skip;
  std::memcpy(ledger_.table().stash(fresh), ledger_.table().stash(turn_.stash) + skip,
              turn_.stash_size);
  old_stash_ = turn_.stash;
  turn_.stash = fresh;
  turn_.stash_in = from;
}

void LedgerLine::dropStash() {
  if (turn_.stash != 0) {
    // Two in one step: the live turn names at most the first.
    if (old_stash_ != 0) {
      ledger_.giveBack(turn_.stash);
    } else {
      old_stash_ = turn_.stash;
    }
  }
  turn_.stash = turn_.stash_size = 0;
}

}  // namespace convoy::worker

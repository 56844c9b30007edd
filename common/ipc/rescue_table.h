// rescue_table: what outlives a killed worker: shared memory that says of each client connection
// where it is between its messages. Written by the worker on the hot path with plain stores, read
// by its sentinel (worker/sentinel) once the worker is dead; of the header the master has a map,
// too, to say where the connections go. A sparse memfd: untouched pages cost nothing.
//
//   header | read buffer | entries, one per descriptor number | stashes of 4 KiB
//
// The truth about how far a connection has come is the kernel's (common/net/tcp_position.h): the
// table only says what lies at which position. SIGKILL ends the worker between any two
// instructions, never inside a system call that does not sleep; so what counts is the order of its
// stores, which is that of the program (an interrupt is precise; the compiler is told):
//
//   accept   marks the listener --> accept4() --> entry live --> mark cleared
//   read     mark = (descriptor, position) --> recv() into the read buffer --> parse
//              a request that must not run twice: unsafe --> forward
//              --> stash what is not yet answered --> entry live again --> (next recv)
//   answer   entry says where the answer will end --> send() ... --> entry says it has begun anew
//   close    entry empty --> close()
//
// An entry holds two turns; a new one is written beside the live one, and then one store makes it
// live. `cookie` is the kernel's own number of the socket: an entry never speaks for another one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/net/address.h"
#include "common/net/poller.h"

namespace convoy::ipc {

// Positions are bytes since the connection began, in this and in other processes.
struct RescueTurn {
  static constexpr uint64_t kOpen = UINT64_MAX;
  uint64_t start_in = 0, start_out = 0;  // where the oldest message begins that is not answered
  uint64_t next_in = 0;                  // where the one after it will begin,
  uint64_t next_out = kOpen;             // once as much as this was sent; kOpen: not known
  uint64_t active_us = 0;
  uint64_t stash_in = 0;  // position of the first byte of `stash`
  uint32_t stash = 0;     // 0: none
  uint32_t stash_size = 0;
  uint32_t requests = 0;
  bool unsafe = false;       // a request from start_in on must not run twice
  bool next_unsafe = false;  // one from next_in on
  bool until_close = false;  // the end of the connection is the end of the answer
  uint8_t replays = 0;       // how many workers died in this very request
};

struct alignas(64) RescueEntry {
  std::atomic<uint32_t> live;  // 0: empty; n: turns[n - 1]
  uint32_t listener;
  uint64_t cookie;
  uint64_t base_read;  // position at which this process began to count what it reads
  uint64_t created_us;
  uint8_t peer_size, local_size;
  char peer[sizeof(sockaddr_in6)], local[sizeof(sockaddr_in6)];
  RescueTurn turns[2];
};

struct RescueHeader {
  static constexpr uint32_t kMaxListeners = 2048;
  // The worker's.
  net::ReadMark read;
  std::atomic<uint64_t> accepting;  // (listener + 1) << 32 | listening descriptor; 0: none
  std::atomic<uint32_t> fd_end;     // above the highest descriptor that ever had an entry
  std::atomic<uint32_t> leaving;    // an orderly exit: nothing is to be rescued
  std::atomic<int32_t> sentinel;    // process id
  // The sentinel's.
  std::atomic<uint64_t> idle, replayed, refused, cut;
  // The master's: written before `go`, which wakes the sentinel (a futex).
  uint32_t max_replays;
  uint32_t listeners[kMaxListeners];  // what each is called where they go, or kNoListener
  std::atomic<uint32_t> go;
};

class RescueTable {
 public:
  static constexpr uint32_t kMaxEntries = 1U << 20;
  static constexpr uint32_t kMaxStashes = 1U << 16;
  static constexpr size_t kStashBytes = 4096;
  static constexpr size_t kHeaderBytes = 16 * 1024;
  static constexpr size_t kBytes = kHeaderBytes + net::Poller::kReadBytes +
                                   kMaxEntries * sizeof(RescueEntry) + kMaxStashes * kStashBytes;

  static base::Result<base::UniqueFd> createMemfd();
  // `whole` false: the header only (the master).
  static base::Result<std::unique_ptr<RescueTable>> map(int memfd, bool whole);
  ~RescueTable();
  RescueTable(const RescueTable&) = delete;
  RescueTable& operator=(const RescueTable&) = delete;

  RescueHeader& header() { return *static_cast<RescueHeader*>(base_); }
  char* readBuffer() { return at(kHeaderBytes); }
  RescueEntry& entry(uint32_t fd) {
    return reinterpret_cast<RescueEntry*>(at(kHeaderBytes + net::Poller::kReadBytes))[fd];
  }
  char* stash(uint32_t number) {  // 1 ..
    return at(kBytes - size_t{number} * kStashBytes);
  }

 private:
  RescueTable(void* base, size_t bytes) : base_(base), bytes_(bytes) {}
  char* at(size_t offset) { return static_cast<char*>(base_) + offset; }
  void* base_;
  size_t bytes_;
};
static_assert(sizeof(RescueHeader) <= RescueTable::kHeaderBytes);
static_assert(std::atomic<uint64_t>::is_always_lock_free);

}  // namespace convoy::ipc

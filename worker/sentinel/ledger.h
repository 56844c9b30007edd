// ledger: the worker's pen for the shared table of its connections (common/ipc/rescue_table.h,
// where the order of the stores is drawn). Ledger is the table with its free stashes; LedgerLine is
// one client connection's entry. Owned by Worker, and by the HttpConnection. Worker loop. Only
// there with --sentinel.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/ipc/handoff.h"
#include "common/ipc/rescue_table.h"

namespace convoy::worker {

class Ledger {
 public:
  explicit Ledger(std::unique_ptr<ipc::RescueTable> table) : table_(std::move(table)) {}
  ipc::RescueTable& table() { return *table_; }
  ipc::RescueHeader& header() { return table_->header(); }

 private:
  friend class LedgerLine;
  uint32_t takeStash();  // 0: none is left
  void giveBack(uint32_t stash) { free_.push_back(stash); }

  std::unique_ptr<ipc::RescueTable> table_;
  std::vector<uint32_t> free_;  // the last used first: its memory is warm
  uint32_t used_ = 0;
};

class LedgerLine {
 public:
  // How far the connection is by the count of its codec and its net::Connection.
  struct Progress {
    uint64_t read = 0;     // bytesRead()
    uint64_t parsed = 0;   // ServerCodec::consumed()
    uint64_t written = 0;  // bytesWritten()
    uint64_t pending = 0;  // of these, not yet in the kernel
  };

  // Null if the table cannot speak for it (no TCP, a descriptor beyond the table). `handoff` as it
  // came from another worker, its descriptor apart; requests and times are taken from it.
  // `untouched`: whatever is not in `handoff` is still to be read (no PROXY header was).
  static std::unique_ptr<LedgerLine> open(Ledger& ledger, int fd, uint32_t listener,
                                          const ipc::Handoff& handoff, bool untouched = true);
  ~LedgerLine();
  LedgerLine(const LedgerLine&) = delete;
  LedgerLine& operator=(const LedgerLine&) = delete;

  // The request that is about to be forwarded must not run a second time.
  void unsafe(const Progress& now);
  // Its answer ends with the connection.
  void untilClose();
  // `bytes` were read and parsed.
  void read(std::string_view bytes, const Progress& now);
  // All of the request was parsed, and `rest` bytes from now on its answer is complete.
  void answerEnds(uint64_t rest, const Progress& now);
  // The answer is complete, and as far as it goes in the kernel's hands.
  void answered(const Progress& now, uint32_t requests, uint64_t active_us);

  // Before the descriptor is handed over; and if it was not after all. The destructor hides, too:
  // it comes before the descriptor is closed.
  void hide();
  void show() { publish(); }

 private:
  LedgerLine(Ledger& ledger, ipc::RescueEntry& entry) : ledger_(ledger), entry_(entry) {}
  uint64_t sent(const Progress& now) const { return base_out_ + now.written - now.pending; }
  bool settle(const Progress& now);
  void keep(uint64_t from, uint64_t at, std::string_view bytes);
  void moveStash(uint64_t from);
  void dropStash();
  void publish();

  Ledger& ledger_;
  ipc::RescueEntry& entry_;
  ipc::RescueTurn turn_;
  uint32_t old_stash_ = 0;  // given back once no live turn names it
  // Positions of the connection at which this process began to count.
  uint64_t base_read_ = 0, base_parsed_ = 0, base_out_ = 0;
};

}  // namespace convoy::worker

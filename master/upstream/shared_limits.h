// shared_limits: the master's side of limits that count over all workers (common/stats/
// limits_page.h): who has which seat of the page (clusters and filters: Directory::seatNames), and
// what is left behind by workers that are gone. A seat goes by its name, so generations share it,
// each with limits of its own configuration. Owned by the Master; its loop.
//
// A worker dies with permits in its hands: its holdings are subtracted. If it died in the middle of
// a turn, nobody knows whether the shared word has its last change: then the word is compared with
// the sum of what the living hold, as soon as none of them is in the middle of a turn (audit).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "common/net/event_loop.h"
#include "common/stats/limits_page.h"
#include "common/stats/slab.h"
#include "master/inheritance.h"

namespace convoy::master {

class SharedLimits {
 public:
  // The seats of one configuration, for as long as it lives.
  class Seats {
   public:
    ~Seats();
    const std::vector<uint32_t>& numbers() const { return numbers_; }  // of seatNames()[i]

   private:
    friend class SharedLimits;
    struct Book;
    std::shared_ptr<Book> book_;
    std::vector<std::string> names_;
    std::vector<uint32_t> numbers_;
  };

  explicit SharedLimits(net::EventLoop& loop);
  ~SharedLimits();
  // False: there is no memory for it (logged); each worker counts on its own then.
  bool usable() const { return page_ != nullptr; }
  int fd() const { return page_->fd(); }

  std::shared_ptr<const Seats> seatsOf(const std::vector<std::string>& names);
  // A worker begins; its holdings are from `first_cell` of its slab on. REQUIRES: usable().
  void attach(std::shared_ptr<stats::Slab> slab, uint32_t first_cell,
              std::shared_ptr<const Seats> seats);
  // Its process is gone. A no-op for one that was not attached.
  void retire(const stats::Slab* slab);
  // Over all workers; zeros for what has no seat.
  stats::LimitRow totals(uint32_t seat) const;

  // For a program that takes our place; and there, before anything else is asked.
  Json::Value save(Bequest& bequest) const;
  void restore(const Json::Value& saved);

 private:
  struct Worker {
    std::shared_ptr<stats::Slab> slab;
    uint32_t first_cell;
    std::shared_ptr<const Seats> seats;
    size_t held;  // of the first so many seats its slab has holdings
  };
  void auditAll();
  bool audit(uint32_t seat);

  std::unique_ptr<stats::LimitsPage> page_;
  std::shared_ptr<Seats::Book> book_;
  std::vector<Worker> workers_;
  std::set<uint32_t> doubtful_;
  std::unique_ptr<net::Timer> audit_timer_;
};

}  // namespace convoy::master

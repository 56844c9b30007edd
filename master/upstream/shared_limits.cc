#include "master/upstream/shared_limits.h"

#include <algorithm>
#include <atomic>

#include "common/base/log.h"

namespace convoy::master {

namespace {

constexpr uint64_t kAuditEveryMs = 20;
using stats::LimitsPage;
using Word = std::atomic_ref<uint64_t>;

uint64_t load(uint64_t& word) {
  return Word(word).load(std::memory_order_acquire);
}

}  // namespace

struct SharedLimits::Seats::Book {
  struct Entry {
    uint32_t number = 0;
    uint32_t users = 0;
  };
  std::map<std::string, Entry> entries;
  std::vector<uint32_t> free;
  uint32_t next = 0;

  uint32_t take(const std::string& name) {
    const auto [entry, fresh] = entries.try_emplace(name);
    if (fresh) {
      if (free.empty() && next == LimitsPage::kSeats) {
        entries.erase(entry);
        return LimitsPage::kNoSeat;
      }
      entry->second.number = free.empty() ? next++ : free.back();
      if (!free.empty()) free.pop_back();
    }
    ++entry->second.users;
    return entry->second.number;
  }
  void leave(const std::string& name) {
    const auto entry = entries.find(name);
    if (entry == entries.end() || --entry->second.users > 0) return;
    free.push_back(entry->second.number);
    entries.erase(entry);
  }
};

SharedLimits::Seats::~Seats() {
  for (const std::string& name : names_) book_->leave(name);
}

SharedLimits::SharedLimits(net::EventLoop& loop)
    : book_(std::make_shared<Seats::Book>()),
      audit_timer_(loop.createTimer([this] { auditAll(); })) {
  auto page = LimitsPage::create();
  if (page.ok()) {
    page_ = std::move(*page);
  } else {
    base::logger("upstream")
        .error("{}: each worker counts towards circuit breakers on its own", page.error().context);
  }
}

SharedLimits::~SharedLimits() = default;

std::shared_ptr<const SharedLimits::Seats> SharedLimits::seatsOf(
    const std::vector<std::string>& names) {
  auto out = std::make_shared<Seats>();
  out->book_ = book_;
  for (const std::string& name : names) {
    const bool known = book_->entries.count(name) != 0;
    const uint32_t number = book_->take(name);
    out->numbers_.push_back(number);
    if (number == LimitsPage::kNoSeat) continue;
    out->names_.push_back(name);
    // Whoever had it before has left; a worker that miscounted must not be remembered.
    if (!known && page_ != nullptr) std::fill_n(page_->seat(number), stats::kLimitWords, 0);
  }
  return out;
}

void SharedLimits::attach(std::shared_ptr<stats::Slab> slab, uint32_t first_cell,
                          std::shared_ptr<const Seats> seats) {
  // One of a program before us may know fewer of them: the clusters, which are the first.
  const size_t cells = slab->cellCount();
  if (first_cell + stats::holdingCell(0) > cells) return;
  const size_t room = (cells - first_cell) / stats::kLimitWords - 1;
  const size_t held = std::min(room, seats->numbers().size());
  workers_.push_back({std::move(slab), first_cell, std::move(seats), held});
}

void SharedLimits::retire(const stats::Slab* slab) {
  const auto at = std::find_if(workers_.begin(), workers_.end(),
                               [slab](const Worker& worker) { return worker.slab.get() == slab; });
  if (at == workers_.end()) return;
  const Worker gone = std::move(*at);
  workers_.erase(at);
  uint64_t* cells = gone.slab->cells() + gone.first_cell;
  const std::vector<uint32_t>& seats = gone.seats->numbers();
  for (size_t i = 0; i < gone.held; ++i) {
    if (seats[i] == LimitsPage::kNoSeat) continue;
    for (size_t k = 0; k < stats::kLimitWords; ++k) {
      const uint64_t held = load(cells[stats::holdingCell(i) + k]);
      if (held != 0) Word(page_->seat(seats[i])[k]).fetch_sub(held, std::memory_order_acq_rel);
    }
  }
  const uint64_t seat = load(cells[stats::kTurnSeatCell]);
  if (load(cells[stats::kTurnCell]) % 2 == 0 || seat >= LimitsPage::kSeats) return;
  doubtful_.insert(static_cast<uint32_t>(seat));
  auditAll();
}

void SharedLimits::auditAll() {
  std::erase_if(doubtful_, [this](uint32_t seat) { return audit(seat); });
  if (!doubtful_.empty()) audit_timer_->start(kAuditEveryMs);
}

// False: a worker was in the middle of a turn, or took one meanwhile. Ask again.
bool SharedLimits::audit(uint32_t seat) {
  std::vector<uint64_t*> turns, rows;
  for (const Worker& worker : workers_) {
    const std::vector<uint32_t>& seats = worker.seats->numbers();
    const auto end = seats.begin() + static_cast<ptrdiff_t>(worker.held);
    const auto at = std::find(seats.begin(), end, seat);
    if (at == end) continue;
    uint64_t* cells = worker.slab->cells() + worker.first_cell;
    turns.push_back(cells + stats::kTurnCell);
    rows.push_back(cells + stats::holdingCell(static_cast<size_t>(at - seats.begin())));
  }
  std::vector<uint64_t> before;
  for (uint64_t* turn : turns) before.push_back(load(*turn));
  if (std::any_of(before.begin(), before.end(), [](uint64_t turn) { return turn % 2 != 0; })) {
    return false;
  }
  stats::LimitRow words = totals(seat), held{};
  for (uint64_t* row : rows) {
    for (size_t k = 0; k < held.size(); ++k) held[k] += load(row[k]);
  }
  for (size_t i = 0; i < turns.size(); ++i) {
    if (load(*turns[i]) != before[i]) return false;
  }
  for (size_t k = 0; k < held.size(); ++k) {
    if (words[k] == held[k]) continue;
    // It has changed since: by a turn that we would undo.
    if (!Word(page_->seat(seat)[k]).compare_exchange_strong(words[k], held[k])) return false;
    base::logger("upstream")
        .info("a worker died while it changed a limit: it stands at {} again, not {}", held[k],
              words[k]);
  }
  return true;
}

stats::LimitRow SharedLimits::totals(uint32_t seat) const {
  stats::LimitRow out{};
  if (page_ == nullptr || seat >= LimitsPage::kSeats) return out;
  for (size_t k = 0; k < out.size(); ++k) out[k] = load(page_->seat(seat)[k]);
  return out;
}

Json::Value SharedLimits::save(Bequest& bequest) const {
  Json::Value out(Json::objectValue);
  out["page"] = bequest.give(page_ == nullptr ? -1 : page_->fd());
  out["next"] = book_->next;
  Json::Value& names = out["seats"] = Json::Value(Json::objectValue);
  for (const auto& [name, entry] : book_->entries) names[name] = entry.number;
  return out;
}

// Without it (a program that had none): the new page, and workers of that program are not counted.
void SharedLimits::restore(const Json::Value& saved) {
  if (!saved.isObject() || !saved["seats"].isObject()) return;
  base::UniqueFd fd = takeFd(saved, "page");
  uint32_t next = 0;
  if (!fd.valid() || !base::getUint(saved, "next", &next)) return;
  auto page = LimitsPage::map(std::move(fd));
  if (!page.ok()) return;
  page_ = std::move(*page);
  book_->next = std::min(next, LimitsPage::kSeats);
  std::vector<bool> taken(book_->next);
  for (const std::string& name : saved["seats"].getMemberNames()) {
    const Json::Value& number = saved["seats"][name];
    if (!number.isUInt() || number.asUInt() >= book_->next || taken[number.asUInt()]) continue;
    taken[number.asUInt()] = true;
    book_->entries[name] = {number.asUInt(), 0};
  }
  for (uint32_t i = 0; i < book_->next; ++i) {
    if (!taken[i]) book_->free.push_back(i);
  }
}

}  // namespace convoy::master

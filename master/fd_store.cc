#include "master/fd_store.h"

#include <algorithm>
#include <optional>

#include "common/base/text.h"

namespace convoy::master {
namespace {

// In small helpings: the service manager's queue is short, and READY must find room in it.
constexpr int kHelping = 8;
constexpr uint64_t kPaceMs = 20;

// The i of "l<i>.s<k>".
std::optional<uint64_t> numberOf(const std::string& name) {
  const size_t dot = name.find(".s");
  if (name.empty() || name[0] != 'l' || dot == std::string::npos) return std::nullopt;
  if (!base::parseUint(std::string_view(name).substr(dot + 2))) return std::nullopt;
  return base::parseUint(std::string_view(name).substr(1, dot - 1));
}

}  // namespace

FdStore::FdStore(net::EventLoop& loop, const Notifier& notifier) : notifier_(notifier) {
  pace_ = loop.createTimer([this] { flush(); });
}

// A name that the store had when we started is not given again.
void FdStore::reserve(const std::string& name) {
  const auto number = numberOf(name);
  if (number && *number < UINT32_MAX) next_ = std::max(next_, static_cast<uint32_t>(*number) + 1);
}

FdStore::Entry& FdStore::entryOf(const std::shared_ptr<BoundAddress>& bound) {
  Entry& entry = entries_[bound.get()];
  // Another object may have been at this place of memory.
  if (entry.bound.lock() != bound) {
    entry = {bound, bound->inheritedNames()};
    for (const std::string& name : entry.names) reserve(name);
  }
  return entry;
}

void FdStore::keep(const ListenerSet& listeners) {
  if (!notifier_.enabled()) return;
  for (const ListenerSet::Entry& used : listeners.entries()) entryOf(used.bound);
  for (const ListenerSet::Entry& used : listeners.entries()) {
    // Inherited ones have their names: the service manager has them.
    Entry& entry = entryOf(used.bound);
    const size_t have = entry.names.size();
    const std::string prefix = have == 0 ? "l" + std::to_string(next_++)
                                         : entry.names[0].substr(0, entry.names[0].find('.'));
    for (size_t i = have; i < used.bound->sockets().size(); ++i) {
      entry.names.push_back(prefix + ".s" + std::to_string(i));
      pending_.push_back({entry.names.back(), used.bound, i, false});
    }
  }
  if (!pending_.empty()) pace_->start(0);
}

void FdStore::forget(const BoundAddress& bound) {
  const auto entry = entries_.find(&bound);
  if (entry == entries_.end()) return;
  for (const std::string& name : entry->second.names) forgetName(name);
  entries_.erase(entry);
}

void FdStore::forgetName(const std::string& name) {
  reserve(name);
  // Others are not ours to remove: they belong to .socket units.
  if (!notifier_.enabled() || !numberOf(name)) return;
  pending_.push_back({name, {}, 0, true});
  pace_->start(0);
}

bool FdStore::sendOne(const Pending& pending) const {
  if (pending.remove) return notifier_.forgetSocket(pending.name);
  const auto bound = pending.bound.lock();
  if (bound == nullptr || bound->retired()) return true;
  return notifier_.storeSocket(pending.name, bound->sockets()[pending.socket].get());
}

std::vector<std::string> FdStore::namesOf(const BoundAddress& bound) const {
  const auto entry = entries_.find(&bound);
  return entry == entries_.end() ? bound.inheritedNames() : entry->second.names;
}

void FdStore::flush() {
  for (int i = 0; i < kHelping && !pending_.empty() && sendOne(pending_.front()); ++i) {
    pending_.pop_front();
  }
  if (!pending_.empty()) pace_->start(kPaceMs);
}

}  // namespace convoy::master

#include "common/stats/layout.h"

#include <map>
#include <string_view>

namespace convoy::stats {
namespace {

std::vector<Layout::Stat> statsOf(Scope scope) {
  size_t count = 0;
  const StatDef* defs = defsOf(scope, &count);
  std::vector<Layout::Stat> out;
  for (size_t i = 0; i < count; ++i) {
    out.push_back({std::string(defs[i].name), static_cast<uint32_t>(defs[i].type),
                   static_cast<uint32_t>(cellsOf(defs[i].type))});
  }
  return out;
}

// name -> offset in the block, with what it is.
using Offsets = std::map<std::string, std::pair<Layout::Stat, uint32_t>>;
Offsets offsets(const std::vector<Layout::Stat>& stats) {
  Offsets out;
  uint32_t at = 0;
  for (const Layout::Stat& stat : stats) {
    out[stat.name] = {stat, at};
    at += stat.cells;
  }
  return out;
}

}  // namespace

Layout layoutOf(const Directory& directory) {
  Layout out;
  out.hash = directory.layoutHash();
  out.cell_count = directory.cellCount();
  for (int s = 0; s < kScopes; ++s) out.scopes.push_back(statsOf(static_cast<Scope>(s)));
  for (const Block& block : directory.blocks()) {
    out.blocks.push_back({static_cast<uint32_t>(block.scope), block.raw_prefix, block.first_cell});
  }
  return out;
}

base::Result<std::unique_ptr<Translation>> Translation::make(std::shared_ptr<Slab> foreign,
                                                             const Layout& from,
                                                             const Directory& to,
                                                             uint32_t generation, uint32_t slot) {
  auto ours = Slab::create(to.layoutHash(), to.cellCount(), generation, slot);
  if (!ours.ok()) return ours.error();
  auto out = std::make_unique<Translation>();
  std::map<std::pair<uint32_t, std::string_view>, uint32_t> places;
  for (const Layout::Place& place : from.blocks) {
    places[{place.scope, place.raw_prefix}] = place.first_cell;
  }
  std::vector<Offsets> mine, theirs;
  for (int s = 0; s < kScopes; ++s) {
    mine.push_back(offsets(statsOf(static_cast<Scope>(s))));
    const auto i = static_cast<size_t>(s);
    theirs.push_back(i < from.scopes.size() ? offsets(from.scopes[i]) : Offsets{});
  }
  for (const Block& block : to.blocks()) {
    const auto scope = static_cast<uint32_t>(block.scope);
    const auto place = places.find({scope, block.raw_prefix});
    if (place == places.end()) continue;
    for (const auto& [name, stat] : mine[scope]) {
      const auto it = theirs[scope].find(name);
      if (it == theirs[scope].end() || it->second.first.type != stat.first.type ||
          it->second.first.cells != stat.first.cells) {
        continue;
      }
      const uint32_t first = place->second + it->second.second;
      if (first + stat.first.cells > foreign->cellCount()) continue;
      out->moves_.push_back({first, block.first_cell + stat.second, stat.first.cells});
    }
  }
  out->foreign_ = std::move(foreign);
  out->ours_ = std::move(ours).value();
  out->refresh();
  return out;
}

void Translation::refresh() {
  for (const Move& move : moves_) {
    for (uint32_t i = 0; i < move.count; ++i) {
      const uint64_t value = __atomic_load_n(&foreign_->cells()[move.from + i], __ATOMIC_RELAXED);
      __atomic_store_n(&ours_->cells()[move.to + i], value, __ATOMIC_RELAXED);
    }
  }
}

}  // namespace convoy::stats

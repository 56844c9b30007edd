// How a generation goes on under another program in the same process.
#include <algorithm>

#include "common/stats/layout.h"
#include "master/generation.h"

namespace convoy::master {
namespace {

base::Error malformed() {
  return base::Error::make(base::ErrorKind::Protocol,
                           "a generation of the old program does not parse");
}

Json::Value toJson(const stats::Layout& layout) {
  Json::Value out(Json::objectValue);
  out["hash"] = Json::Value::UInt64{layout.hash};
  out["cells"] = Json::Value::UInt64{layout.cell_count};
  Json::Value& scopes = out["scopes"] = Json::Value(Json::arrayValue);
  for (const auto& stats : layout.scopes) {
    Json::Value list(Json::arrayValue);
    for (const stats::Layout::Stat& stat : stats) {
      list.append(stat.name);
      list.append(stat.type);
      list.append(stat.cells);
    }
    scopes.append(std::move(list));
  }
  Json::Value& blocks = out["blocks"] = Json::Value(Json::arrayValue);
  for (const stats::Layout::Place& block : layout.blocks) {
    blocks.append(block.scope);
    blocks.append(block.raw_prefix);
    blocks.append(block.first_cell);
  }
  return out;
}

bool fromJson(const Json::Value& saved, stats::Layout* out) {
  if (!saved.isObject() || !base::getUint(saved, "hash", &out->hash) ||
      !base::getUint(saved, "cells", &out->cell_count) || !saved["scopes"].isArray() ||
      !saved["blocks"].isArray()) {
    return false;
  }
  for (const Json::Value& list : saved["scopes"]) {
    auto& stats = out->scopes.emplace_back();
    for (Json::ArrayIndex i = 0; i + 2 < list.size(); i += 3) {
      if (!list[i].isString() || !list[i + 1].isUInt() || !list[i + 2].isUInt()) return false;
      stats.push_back({list[i].asString(), list[i + 1].asUInt(), list[i + 2].asUInt()});
    }
  }
  const Json::Value& blocks = saved["blocks"];
  for (Json::ArrayIndex i = 0; i + 2 < blocks.size(); i += 3) {
    if (!blocks[i].isUInt() || !blocks[i + 1].isString() || !blocks[i + 2].isUInt()) return false;
    out->blocks.push_back({blocks[i].asUInt(), blocks[i + 1].asString(), blocks[i + 2].asUInt()});
  }
  return true;
}

}  // namespace

Json::Value Generation::save(Bequest& bequest) const {
  Json::Value out(Json::objectValue);
  out["draining"] = state_ != State::Running;
  out["deadline_hit"] = deadline_hit_;
  out["drain_started_ms"] = Json::Value::UInt64{drain_started_ms_};
  out["drain_deadline_at_ms"] = Json::Value::UInt64{drain_deadline_at_ms_};
  // Workers of the program before us have another layout than those that we started.
  std::vector<LayoutPtr> known = {nullptr};
  Json::Value& layouts = out["layouts"] = Json::Value(Json::arrayValue);
  layouts.append(toJson(stats::layoutOf(*plan_.directory)));
  Json::Value& slots = out["slots"] = Json::Value(Json::arrayValue);
  for (const auto& slot : slots_) {
    auto at = std::find(known.begin(), known.end(), slot->layout);
    if (at == known.end()) {
      at = known.insert(known.end(), slot->layout);
      layouts.append(toJson(*slot->layout));
    }
    Json::Value one(Json::objectValue);
    one["failures"] = slot->failures;
    one["restarts"] = Json::Value::UInt64{slot->restarts};
    one["holdings"] = slot->holdings;
    one["layout"] = static_cast<uint32_t>(at - known.begin());
    if (slot->worker != nullptr) one["worker"] = slot->worker->save(bequest);
    slots.append(std::move(one));
  }
  return out;
}

base::Status Generation::restore(const Json::Value& saved) {
  bool draining = false;
  if (!saved.isObject() || !base::getBool(saved, "draining", &draining) ||
      !base::getBool(saved, "deadline_hit", &deadline_hit_) ||
      !base::getUint(saved, "drain_started_ms", &drain_started_ms_) ||
      !base::getUint(saved, "drain_deadline_at_ms", &drain_deadline_at_ms_) ||
      !saved["layouts"].isArray() || !saved["slots"].isArray() ||
      saved["slots"].size() > plan_.concurrency) {
    return malformed();
  }
  state_ = draining ? State::Draining : State::Running;
  std::vector<LayoutPtr> layouts;
  for (const Json::Value& layout : saved["layouts"]) {
    auto read = std::make_shared<stats::Layout>();
    if (!fromJson(layout, read.get())) return malformed();
    layouts.push_back(std::move(read));
  }
  for (const Json::Value& slot : saved["slots"]) {
    const base::Status restored = restoreSlot(slot, layouts);
    if (!restored.ok()) return restored;
  }
  if (!draining) reassignSockets();
  return {};
}

base::Status Generation::restoreSlot(const Json::Value& saved,
                                     const std::vector<LayoutPtr>& layouts) {
  Slot& slot = addSlot();
  uint32_t layout = 0;
  if (!saved.isObject() || !base::getUint(saved, "failures", &slot.failures) ||
      !base::getUint(saved, "restarts", &slot.restarts) ||
      !base::getUint(saved, "layout", &layout) || layout >= layouts.size()) {
    return malformed();
  }
  if (!saved.isMember("worker")) {
    if (state_ == State::Running) scheduleRespawn(slot);
    return {};
  }
  const Json::Value& worker = saved["worker"];
  auto mapped =
      stats::Slab::map(takeFd(worker, "slab"), layouts[layout]->hash, layouts[layout]->cell_count);
  if (!mapped.ok()) return mapped.error();
  std::shared_ptr<stats::Slab> slab = std::move(mapped).value();
  const base::Status counted = restoreSlab(slot, layouts[layout], slab);
  if (!counted.ok()) return counted;
  // Of a program that knows of it: 0 is the place of a stat.
  if (base::getUint(saved, "holdings", &slot.holdings) && slot.holdings != 0 &&
      limits_ != nullptr && limits_->usable() && plan_.seats != nullptr) {
    limits_->attach(slab, slot.holdings, plan_.seats);
  }
  WorkerCallbacks& self = *this;
  slot.worker = WorkerProcess::restore(loop_, processes_, self, slot.index, worker, slab);
  if (slot.worker == nullptr) return malformed();
  const uint64_t now = loop_.nowMs();
  slot.worker->limitDrain(drain_deadline_at_ms_ > now ? drain_deadline_at_ms_ - now : 0);
  if (state_ == State::Running) slot.start_limit->start(plan_.start_timeout_ms);
  return {};
}

base::Status Generation::restoreSlab(Slot& slot, LayoutPtr layout,
                                     std::shared_ptr<stats::Slab> slab) {
  if (layout->hash == plan_.directory->layoutHash()) {
    aggregate_.attach(plan_.directory, std::move(slab), slot.index);
    return {};
  }
  auto translation =
      stats::Translation::make(slab, *layout, *plan_.directory, plan_.number, slot.index);
  if (!translation.ok()) return translation.error();
  aggregate_.attach(plan_.directory, std::move(translation).value(), slab.get(), slot.index);
  slot.layout = std::move(layout);
  return {};
}

}  // namespace convoy::master

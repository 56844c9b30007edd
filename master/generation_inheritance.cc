// How a generation goes on under another program in the same process.
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
  out["drain_started_ms"] = Json::Value::UInt64{drain_started_ms_};
  out["drain_deadline_at_ms"] = Json::Value::UInt64{drain_deadline_at_ms_};
  out["layout"] = toJson(stats::layoutOf(*plan_.directory));
  Json::Value& slots = out["slots"] = Json::Value(Json::arrayValue);
  for (const auto& slot : slots_) {
    Json::Value one(Json::objectValue);
    one["failures"] = slot->failures;
    one["restarts"] = Json::Value::UInt64{slot->restarts};
    if (slot->worker != nullptr) one["worker"] = slot->worker->save(bequest);
    slots.append(std::move(one));
  }
  return out;
}

base::Status Generation::restore(const Json::Value& saved) {
  bool draining = false;
  stats::Layout layout;
  if (!saved.isObject() || !base::getBool(saved, "draining", &draining) ||
      !base::getUint(saved, "drain_started_ms", &drain_started_ms_) ||
      !base::getUint(saved, "drain_deadline_at_ms", &drain_deadline_at_ms_) ||
      !fromJson(saved["layout"], &layout) || !saved["slots"].isArray() ||
      saved["slots"].size() != plan_.concurrency) {
    return malformed();
  }
  state_ = draining ? State::Draining : State::Running;
  for (const Json::Value& slot : saved["slots"]) {
    const base::Status restored = restoreSlot(slot, layout);
    if (!restored.ok()) return restored;
  }
  if (!draining) reassignSockets();
  return {};
}

base::Status Generation::restoreSlot(const Json::Value& saved, const stats::Layout& layout) {
  Slot& slot = addSlot();
  if (!saved.isObject() || !base::getUint(saved, "failures", &slot.failures) ||
      !base::getUint(saved, "restarts", &slot.restarts)) {
    return malformed();
  }
  if (!saved.isMember("worker")) {
    if (state_ == State::Running) scheduleRespawn(slot);
    return {};
  }
  const Json::Value& worker = saved["worker"];
  auto mapped = stats::Slab::map(takeFd(worker, "slab"), layout.hash, layout.cell_count);
  if (!mapped.ok()) return mapped.error();
  std::shared_ptr<stats::Slab> slab = std::move(mapped).value();
  if (layout.hash == plan_.directory->layoutHash()) {
    aggregate_.attach(plan_.directory, slab, slot.index);
  } else {
    auto translation =
        stats::Translation::make(slab, layout, *plan_.directory, plan_.number, slot.index);
    if (!translation.ok()) return translation.error();
    aggregate_.attach(plan_.directory, std::move(translation).value(), slab.get(), slot.index);
  }
  WorkerCallbacks& self = *this;
  slot.worker = WorkerProcess::restore(loop_, processes_, self, slot.index, worker, slab);
  if (slot.worker == nullptr) return malformed();
  if (state_ == State::Draining) {
    // Says nothing new to the worker; arms the limit for one that does not keep to it.
    const uint64_t now = loop_.nowMs();
    ipc::DrainPayload payload;
    payload.deadline_ms = drain_deadline_at_ms_ > now ? drain_deadline_at_ms_ - now : 0;
    slot.worker->drain(payload);
  }
  return {};
}

}  // namespace convoy::master

#include "master/metrics/aggregate.h"

#include <algorithm>
#include <array>
#include <set>

#include "common/base/check.h"
#include "common/stats/stat_tables.h"
#include "master/metrics/series_rules.h"
#include "master/metrics/series_table.h"
#include "master/metrics/series_writer.h"

namespace convoy::master {

using stats::Scope;
using stats::StatDef;
using stats::StatType;

namespace {

// listener.<a>.worker_N.*: the first cells of the listener's block, seen for one slot alone.
constexpr std::array<StatDef, 2> kWorkerDefs = {
    StatDef{"downstream_cx_active", StatType::Gauge, "", "Connections open in this worker"},
    StatDef{"downstream_cx_total", StatType::Counter, "", "Connections accepted by this worker"},
};
using stats::ListenerStat;
static_assert(stats::StatTable<ListenerStat>::offset(ListenerStat::downstream_cx_active) == 0);
static_assert(stats::StatTable<ListenerStat>::offset(ListenerStat::downstream_cx_total) == 1);

SeriesTable tableOf(Scope scope, std::string family_prefix) {
  size_t count = 0;
  const StatDef* defs = stats::defsOf(scope, &count);
  return {defs, count, std::move(family_prefix)};
}
SeriesTable tableOf(Scope scope) {
  return tableOf(scope, std::string(stats::familyPrefix(scope)));
}

size_t bucketOf(uint64_t microseconds, const stats::BoundsUs& bounds = stats::kHistogramBoundsUs) {
  return static_cast<size_t>(std::lower_bound(bounds.begin(), bounds.end(), microseconds) -
                             bounds.begin());
}

std::string inMilliseconds(std::string family) {
  constexpr std::string_view kSeconds = "_seconds";
  if (family.ends_with(kSeconds)) family.replace(family.size() - kSeconds.size(), 8, "_ms");
  return family;
}

}  // namespace

struct Aggregate::Impl {
  struct Attached {
    std::shared_ptr<const stats::Directory> directory;
    std::shared_ptr<stats::Slab> slab;
    const stats::Slab* key;
    std::shared_ptr<stats::Translation> translation;  // null: the slab is the worker's own
    std::vector<std::pair<SeriesTable*, SeriesBlock*>> blocks;
  };
  struct Own {
    StatType type;
    std::map<Labels, uint64_t> values;
    std::map<Labels, std::string> raw_names;  // of those that have one
  };
  struct OwnHistogram {
    std::vector<uint64_t> buckets = std::vector<uint64_t>(stats::kHistogramCells - 1);
    uint64_t sum_us = 0;
    bool used = false;
  };
  struct Place {
    SeriesTable* table;
    SeriesBlock* block;
    SeriesTable::Place at;
  };

  SeriesTable server = tableOf(Scope::Server);
  SeriesTable listener = tableOf(Scope::Listener);
  SeriesTable http = tableOf(Scope::Http);
  SeriesTable listener_http = tableOf(Scope::ListenerHttp);
  SeriesTable tcp = tableOf(Scope::Tcp);
  SeriesTable proxy_proto = tableOf(Scope::ProxyProto);
  SeriesTable connection_limit = tableOf(Scope::ConnectionLimit);
  SeriesTable connection_rate = tableOf(Scope::ConnectionRate);
  SeriesTable cluster = tableOf(Scope::Cluster);
  SeriesTable listener_tls = tableOf(Scope::ListenerTls);
  SeriesTable cluster_tls = tableOf(Scope::ClusterTls);
  SeriesTable worker{kWorkerDefs.data(), kWorkerDefs.size(), "envoy_listener_worker_"};
  // Envoy takes no address label from "listener.admin.".
  SeriesTable admin = tableOf(Scope::Listener, "envoy_listener_admin_");
  SeriesTable admin_http = tableOf(Scope::ListenerHttp, "envoy_listener_admin_http_");
  SeriesTable admin_thread{kWorkerDefs.data(), kWorkerDefs.size(),
                           "envoy_listener_admin_main_thread_"};
  const std::array<SeriesTable*, 15> tables = {
      &admin_http,       &admin_thread,    &admin,   &worker,       &server,
      &listener,         &listener_http,   &http,    &tcp,          &proxy_proto,
      &connection_limit, &connection_rate, &cluster, &listener_tls, &cluster_tls};

  std::vector<Attached> attached;
  std::map<std::string, Own> own;
  std::map<std::string, OwnHistogram> own_histograms;
  std::map<std::string, std::string> texts;
  uint64_t configurations = 0;
  std::shared_ptr<const SeriesRules> rules;

  SeriesTable& table(Scope scope) {
    switch (scope) {
      case Scope::Server:
        return server;
      case Scope::Listener:
        return listener;
      case Scope::Http:
        return http;
      case Scope::ListenerHttp:
        return listener_http;
      case Scope::Tcp:
        return tcp;
      case Scope::ProxyProto:
        return proxy_proto;
      case Scope::ConnectionLimit:
        return connection_limit;
      case Scope::ConnectionRate:
        return connection_rate;
      case Scope::ListenerTls:
        return listener_tls;
      case Scope::ClusterTls:
        return cluster_tls;
      case Scope::Cluster:
        break;
    }
    return cluster;
  }

  void keepBuiltIn() {
    const Labels prefix = {{"envoy_http_conn_manager_prefix", "admin"}};
    server.block("", {}).current = true;
    admin.block("listener.admin.", {}).current = true;
    admin_thread.block("listener.admin.main_thread.", {}).current = true;
    admin_http.block("listener.admin.http.admin.", prefix).current = true;
    http.block("http.admin.", prefix).current = true;
  }

  // The longest prefix that names a block which has the stat.
  std::optional<Place> resolve(const std::string& raw) {
    for (size_t dot = raw.rfind('.'); dot != std::string::npos && dot > 0;
         dot = raw.rfind('.', dot - 1)) {
      const std::string prefix = raw.substr(0, dot + 1);
      for (SeriesTable* t : tables) {
        SeriesBlock* block = t->find(prefix);
        if (block == nullptr) continue;
        if (auto at = t->place(std::string_view(raw).substr(dot + 1))) return Place{t, block, *at};
      }
    }
    if (auto at = server.place(raw)) return Place{&server, server.find(""), *at};
    return std::nullopt;
  }

  void refresh() const {
    for (const Attached& a : attached) {
      if (a.translation != nullptr) a.translation->refresh();
    }
  }

  bool isLiving(const SeriesBlock* block) const { return !block->living.empty(); }

  void forgetFormer() {
    std::vector<std::pair<SeriesTable*, const SeriesBlock*>> former;
    for (SeriesTable* t : tables) {
      for (const auto& [prefix, block] : t->blocks()) {
        if (!block->current && !isLiving(block.get())) former.emplace_back(t, block.get());
      }
    }
    std::erase_if(former, [](const auto& entry) {
      if (entry.first->counted(*entry.second)) return false;
      entry.first->blocks().erase(std::string(entry.second->raw_prefix));
      return true;
    });
    if (former.size() <= kMaxFormer) return;
    std::sort(former.begin(), former.end(), [](const auto& a, const auto& b) {
      return a.second->last_current < b.second->last_current;
    });
    for (size_t i = 0; i < former.size() - kMaxFormer; ++i) {
      former[i].first->blocks().erase(std::string(former[i].second->raw_prefix));
    }
  }
};

Aggregate::Aggregate() : impl_(std::make_unique<Impl>()) {
  impl_->keepBuiltIn();
}
Aggregate::~Aggregate() = default;

void Aggregate::attach(std::shared_ptr<const stats::Directory> directory,
                       std::shared_ptr<stats::Slab> slab, uint32_t slot) {
  const stats::Slab* key = slab.get();
  attachSlab(std::move(directory), std::move(slab), key, slot, nullptr);
}

void Aggregate::attach(std::shared_ptr<const stats::Directory> directory,
                       std::shared_ptr<stats::Translation> translation, const stats::Slab* key,
                       uint32_t slot) {
  auto slab = translation->ours();
  attachSlab(std::move(directory), std::move(slab), key, slot, std::move(translation));
}

void Aggregate::attachSlab(std::shared_ptr<const stats::Directory> directory,
                           std::shared_ptr<stats::Slab> slab, const stats::Slab* key, uint32_t slot,
                           std::shared_ptr<stats::Translation> translation) {
  Impl::Attached entry{std::move(directory), std::move(slab), key, std::move(translation), {}};
  auto join = [&](SeriesTable& table, const std::string& prefix, const Labels& tags,
                  const stats::Block& b) -> SeriesBlock& {
    SeriesBlock& block = table.block(prefix, tags);
    block.living.push_back({entry.slab.get(), b.first_cell, b.bounds});
    entry.blocks.emplace_back(&table, &block);
    return block;
  };
  const std::string id = std::to_string(slot);
  for (const stats::Block& b : entry.directory->blocks()) {
    join(impl_->table(b.scope), b.raw_prefix, b.tags, b);
    if (b.scope != Scope::Listener) continue;
    Labels tags = {{"envoy_worker_id", id}};
    tags.insert(tags.end(), b.tags.begin(), b.tags.end());
    join(impl_->worker, b.raw_prefix + "worker_" + id + ".", tags, b).current = true;
  }
  impl_->attached.push_back(std::move(entry));
}

void Aggregate::retire(const stats::Slab* slab) {
  auto it = std::find_if(impl_->attached.begin(), impl_->attached.end(),
                         [&](const Impl::Attached& a) { return a.key == slab; });
  if (it == impl_->attached.end()) return;
  if (it->translation != nullptr) it->translation->refresh();
  const stats::Slab* counted = it->slab.get();
  for (auto& [table, block] : it->blocks) {
    auto living = std::find_if(block->living.begin(), block->living.end(),
                               [&](const SeriesBlock::Living& l) { return l.slab == counted; });
    table->fold(*block, *living);
    block->living.erase(living);
    if (table == &impl_->worker) block->current = !block->living.empty();
    block->last_current = std::max(block->last_current, impl_->configurations);
  }
  impl_->attached.erase(it);
}

void Aggregate::setCurrent(std::shared_ptr<const stats::Directory> current) {
  ++impl_->configurations;
  for (SeriesTable* t : impl_->tables) {
    if (t == &impl_->worker) continue;
    for (auto& [prefix, block] : t->blocks()) block->current = false;
  }
  impl_->keepBuiltIn();
  for (const stats::Block& b : current->blocks()) {
    SeriesTable& table = impl_->table(b.scope);
    SeriesBlock& block = table.block(b.raw_prefix, b.tags);
    block.current = true;
    table.setBounds(block, b.bounds);
  }
  for (SeriesTable* t : impl_->tables) {
    for (auto& [prefix, block] : t->blocks()) {
      if (block->current) {
        block->last_current = impl_->configurations;
      } else {
        t->forgetGauges(*block);  // the master's: nobody will set them again
      }
    }
  }
  impl_->forgetFormer();
}

void Aggregate::setGauge(const std::string& raw_name, uint64_t value) {
  auto place = impl_->resolve(raw_name);
  if (!place || place->table->def(place->at.stat).type != StatType::Gauge) return;
  place->block->retired.set(place->at.cell, value);
  place->block->gauge_used[place->at.stat] = true;
}

void Aggregate::setGauges(Scope scope, const std::string& raw_prefix,
                          std::initializer_list<GaugeValue> values) {
  SeriesTable& table = impl_->table(scope);
  SeriesBlock* block = table.find(raw_prefix);
  if (block == nullptr) return;
  for (const GaugeValue& gauge : values) {
    DCHECK(table.def(gauge.stat).type == StatType::Gauge);
    block->retired.set(table.offset(gauge.stat), gauge.value);
    block->gauge_used[gauge.stat] = true;
  }
}

void Aggregate::addCounter(const std::string& raw_name, uint64_t n) {
  auto place = impl_->resolve(raw_name);
  if (!place) return;
  const StatType type = place->table->def(place->at.stat).type;
  if (type == StatType::Gauge || type == StatType::Histogram) return;
  place->block->retired.add(place->at.cell, n);
  if (type == StatType::Codes) place->table->markCode(*place->block, place->at);
}

uint64_t Aggregate::counted(const std::string& raw_name) const {
  const auto place = impl_->resolve(raw_name);
  if (!place || place->table->def(place->at.stat).type != StatType::Counter) return 0;
  impl_->refresh();
  return place->block->sum(place->at.cell);
}

void Aggregate::observe(const std::string& raw_name, uint64_t microseconds) {
  auto place = impl_->resolve(raw_name);
  if (!place || place->table->def(place->at.stat).type != StatType::Histogram) return;
  const auto* own = boundsOf(place->block->bounds, place->at.stat);
  const size_t bucket = own == nullptr ? bucketOf(microseconds) : bucketOf(microseconds, own->us);
  place->block->retired.add(place->at.cell + bucket, 1);
  place->block->retired.add(place->at.cell + stats::kHistogramCells - 1, microseconds);
}

void Aggregate::setText(const std::string& raw_name, const std::string& text) {
  impl_->texts[raw_name] = text;
}

void Aggregate::setOwn(const std::string& family, StatType type,
                       std::vector<std::pair<std::string, std::string>> labels, uint64_t value,
                       std::string raw_name) {
  Impl::Own& own = impl_->own[family];
  own.type = type;
  if (!raw_name.empty()) own.raw_names[labels] = std::move(raw_name);
  own.values[std::move(labels)] = value;
}

void Aggregate::addOwn(const std::string& family,
                       std::vector<std::pair<std::string, std::string>> labels, uint64_t n) {
  Impl::Own& own = impl_->own[family];
  own.type = StatType::Counter;
  own.values[std::move(labels)] += n;
}

void Aggregate::observeOwn(const std::string& family, uint64_t microseconds) {
  Impl::OwnHistogram& own = impl_->own_histograms[family];
  own.buckets[bucketOf(microseconds)] += 1;
  own.sum_us += microseconds;
  own.used = true;
}

void Aggregate::showOwnHistogram(const std::string& family) {
  impl_->own_histograms[family];
}

void Aggregate::dropOwn(const std::string& family) {
  impl_->own.erase(family);
}

namespace {

Json::Value toJson(const Labels& labels) {
  Json::Value out(Json::arrayValue);
  for (const auto& [name, value] : labels) {
    out.append(name);
    out.append(value);
  }
  return out;
}

Labels labelsFrom(const Json::Value& list) {
  Labels out;
  for (Json::ArrayIndex i = 0; list.isArray() && i + 1 < list.size(); i += 2) {
    if (list[i].isString() && list[i + 1].isString()) {
      out.emplace_back(list[i].asString(), list[i + 1].asString());
    }
  }
  return out;
}

// By the names of the stats: the program that reads it may have others.
Json::Value cellsToJson(const SeriesTable& table, const SparseCells& cells) {
  Json::Value out(Json::objectValue);
  for (size_t i = 0; i < table.statCount(); ++i) {
    const size_t first = table.offset(i), end = table.offset(i + 1);
    if (!cells.anyIn(first, end)) continue;
    Json::Value& list = out[std::string(table.def(i).name)] = Json::Value(Json::arrayValue);
    for (size_t cell = first; cell < end; ++cell) list.append(Json::Value::UInt64{cells[cell]});
  }
  return out;
}

void cellsFromJson(const SeriesTable& table, const Json::Value& saved, SparseCells& cells) {
  if (!saved.isObject()) return;
  for (size_t i = 0; i < table.statCount(); ++i) {
    const Json::Value& list = saved[std::string(table.def(i).name)];
    if (!list.isArray() || list.size() != table.offset(i + 1) - table.offset(i)) continue;
    for (Json::ArrayIndex k = 0; k < list.size(); ++k) {
      if (list[k].isUInt64()) cells.set(table.offset(i) + k, list[k].asUInt64());
    }
  }
}

}  // namespace

Json::Value Aggregate::save() const {
  Json::Value out(Json::objectValue);
  out["configurations"] = Json::Value::UInt64{impl_->configurations};
  Json::Value& tables = out["tables"] = Json::Value(Json::arrayValue);
  for (const SeriesTable* t : impl_->tables) {
    Json::Value table(Json::objectValue);
    table["family"] = t->familyPrefix();
    Json::Value& blocks = table["blocks"] = Json::Value(Json::arrayValue);
    for (const auto& [prefix, block] : t->blocks()) {
      Json::Value b(Json::objectValue);
      b["prefix"] = prefix;
      b["tags"] = toJson(block->tags);
      b["last_current"] = Json::Value::UInt64{block->last_current};
      b["retired"] = cellsToJson(*t, block->retired);
      b["baseline"] = cellsToJson(*t, block->baseline);
      blocks.append(std::move(b));
    }
    tables.append(std::move(table));
  }
  Json::Value& own = out["own"] = Json::Value(Json::arrayValue);
  for (const auto& [family, values] : impl_->own) {
    for (const auto& [labels, value] : values.values) {
      Json::Value one(Json::objectValue);
      one["family"] = family;
      one["counter"] = values.type == StatType::Counter;
      one["labels"] = toJson(labels);
      one["value"] = Json::Value::UInt64{value};
      own.append(std::move(one));
    }
  }
  return out;
}

bool Aggregate::restore(const Json::Value& saved) {
  if (!saved.isObject() || !saved["tables"].isArray() || !saved["own"].isArray()) return false;
  if (!base::getUint(saved, "configurations", &impl_->configurations)) return false;
  for (const Json::Value& table : saved["tables"]) {
    if (!table.isObject() || !table["family"].isString() || !table["blocks"].isArray())
      return false;
    for (SeriesTable* t : impl_->tables) {
      if (t->familyPrefix() != table["family"].asString()) continue;
      for (const Json::Value& b : table["blocks"]) {
        if (!b.isObject() || !b["prefix"].isString()) return false;
        SeriesBlock& block = t->block(b["prefix"].asString(), labelsFrom(b["tags"]));
        base::getUint(b, "last_current", &block.last_current);
        cellsFromJson(*t, b["retired"], block.retired);
        cellsFromJson(*t, b["baseline"], block.baseline);
      }
    }
  }
  for (const Json::Value& one : saved["own"]) {
    uint64_t value = 0;
    bool counter = false;
    if (!one.isObject() || !one["family"].isString() || !base::getUint(one, "value", &value) ||
        !base::getBool(one, "counter", &counter)) {
      return false;
    }
    setOwn(one["family"].asString(), counter ? StatType::Counter : StatType::Gauge,
           labelsFrom(one["labels"]), value);
  }
  return true;
}

void Aggregate::resetCounters() {
  for (SeriesTable* t : impl_->tables) {
    for (auto& [prefix, block] : t->blocks()) t->reset(*block);
  }
}

void Aggregate::refresh() const {
  impl_->refresh();
}

const SeriesBlock* Aggregate::block(Scope scope, const std::string& raw_prefix) const {
  return impl_->table(scope).find(raw_prefix);
}

const std::map<std::string, std::string>& Aggregate::texts() const {
  return impl_->texts;
}

std::vector<FamilySource> Aggregate::sources() const {
  std::vector<FamilySource> out;
  for (const SeriesTable* t : impl_->tables) {
    if (t->blocks().empty()) continue;
    for (size_t i = 0; i < t->statCount(); ++i) {
      out.push_back({{shownType(t->def(i).type), t->familyOf(i)}, t, i});
    }
  }
  for (const auto& [name, own] : impl_->own) out.push_back({{own.type, name}});
  for (const auto& [name, own] : impl_->own_histograms) {
    out.push_back({{StatType::Histogram, name}});
  }
  auto rank = [](StatType t) { return t == StatType::Counter ? 0 : t == StatType::Gauge ? 1 : 2; };
  std::sort(out.begin(), out.end(), [&](const FamilySource& a, const FamilySource& b) {
    return std::pair(rank(a.family.type), std::string_view(a.family.name)) <
           std::pair(rank(b.family.type), std::string_view(b.family.name));
  });
  return out;
}

std::vector<Family> Aggregate::families() const {
  std::vector<Family> out;
  for (FamilySource& source : sources()) out.push_back(std::move(source.family));
  return out;
}

void Aggregate::setRules(std::shared_ptr<const SeriesRules> rules) {
  impl_->rules = std::move(rules);
  for (SeriesTable* t : impl_->tables) {
    for (auto& [prefix, block] : t->blocks()) block->judged_by = nullptr;
  }
}

const std::shared_ptr<const SeriesRules>& Aggregate::rules() const {
  return impl_->rules;
}

std::span<const double> boundsMs(const Series& series) {
  if (series.bounds != nullptr) return series.bounds->ms;
  return stats::kHistogramBoundsMs;
}

std::vector<Series> Aggregate::collectFamily(const Family& family,
                                             const RawFilter& raw_filter) const {
  impl_->refresh();
  std::vector<Series> out;
  const SeriesRules* rules = impl_->rules.get();
  for (const SeriesTable* t : impl_->tables) {
    auto stat = t->statOfFamily(family.name);
    if (!stat) continue;
    SeriesWriter writer(*t, *stat, raw_filter, rules, &out);
    for (const auto& [prefix, block] : t->blocks()) writer.write(*block);
  }
  const auto wanted = [&](const std::string& raw) {
    return (rules == nullptr || rules->keeps(raw)) && (!raw_filter || raw_filter(raw));
  };
  auto histogram = impl_->own_histograms.find(family.name);
  if (histogram != impl_->own_histograms.end()) {
    std::string raw = inMilliseconds(family.name);
    if (!wanted(raw)) return out;
    Series& s = out.emplace_back();
    s.raw_name = std::move(raw);
    s.family = family.name;
    s.type = StatType::Histogram;
    s.buckets = histogram->second.buckets;
    s.sum_us = histogram->second.sum_us;
    s.used = histogram->second.used;
    return out;
  }
  auto own = impl_->own.find(family.name);
  if (own == impl_->own.end()) return out;
  for (const auto& [labels, value] : own->second.values) {
    const auto named = own->second.raw_names.find(labels);
    std::string raw = named == own->second.raw_names.end() ? family.name : named->second;
    if (raw == family.name) {
      for (const auto& label : labels) raw += "." + label.second;
    }
    if (!wanted(raw)) continue;
    Series& s = out.emplace_back();
    s.raw_name = std::move(raw);
    s.family = family.name;
    s.labels = labels;
    s.type = own->second.type;
    s.value = value;
    s.used = true;
  }
  return out;
}

std::vector<Series> Aggregate::collect(const RawFilter& raw_filter) const {
  std::vector<Series> out;
  for (const Family& family : families()) {
    auto part = collectFamily(family, raw_filter);
    std::move(part.begin(), part.end(), std::back_inserter(out));
  }
  std::sort(out.begin(), out.end(), [](const Series& a, const Series& b) {
    return std::tie(a.family, a.labels) < std::tie(b.family, b.labels);
  });
  return out;
}

}  // namespace convoy::master

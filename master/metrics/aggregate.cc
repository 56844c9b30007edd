#include "master/metrics/aggregate.h"

#include <algorithm>
#include <array>
#include <set>

#include "common/stats/stat_tables.h"
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

}  // namespace

struct Aggregate::Impl {
  struct Attached {
    std::shared_ptr<const stats::Directory> directory;
    std::shared_ptr<stats::Slab> slab;
    std::vector<std::pair<SeriesTable*, SeriesBlock*>> blocks;
  };
  struct Own {
    StatType type;
    std::map<Labels, uint64_t> values;
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
  SeriesTable cluster = tableOf(Scope::Cluster);
  SeriesTable worker{kWorkerDefs.data(), kWorkerDefs.size(), "envoy_listener_worker_"};
  // Envoy takes no address label from "listener.admin.".
  SeriesTable admin = tableOf(Scope::Listener, "envoy_listener_admin_");
  SeriesTable admin_http = tableOf(Scope::ListenerHttp, "envoy_listener_admin_http_");
  SeriesTable admin_thread{kWorkerDefs.data(), kWorkerDefs.size(),
                           "envoy_listener_admin_main_thread_"};
  const std::array<SeriesTable*, 10> tables = {&admin_http, &admin_thread, &admin,         &worker,
                                               &server,     &listener,     &listener_http, &http,
                                               &tcp,        &cluster};

  std::vector<Attached> attached;
  std::map<std::string, Own> own;
  std::map<std::string, std::string> texts;
  uint64_t configurations = 0;

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
  Impl::Attached entry{std::move(directory), std::move(slab), {}};
  auto join = [&](SeriesTable& table, const std::string& prefix, const Labels& tags,
                  uint32_t cell) -> SeriesBlock& {
    SeriesBlock& block = table.block(prefix, tags);
    block.living.push_back({entry.slab.get(), cell});
    entry.blocks.emplace_back(&table, &block);
    return block;
  };
  const std::string id = std::to_string(slot);
  for (const stats::Block& b : entry.directory->blocks()) {
    join(impl_->table(b.scope), b.raw_prefix, b.tags, b.first_cell);
    if (b.scope != Scope::Listener) continue;
    Labels tags = {{"envoy_worker_id", id}};
    tags.insert(tags.end(), b.tags.begin(), b.tags.end());
    join(impl_->worker, b.raw_prefix + "worker_" + id + ".", tags, b.first_cell).current = true;
  }
  impl_->attached.push_back(std::move(entry));
}

void Aggregate::retire(const stats::Slab* slab) {
  auto it = std::find_if(impl_->attached.begin(), impl_->attached.end(),
                         [&](const Impl::Attached& a) { return a.slab.get() == slab; });
  if (it == impl_->attached.end()) return;
  for (auto& [table, block] : it->blocks) {
    auto living = std::find_if(block->living.begin(), block->living.end(),
                               [&](const SeriesBlock::Living& l) { return l.slab == slab; });
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
    impl_->table(b.scope).block(b.raw_prefix, b.tags).current = true;
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
  place->block->retired[place->at.cell] = value;
  place->block->gauge_used[place->at.stat] = true;
}

void Aggregate::addCounter(const std::string& raw_name, uint64_t n) {
  auto place = impl_->resolve(raw_name);
  if (!place) return;
  const StatType type = place->table->def(place->at.stat).type;
  if (type == StatType::Gauge || type == StatType::Histogram) return;
  place->block->retired[place->at.cell] += n;
  if (type == StatType::Codes) place->table->markCode(*place->block, place->at);
}

void Aggregate::observe(const std::string& raw_name, uint64_t microseconds) {
  auto place = impl_->resolve(raw_name);
  if (!place || place->table->def(place->at.stat).type != StatType::Histogram) return;
  const auto& bounds = stats::kHistogramBoundsUs;
  const size_t bucket = static_cast<size_t>(
      std::lower_bound(bounds.begin(), bounds.end(), microseconds) - bounds.begin());
  place->block->retired[place->at.cell + bucket] += 1;
  place->block->retired[place->at.cell + stats::kHistogramCells - 1] += microseconds;
}

void Aggregate::setText(const std::string& raw_name, const std::string& text) {
  impl_->texts[raw_name] = text;
}

void Aggregate::setOwn(const std::string& family, StatType type,
                       std::vector<std::pair<std::string, std::string>> labels, uint64_t value) {
  Impl::Own& own = impl_->own[family];
  own.type = type;
  own.values[std::move(labels)] = value;
}

void Aggregate::addOwn(const std::string& family,
                       std::vector<std::pair<std::string, std::string>> labels, uint64_t n) {
  Impl::Own& own = impl_->own[family];
  own.type = StatType::Counter;
  own.values[std::move(labels)] += n;
}

void Aggregate::dropOwn(const std::string& family) {
  impl_->own.erase(family);
}

void Aggregate::resetCounters() {
  for (SeriesTable* t : impl_->tables) {
    for (auto& [prefix, block] : t->blocks()) t->reset(*block);
  }
}

const std::map<std::string, std::string>& Aggregate::texts() const {
  return impl_->texts;
}

std::vector<Family> Aggregate::families() const {
  std::vector<Family> out;
  for (const SeriesTable* t : impl_->tables) {
    if (t->blocks().empty()) continue;
    for (size_t i = 0; i < t->statCount(); ++i) {
      out.push_back({shownType(t->def(i).type), t->familyOf(i)});
    }
  }
  for (const auto& [name, own] : impl_->own) out.push_back({own.type, name});
  auto rank = [](StatType t) { return t == StatType::Counter ? 0 : t == StatType::Gauge ? 1 : 2; };
  std::sort(out.begin(), out.end(), [&](const Family& a, const Family& b) {
    return std::pair(rank(a.type), std::string_view(a.name)) <
           std::pair(rank(b.type), std::string_view(b.name));
  });
  return out;
}

std::vector<Series> Aggregate::collectFamily(const Family& family,
                                             const RawFilter& raw_filter) const {
  std::vector<Series> out;
  for (const SeriesTable* t : impl_->tables) {
    auto stat = t->statOfFamily(family.name);
    if (!stat) continue;
    SeriesWriter writer(*t, *stat, raw_filter, &out);
    for (const auto& [prefix, block] : t->blocks()) writer.write(*block);
  }
  auto own = impl_->own.find(family.name);
  if (own == impl_->own.end()) return out;
  for (const auto& [labels, value] : own->second.values) {
    std::string raw = family.name;
    for (const auto& label : labels) raw += "." + label.second;
    if (raw_filter && !raw_filter(raw)) continue;
    out.push_back({std::move(raw), family.name, labels, own->second.type, value, {}, 0, true});
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

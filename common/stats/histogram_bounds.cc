#include "common/stats/histogram_bounds.h"

#include <algorithm>

namespace convoy::stats {

BoundsTable::BoundsTable(const config::StatsConfig& config) {
  for (const config::StatsConfig::Buckets& setting : config.buckets) {
    auto bounds = std::make_shared<HistogramBounds>();
    bounds->ms = setting.bounds_ms;
    bounds->us.fill(UINT64_MAX);
    std::transform(setting.bounds_ms.begin(), setting.bounds_ms.end(), bounds->us.begin(),
                   [](double ms) { return static_cast<uint64_t>(ms * 1000); });
    settings_.push_back({&setting.match, std::move(bounds)});
  }
}

std::shared_ptr<const BlockBounds> BoundsTable::of(const std::string& raw_prefix,
                                                   const StatDef* defs, size_t count) const {
  std::shared_ptr<BlockBounds> out;
  for (size_t i = 0; i < count && !settings_.empty(); ++i) {
    if (defs[i].type != StatType::Histogram) continue;
    const std::string raw = raw_prefix + std::string(defs[i].name);
    const auto setting = std::find_if(settings_.begin(), settings_.end(),
                                      [&](const Setting& s) { return s.match->matches(raw); });
    if (setting == settings_.end()) continue;
    if (out == nullptr) {
      out = std::make_shared<BlockBounds>();
      out->own.resize(count);
      out->by_stat.resize(count);
    }
    out->own[i] = setting->bounds;
    out->by_stat[i] = &setting->bounds->us;
  }
  return out;
}

}  // namespace convoy::stats

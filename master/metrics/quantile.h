// quantile: an estimate of a quantile from the fixed buckets of a histogram, linear inside a
// bucket, as Prometheus' histogram_quantile() does it. Master only (admin /stats and summaries).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace convoy::master {

// Envoy's supported quantiles.
inline constexpr std::array<double, 10> kQuantiles = {0,    0.25, 0.5,   0.75,  0.9,
                                                      0.95, 0.99, 0.995, 0.999, 1};

// Milliseconds; NaN if nothing was counted. `buckets` are not cumulative; the last is +Inf, whose
// values are taken as the largest bound.
double quantileMs(const std::vector<uint64_t>& buckets, std::span<const double> bounds_ms,
                  double quantile);

}  // namespace convoy::master

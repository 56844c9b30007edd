#include "master/metrics/quantile.h"

#include <limits>
#include <numeric>

namespace convoy::master {

double quantileMs(const std::vector<uint64_t>& buckets, std::span<const double> bounds,
                  double quantile) {
  const uint64_t count = std::accumulate(buckets.begin(), buckets.end(), uint64_t{0});
  if (count == 0) return std::numeric_limits<double>::quiet_NaN();
  const double rank = quantile * static_cast<double>(count);
  double below = 0;
  for (size_t i = 0; i < buckets.size() && i < bounds.size(); ++i) {
    const auto here = static_cast<double>(buckets[i]);
    if (here > 0 && below + here >= rank) {
      const double low = i == 0 ? 0 : bounds[i - 1];
      return low + (bounds[i] - low) * (rank - below) / here;
    }
    below += here;
  }
  return bounds.back();
}

}  // namespace convoy::master

// edf: earliest deadline first over the hosts of a cluster. A host that is picked comes back after
// a time of its own (1 / weight, or more if it is busy), so that in any stretch each gets its
// share, evenly spread. Owned by a load balancer; pick() allocates nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/random.h"
#include "worker/upstream/host.h"

namespace convoy::worker {

class EdfSchedule {
 public:
  explicit EdfSchedule(base::Random& random) : random_(random) {}
  // Hosts that stay keep their turn; new ones begin at a random point of their period, so that
  // workers do not all send their first request to the same host.
  void update(const std::vector<HostPtr>& hosts);
  // `period(const Host&)`: when the picked host is due again, in the same unit for all.
  template <typename Period>
  HostPtr pick(const Period& period);  // null if there is no host

 private:
  struct Entry {
    double deadline;
    uint64_t order;  // of two equal deadlines the older entry goes first
    HostPtr host;
  };
  // The heap functions of std keep the largest at the front.
  static bool isLater(const Entry& a, const Entry& b) {
    return a.deadline != b.deadline ? a.deadline > b.deadline : a.order > b.order;
  }
  void sinkFront();
  void rebase();

  base::Random& random_;
  std::vector<Entry> heap_;
  double now_ = 0;
  uint64_t order_ = 0;
};

inline double weightOf(const Host& host) {
  return host.weight == 0 ? 1.0 : static_cast<double>(host.weight);
}

template <typename Period>
HostPtr EdfSchedule::pick(const Period& period) {
  if (heap_.empty()) return nullptr;
  Entry& front = heap_.front();
  now_ = front.deadline;
  front.deadline += period(*front.host);
  front.order = ++order_;
  HostPtr host = front.host;
  sinkFront();
  // Keeps the sums far from where a double loses the small differences.
  if (now_ > 1e6) rebase();
  return host;
}

}  // namespace convoy::worker

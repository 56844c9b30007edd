#include "worker/upstream/lb_hash.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "common/base/hash.h"
#include "worker/upstream/edf.h"
#include "worker/upstream/lb_locality.h"

namespace convoy::worker {

namespace {

constexpr uint64_t kMurmurSeed = 0xc70f6907;  // of libstdc++'s std::hash, which Envoy follows

// Weights of hosts, in localities that have weights of their own if the configuration says so.
std::vector<HashPicker::Weighted> normalized(const std::vector<HostPtr>& hosts,
                                             const std::vector<HostPtr>& level,
                                             const config::LoadBalancing& config) {
  std::map<uint32_t, double> sums, shares;
  double total = 0;
  for (const HostPtr& host : hosts) {
    sums[config.locality_weighted ? host->locality : 0] += weightOf(*host);
  }
  if (config.locality_weighted) {
    shares = localityShares(hosts, level, config.overprovisioning_factor);
    for (const auto& [locality, share] : shares) total += share;
  }
  std::vector<HashPicker::Weighted> out;
  for (const HostPtr& host : hosts) {
    double weight = weightOf(*host) / sums[config.locality_weighted ? host->locality : 0];
    if (config.locality_weighted) {
      weight = total == 0 ? 0 : weight * shares[host->locality] / total;
    }
    if (weight > 0) out.push_back({host, weight});
  }
  return out;
}

}  // namespace

std::string_view hashKeyOf(const Host& host, bool use_hostname) {
  if (!host.hash_key.empty()) return host.hash_key;
  return use_hostname ? host.hostname : host.address_text;
}

// MurmurHash2, 64 bits, by A. Appleby (in the public domain), as libstdc++ has it.
uint64_t murmurHash2(std::string_view bytes, uint64_t seed) {
  constexpr uint64_t kMul = 0xc6a4a7935bd1e995ull;
  const auto mix = [](uint64_t v) { return v ^ (v >> 47); };
  uint64_t hash = seed ^ (bytes.size() * kMul);
  while (bytes.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof(word));
    bytes.remove_prefix(sizeof(word));
    hash = (hash ^ mix(word * kMul) * kMul) * kMul;
  }
  if (!bytes.empty()) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    hash = (hash ^ word) * kMul;
  }
  return mix(mix(hash) * kMul);
}

// --- HashPicker ---

void HashPicker::update(const std::vector<HostPtr>& hosts, const std::vector<HostPtr>& level) {
  hosts_ = normalized(hosts, level, config_);
  build(hosts_);
}

HostPtr HashPicker::choose(const PickContext& context) {
  if (hosts_.empty()) return nullptr;
  const uint64_t hash = context.hash ? *context.hash : random_.next();
  uint32_t host = find(hash, context.attempt);
  if (config_.hash_balance_factor != 0) host = leastLoaded(host, hash);
  return hosts_[host].host;
}

double HashPicker::overload(uint32_t host, uint64_t slots) const {
  const double own = std::max(std::ceil(static_cast<double>(slots) * hosts_[host].weight), 1.0);
  return static_cast<double>(hosts_[host].host->active_requests) / own;
}

// After "Consistent Hashing with Bounded Loads" (Mirrokni, Thorup, Zadimoghaddam 2016): the others
// are asked in an order that the hash gives. What is active is what this worker has sent.
uint32_t HashPicker::leastLoaded(uint32_t first, uint64_t hash) const {
  uint64_t active = 0;
  for (const Weighted& entry : hosts_) active += entry.host->active_requests;
  const uint64_t slots = ((active + 1) * config_.hash_balance_factor + 99) / 100;
  double least = overload(first, slots);
  if (least <= 1) return first;
  const auto count = static_cast<uint32_t>(hosts_.size());
  std::vector<uint32_t> order(count);
  for (uint32_t i = 0; i < count; ++i) order[i] = i;
  std::mt19937 random(static_cast<uint32_t>(hash));
  const auto below = [&random](uint32_t bound) {
    const uint64_t step = (uint64_t{std::mt19937::max()} + 1) / bound;
    uint64_t drawn = bound;
    while (drawn >= bound) drawn = random() / step;
    return static_cast<uint32_t>(drawn);
  };
  uint32_t best = first;
  for (uint32_t i = 0; i < count; ++i) {
    std::swap(order[i], order[i + below(count - i)]);
    if (order[i] == first) continue;
    const double load = overload(order[i], slots);
    if (load <= 1) return order[i];
    if (load < least) {
      least = load;
      best = order[i];
    }
  }
  return best;
}

// --- RingHash ---

void RingHash::build(const std::vector<Weighted>& hosts) {
  ring_.clear();
  if (hosts.empty()) return;
  double least = 1;
  for (const Weighted& entry : hosts) least = std::min(least, entry.weight);
  // The host with the least weight has a whole number of points, and the ring at least so many.
  const double scale =
      std::min(std::ceil(least * static_cast<double>(config().min_ring_size)) / least,
               static_cast<double>(config().max_ring_size));
  ring_.reserve(static_cast<size_t>(std::ceil(scale)));
  double points = 0, wanted = 0;
  for (uint32_t i = 0; i < hosts.size(); ++i) {
    const std::string prefix =
        std::string(hashKeyOf(*hosts[i].host, config().use_hostname_for_hashing)) + "_";
    wanted += scale * hosts[i].weight;
    for (uint64_t n = 0; points < wanted; ++n, ++points) {
      const std::string key = prefix + std::to_string(n);
      ring_.push_back(
          {config().murmur_hash ? murmurHash2(key, kMurmurSeed) : base::xxHash64(key), i});
    }
  }
  std::sort(ring_.begin(), ring_.end(),
            [](const Point& a, const Point& b) { return a.hash < b.hash; });
}

uint32_t RingHash::find(uint64_t hash, uint32_t attempt) const {
  const auto next = std::lower_bound(ring_.begin(), ring_.end(), hash,
                                     [](const Point& p, uint64_t h) { return p.hash < h; });
  const size_t at = next == ring_.end() ? 0 : static_cast<size_t>(next - ring_.begin());
  return ring_[(at + attempt) % ring_.size()].host;
}

// --- Maglev ---

// "Maglev: A Fast and Reliable Software Network Load Balancer" (Eisenbud et al. 2016), listing 1,
// with weights as Envoy has them: a host with a third of the greatest weight has a turn in three.
void Maglev::build(const std::vector<Weighted>& hosts) {
  constexpr uint32_t kFree = std::numeric_limits<uint32_t>::max();
  table_.clear();
  if (hosts.empty()) return;
  struct Entry {
    std::string_view key;
    uint32_t host;
    uint64_t offset, skip, next = 0;
    double weight, target;
  };
  std::vector<Entry> entries;
  const uint64_t size = config().table_size;
  double most = 0;
  for (uint32_t i = 0; i < hosts.size(); ++i) {
    const std::string_view key = hashKeyOf(*hosts[i].host, config().use_hostname_for_hashing);
    entries.push_back({key, i, base::xxHash64(key) % size, base::xxHash64(key, 1) % (size - 1) + 1,
                       0, hosts[i].weight, hosts[i].weight});
    most = std::max(most, hosts[i].weight);
  }
  // The order of the hosts decides who takes a place first.
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });
  table_.assign(size, kFree);
  uint64_t filled = 0;
  for (uint32_t turn = 1; filled < size; ++turn) {
    for (Entry& entry : entries) {
      if (filled == size) break;
      if (turn * entry.weight < entry.target) continue;
      entry.target += most;
      uint64_t at = (entry.offset + entry.skip * entry.next) % size;
      while (table_[at] != kFree) at = (entry.offset + entry.skip * ++entry.next) % size;
      table_[at] = entry.host;
      ++entry.next;
      ++filled;
    }
  }
}

uint32_t Maglev::find(uint64_t hash, uint32_t attempt) const {
  if (attempt > 0) hash ^= ~uint64_t{0} - attempt + 1;
  return table_[hash % table_.size()];
}

}  // namespace convoy::worker

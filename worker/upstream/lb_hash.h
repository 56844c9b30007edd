// lb_hash: the pickers that keep a hash at its host: RING_HASH (ketama, as Envoy's) and MAGLEV, so
// that the same hash meets the same host in Envoy and here, and most keep theirs when hosts come
// and go. Without a hash any host is taken. With hash_balance_factor a host that is too busy passes
// on what is too much. Owned by a LoadBalancer; worker loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "worker/upstream/host_picker.h"

namespace convoy::worker {

// What hashes to a host: hash_key of its metadata, or its name or address.
std::string_view hashKeyOf(const Host& host, bool use_hostname);
uint64_t murmurHash2(std::string_view bytes, uint64_t seed);

class HashPicker : public HostPicker {
 public:
  struct Weighted {
    HostPtr host;
    double weight;  // all add up to 1
  };
  HashPicker(const config::LoadBalancing& config, base::Random& random)
      : config_(config), random_(random) {}
  void update(const std::vector<HostPtr>& hosts, const std::vector<HostPtr>& level) final;
  HostPtr choose(const PickContext& context) final;

 protected:
  virtual void build(const std::vector<Weighted>& hosts) = 0;
  // An index of build()'s hosts. REQUIRES: there is one.
  virtual uint32_t find(uint64_t hash, uint32_t attempt) const = 0;
  const config::LoadBalancing& config() const { return config_; }

 private:
  uint32_t leastLoaded(uint32_t first, uint64_t hash) const;
  double overload(uint32_t host, uint64_t slots) const;

  const config::LoadBalancing& config_;
  base::Random& random_;
  std::vector<Weighted> hosts_;
};

class RingHash final : public HashPicker {
 public:
  using HashPicker::HashPicker;

 private:
  void build(const std::vector<Weighted>& hosts) override;
  uint32_t find(uint64_t hash, uint32_t attempt) const override;
  struct Point {
    uint64_t hash;
    uint32_t host;
  };
  std::vector<Point> ring_;  // by hash
};

class Maglev final : public HashPicker {
 public:
  using HashPicker::HashPicker;

 private:
  void build(const std::vector<Weighted>& hosts) override;
  uint32_t find(uint64_t hash, uint32_t attempt) const override;
  std::vector<uint32_t> table_;
};

}  // namespace convoy::worker

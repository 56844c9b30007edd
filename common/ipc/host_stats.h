// host_stats: what a worker knows of single hosts, which is too much for shared memory (hosts come
// and go) and told when the master asks: the dashboard shows some clusters at a time. Payloads of
// the messages HostStats (master to worker) and HostStatsTold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace convoy::ipc {

struct HostNumbers {
  uint64_t active = 0;   // requests under way
  uint64_t answers = 0;  // of the host, or failures to get one
  uint64_t errors = 0;   // of these: 5xx, or none
  uint64_t timed = 0;    // answers whose beginning was timed
  uint64_t time_us = 0;  // from the start of an attempt to the head of its answer, over all those
};
HostNumbers& operator+=(HostNumbers& sum, const HostNumbers& more);

struct HostStatsPayload {
  static constexpr size_t kMaxClusters = 16;
  std::vector<uint32_t> clusters;  // indices into Bootstrap::clusters
};
struct HostStatsToldPayload {
  static constexpr size_t kMaxHosts = 256;  // of a cluster
  struct Host {
    uint32_t cluster = 0;
    std::string address;  // as net::Address prints it
    HostNumbers numbers;
  };
  std::vector<Host> hosts;
};

std::string toJson(const HostStatsPayload&);
std::string toJson(const HostStatsToldPayload&);
// False if the text is not what toJson writes.
bool fromJson(const std::string& text, HostStatsPayload* out);
bool fromJson(const std::string& text, HostStatsToldPayload* out);

}  // namespace convoy::ipc

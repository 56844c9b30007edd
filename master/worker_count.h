// worker_count: how many CPUs this process may really use: the smaller of its affinity mask and the
// CPU quota of its cgroup (v2 or v1, the tightest of all ancestors, rounded up), never below one.
// The host's count would start 64 workers in a container that is allowed two CPUs. Master, once at
// start.
#pragma once

#include <cstdint>
#include <string>

namespace convoy::master {

uint32_t affinityCpus();
// `root` is prefixed to /proc and /sys: "" in production, a fake tree in tests. 0 = no quota.
uint32_t quotaCpus(const std::string& root);
uint32_t usableCpus(uint32_t affinity, const std::string& root);

}  // namespace convoy::master

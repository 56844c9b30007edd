// usable_hosts: which hosts of a cluster may be chosen now: priorities and the panic threshold.
// Envoy spreads load over priorities by degree of health; here the first good level takes all. Pure
// function, worker loop.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/upstream/host.h"

namespace convoy::worker {

// The healthy hosts of the lowest priority number of which at least `panic_threshold` percent are
// healthy. If there is none: all hosts (panic) of the lowest priority with a healthy host, or else
// of the lowest priority. A threshold of 0 means no panic: then only healthy hosts, or nothing.
std::vector<HostPtr> usableHosts(const std::vector<HostPtr>& hosts, uint32_t panic_threshold);

}  // namespace convoy::worker

// accept_queue: how many connections wait in the kernel for a worker to accept them, per listening
// address: what shows that workers cannot keep up. Asked at a scrape; master.
#pragma once

#include <cstdint>

#include "master/listeners.h"
#include "master/metrics/aggregate.h"

namespace convoy::master {

// Of all its sockets together; 0 for a unix socket, of which the kernel does not tell.
uint64_t acceptQueueLength(const BoundAddress& bound);
// convoy_accept_queue_len of every listener.
void setAcceptQueues(const config::Bootstrap& bootstrap, const ListenerSet& listeners,
                     Aggregate& aggregate);

}  // namespace convoy::master

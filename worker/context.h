// context: what every room of one worker process is handed: the loop, randomness, the configuration
// of this generation, its counters, clusters and log files. Owned by Worker (worker.cc), made once
// when the configuration arrived; outlives every connection. No singletons: this reference is
// passed down.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/random.h"
#include "common/config/model/bootstrap.h"
#include "common/ipc/messages.h"
#include "common/net/event_loop.h"
#include "common/net/tls_tickets.h"
#include "common/stats/directory.h"
#include "common/stats/limits_page.h"
#include "common/stats/slab.h"
#include "worker/http/date_header.h"

namespace convoy::worker {

class ClusterSet;
class Descriptors;
class Handover;
class Ledger;
class LogSinks;
class StreamPool;

// What a worker tells the master on its own. Implemented by Worker.
class MasterLink {
 public:
  virtual ~MasterLink() = default;
  virtual void hostFailing(const ipc::HostFailingPayload& report) = 0;
  virtual void hostRates(const ipc::HostRatesPayload& rates) = 0;
};

// Connections that a deadline cut while something was under way on them.
struct CutCounts {
  uint64_t http = 0, tcp = 0, upgrade = 0;
};

struct WorkerContext {
  net::EventLoop& loop;
  base::Random& random;
  std::shared_ptr<const config::Bootstrap> bootstrap;
  stats::Directory directory;
  std::unique_ptr<stats::Slab> slab;
  std::string hostname;
  DateHeader date;

  ClusterSet* clusters = nullptr;
  LogSinks* sinks = nullptr;
  StreamPool* streams = nullptr;
  Handover* handover = nullptr;
  MasterLink* master = nullptr;
  // Made by the master; empty until it has sent them.
  std::shared_ptr<net::TlsTickets> tickets = std::make_shared<net::TlsTickets>();
  Ledger* ledger = nullptr;            // null without --sentinel
  Descriptors* descriptors = nullptr;  // null: without limit

  // A new generation has taken over, or the server stops: connections that cannot be handed over
  // end with their next answer (Connection: close).
  bool draining = false;
  // Somebody has posted /healthcheck/fail: each answer asks its client to leave, as Envoy's do, so
  // that who waits for the end of the connections (shutdown managers of control planes) sees it.
  bool health_failed = false;
  uint64_t next_connection_id = 1;
  // Of limits that all workers share; null: this one counts on its own.
  std::unique_ptr<stats::LimitsPage> limits = nullptr;
  std::vector<uint32_t> limit_seats = {};  // of Directory::seatNames()
  uint32_t concurrency = 1;
  config::Node self = {};  // node, with what the command line says of it

  stats::CellRef cells(uint32_t first) {
    return {slab->cells() + first, directory.boundsAt(first)};
  }
};

}  // namespace convoy::worker

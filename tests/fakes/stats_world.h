// stats_world: configurations and workers' slabs for tests of metrics and admin, without processes:
// a "worker" is its slab, written through StatBlocks as the real one does.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/config/model/bootstrap.h"
#include "common/stats/directory.h"
#include "common/stats/slab.h"
#include "common/stats/stat_tables.h"

namespace convoy::fakes {

// One HTTP listener on 127.0.0.1:10000 (stat_prefix "ingress"), one TCP listener on :10001
// (stat_prefix "redis"), and a STATIC cluster of each name.
std::shared_ptr<config::Bootstrap> bootstrapWith(const std::vector<std::string>& clusters);

struct WorkerSlab {
  std::shared_ptr<const stats::Directory> directory;
  std::shared_ptr<stats::Slab> slab;
  stats::StatBlock<stats::ClusterStat> cluster(size_t index) const;
  stats::StatBlock<stats::HttpStat> http() const;
  stats::StatBlock<stats::ListenerStat> listener() const;
  stats::StatBlock<stats::ListenerHttpStat> listenerHttp() const;
  stats::StatBlock<stats::ServerStat> server() const;
};
std::shared_ptr<const stats::Directory> directoryOf(const config::Bootstrap& bootstrap);
WorkerSlab workerOf(std::shared_ptr<const stats::Directory> directory, uint32_t generation,
                    uint32_t slot);

}  // namespace convoy::fakes

#include "tests/fakes/stats_world.h"

namespace convoy::fakes {

namespace {

config::Listener listenerOn(uint16_t port) {
  config::Listener listener;
  listener.name = "listener_" + std::to_string(port);
  listener.address.address = "127.0.0.1";
  listener.address.port_value = port;
  return listener;
}

}  // namespace

std::shared_ptr<config::Bootstrap> bootstrapWith(const std::vector<std::string>& clusters) {
  auto bootstrap = std::make_shared<config::Bootstrap>();
  config::HttpConnectionManager http;
  http.stat_prefix = "ingress";
  bootstrap->listeners.push_back(listenerOn(10000));
  bootstrap->listeners.back().filter_chain.terminal = http;
  config::TcpProxy tcp;
  tcp.stat_prefix = "redis";
  bootstrap->listeners.push_back(listenerOn(10001));
  bootstrap->listeners.back().filter_chain.terminal = tcp;
  for (const std::string& name : clusters) {
    config::Cluster cluster;
    cluster.name = name;
    bootstrap->clusters.push_back(cluster);
  }
  return bootstrap;
}

std::shared_ptr<const stats::Directory> directoryOf(const config::Bootstrap& bootstrap) {
  return std::make_shared<const stats::Directory>(stats::Directory::build(bootstrap));
}

WorkerSlab workerOf(std::shared_ptr<const stats::Directory> directory, uint32_t generation,
                    uint32_t slot) {
  auto slab =
      stats::Slab::create(directory->layoutHash(), directory->cellCount(), generation, slot);
  return {std::move(directory), std::shared_ptr<stats::Slab>(std::move(slab).value())};
}

static stats::CellRef refOf(const WorkerSlab& worker, uint32_t first_cell) {
  return {worker.slab->cells() + first_cell, worker.directory->boundsAt(first_cell)};
}

stats::StatBlock<stats::ClusterStat> WorkerSlab::cluster(size_t index) const {
  return stats::StatBlock<stats::ClusterStat>(refOf(*this, directory->cluster(index)));
}
stats::StatBlock<stats::HttpStat> WorkerSlab::http() const {
  return stats::StatBlock<stats::HttpStat>(refOf(*this, directory->http(0)));
}
stats::StatBlock<stats::ListenerStat> WorkerSlab::listener() const {
  return stats::StatBlock<stats::ListenerStat>(refOf(*this, directory->listener(0)));
}
stats::StatBlock<stats::ListenerHttpStat> WorkerSlab::listenerHttp() const {
  return stats::StatBlock<stats::ListenerHttpStat>(refOf(*this, directory->listenerHttp(0)));
}
stats::StatBlock<stats::ServerStat> WorkerSlab::server() const {
  return stats::StatBlock<stats::ServerStat>(refOf(*this, directory->server()));
}

}  // namespace convoy::fakes

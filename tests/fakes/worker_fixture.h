// worker_fixture: one worker's data path inside the test process: a WorkerContext, its clusters and
// listeners on an EventLoop, configured from YAML text. Listening sockets are bound here on port 0,
// as the master would. The loop is turned by runUntil(), so nothing sleeps.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "worker/context.h"
#include "worker/http/stream.h"
#include "worker/http/stream_pool.h"
#include "worker/listener/listener.h"
#include "worker/upstream/cluster.h"

namespace convoy::fakes {

class WorkerFixture {
 public:
  // Ports in `yaml` may be 0; hosts are given by setHosts.
  explicit WorkerFixture(const std::string& yaml);
  ~WorkerFixture();

  void setHosts(size_t cluster, const std::vector<uint16_t>& loopback_ports);
  uint16_t port(size_t listener) const { return ports_[listener]; }
  // Turns the loop until `condition` holds; false after `limit_ms`.
  bool runUntil(const std::function<bool()>& condition, uint64_t limit_ms = 5000);

  net::EventLoop& loop() { return loop_; }
  worker::WorkerContext& context() { return *context_; }
  worker::ClusterStats& clusterStats(size_t i) { return clusters_->at(i)->stats(); }
  worker::Listener& listener(size_t i) { return *listeners_[i]; }
  std::vector<std::unique_ptr<worker::Listener>>& listeners() { return listeners_; }

 private:
  net::EventLoop loop_;
  base::Random random_{42};
  std::unique_ptr<worker::WorkerContext> context_;
  std::unique_ptr<worker::LogSinks> sinks_;
  std::unique_ptr<worker::ClusterSet> clusters_;
  std::unique_ptr<worker::StreamPool> streams_;
  std::vector<std::unique_ptr<worker::Listener>> listeners_;
  std::vector<uint16_t> ports_;
};

}  // namespace convoy::fakes

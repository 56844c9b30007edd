#include "tests/fakes/worker_fixture.h"

#include "common/base/check.h"
#include "common/config/load.h"
#include "common/net/socket.h"
#include "worker/access_log/logger.h"

namespace convoy::fakes {

WorkerFixture::WorkerFixture(const std::string& yaml) {
  config::LoadResult loaded =
      config::load({config::Source{"test.yaml", yaml, config::Source::Format::Yaml}}, {});
  for (const auto& d : loaded.diagnostics) fprintf(stderr, "%s\n", config::render(d).c_str());
  CHECK(loaded.ok());
  context_ = std::make_unique<worker::WorkerContext>(
      worker::WorkerContext{loop_, random_, {}, {}, {}, {}, {}});
  context_->bootstrap = loaded.bootstrap;
  context_->directory = stats::Directory::build(*context_->bootstrap);
  context_->self = context_->bootstrap->node;
  auto slab =
      stats::Slab::create(context_->directory.layoutHash(), context_->directory.cellCount(), 1, 0);
  CHECK(slab.ok());
  context_->slab = std::move(*slab);
  sinks_ = std::make_unique<worker::LogSinks>(loop_);
  context_->sinks = sinks_.get();
  streams_ = std::make_unique<worker::StreamPool>(loop_);
  context_->streams = streams_.get();
  clusters_ = std::make_unique<worker::ClusterSet>(*context_);
  context_->clusters = clusters_.get();
  const auto& configs = context_->bootstrap->listeners;
  for (size_t i = 0; i < configs.size(); ++i) {
    auto address = net::Address::fromIp("127.0.0.1", 0);
    net::ListenOptions options;
    options.defer_accept = configs[i].http() != nullptr;
    auto fd = net::listenOn(*address, options);
    CHECK(fd.ok());
    ports_.push_back(net::Address::localOf(fd->get())->port());
    listeners_.push_back(std::make_unique<worker::Listener>(*context_, configs[i], i));
    listeners_.back()->addSocket(std::move(*fd), 0);
    listeners_.back()->startAccepting();
  }
}

WorkerFixture::~WorkerFixture() {
  clusters_->stopDialling();
  listeners_.clear();
  clusters_->closeIdle();
  runUntil([] { return true; });
}

void WorkerFixture::setHosts(size_t cluster, const std::vector<uint16_t>& loopback_ports) {
  std::vector<ipc::EndpointHost> hosts;
  for (uint16_t port : loopback_ports) {
    ipc::EndpointHost host;
    host.ip = "127.0.0.1";
    host.port = port;
    hosts.push_back(host);
  }
  clusters_->at(cluster)->setHosts(hosts);
}

bool WorkerFixture::runUntil(const std::function<bool()>& condition, uint64_t limit_ms) {
  const uint64_t deadline = loop_.nowUs() + limit_ms * 1000;
  bool met = false;
  auto timer = loop_.createTimer([&] { loop_.stop(); });
  while (!(met = condition()) && loop_.nowUs() < deadline) {
    timer->start(1);
    loop_.run();
  }
  return met;
}

}  // namespace convoy::fakes

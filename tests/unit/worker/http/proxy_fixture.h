// proxy_fixture: one worker between a client and fake upstreams, in the test's process.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/fake_upstream.h"
#include "tests/fakes/proxy_yaml.h"
#include "tests/fakes/raw_client.h"
#include "tests/fakes/worker_fixture.h"

namespace convoy {

using fakes::FakeUpstream;
using fakes::HttpMessage;
using fakes::RawClient;
using stats::ClusterStat;

class ProxyTest : public ::testing::Test {
 protected:
  void start(const std::string& manager = "", const std::string& route = "",
             const std::string& cluster = "") {
    worker_ = std::make_unique<fakes::WorkerFixture>(fakes::httpProxyYaml(manager, route, cluster));
  }
  // From the whole text.
  void startYaml(const std::string& yaml) {
    worker_ = std::make_unique<fakes::WorkerFixture>(yaml);
  }
  void serve(FakeUpstream& upstream) { worker_->setHosts(0, {upstream.port()}); }
  // Runs `client` in a thread of its own while the worker's loop turns here.
  void play(const std::function<void()>& client) {
    std::atomic<bool> done{false};
    std::thread thread([&] {
      client();
      done = true;
    });
    EXPECT_TRUE(worker_->runUntil([&] { return done.load(); }, 20000));
    thread.join();
  }
  HttpMessage get(const std::string& path, const std::string& fields = "") {
    HttpMessage answer;
    play([&] { answer = RawClient(port()).get(path, fields); });
    return answer;
  }
  uint16_t port() { return worker_->port(0); }
  worker::ClusterStats& stats() { return worker_->clusterStats(0); }

  std::unique_ptr<fakes::WorkerFixture> worker_;
};

}  // namespace convoy

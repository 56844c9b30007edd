#include "master/master.h"

#include <csignal>
#include <fstream>
#include <poll.h>

#include <gtest/gtest.h>

#include "tests/unit/master/fake_processes.h"

namespace convoy::master {
namespace {

constexpr const char* kConfig = R"(
static_resources:
  listeners:
  - name: front
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: front
          cluster: back
  clusters:
  - name: back
    load_assignment:
      cluster_name: back
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 9 } } }
)";

// The real master on a file of its own, with workers that are only the far ends of sockets.
class MasterTest : public ::testing::Test {
 protected:
  MasterTest() {
    options_.config_path = "/tmp/convoy-master-" + std::to_string(::getpid()) + ".yaml";
    options_.concurrency = 2;
    options_.drain_timeout_ms = 100;
    write(kConfig);
  }
  ~MasterTest() override { std::remove(options_.config_path.c_str()); }
  void write(const std::string& text) { std::ofstream(options_.config_path) << text; }
  // Runs the master; `script` is called each millisecond and drives it to its end.
  int run(std::function<void()> script) {
    Master master(loop_, processes_, options_, Notifier(""), {}, {});
    master_ = &master;
    std::unique_ptr<net::Timer> tick;
    int left = 8000;
    tick = loop_.createTimer([&] {
      buryTheObedient();
      if (--left == 0) loop_.stop();
      script();
      tick->start(1);
    });
    tick->start(1);
    const int code = master.run();
    EXPECT_GT(left, 0) << "the script did not end";
    return code;
  }
  // A worker that was told to drain or exit is dead at once.
  void buryTheObedient() {
    for (auto& worker : processes_.workers) {
      const bool told =
          worker->count(ipc::MessageType::Drain) != 0 || worker->count(ipc::MessageType::Exit) != 0;
      if (!bury_ || !told || buried_.count(worker->pid) != 0) continue;
      buried_.insert(worker->pid);
      processes_.dead.push_back({worker->pid, 0});
      ::raise(SIGCHLD);
    }
  }
  static bool accepts(uint16_t port) {
    base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    auto address = net::Address::fromIp("127.0.0.1", port);
    return ::connect(fd.get(), address->sockaddrPtr(), address->sockaddrLength()) == 0;
  }
  // Without waiting: a dropped SYN would be sent again for minutes, and the loop stands still.
  static bool refuses(uint16_t port) {
    base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    auto address = net::Address::fromIp("127.0.0.1", port);
    ::connect(fd.get(), address->sockaddrPtr(), address->sockaddrLength());
    pollfd p{fd.get(), POLLOUT, 0};
    ::poll(&p, 1, 5);
    int error = 0;
    socklen_t length = sizeof(error);
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    return error == ECONNREFUSED;
  }
  bool serving() const { return master_->state() == ServerState::Live; }

  Options options_;
  net::EventLoop loop_;
  FakeProcesses processes_{loop_};
  Master* master_ = nullptr;
  std::set<pid_t> buried_;
  bool bury_ = true;
};

TEST_F(MasterTest, ServesUntilTermAndLeavesWithZero) {
  bool stopped = false;
  const int code = run([&] {
    if (!serving() || stopped) return;
    EXPECT_EQ(master_->workers().size(), 2u);
    EXPECT_NE(master_->bootstrap()->listeners[0].address.port_value, 0);
    EXPECT_EQ(master_->hosts(0).size(), 1u);
    stopped = true;
    ::raise(SIGTERM);
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(processes_.workers[0]->count(ipc::MessageType::Drain), 1u);
}

TEST_F(MasterTest, AWrongConfigurationAtTheStartIsExitOne) {
  write("static_resources: {listeners: [{nmae: x}]}");
  EXPECT_EQ(run([] {}), 1);
  EXPECT_TRUE(processes_.workers.empty());
}

TEST_F(MasterTest, WorkersThatDieAtTheStartAreExitOne) {
  processes_.obedient = false;
  bool killed = false;
  EXPECT_EQ(run([&] {
              if (killed || processes_.workers.empty()) return;
              killed = true;
              processes_.dead.push_back({processes_.workers[0]->pid, 70 << 8});
              ::raise(SIGCHLD);
            }),
            1);
}

TEST_F(MasterTest, AReloadReplacesTheWorkersAndKeepsThePort) {
  uint16_t port = 0;
  bool asked = false;
  run([&] {
    if (serving() && !asked) {
      asked = true;
      port = master_->bootstrap()->listeners[0].address.port_value;
      ::raise(SIGHUP);
    }
    if (asked && master_->reloads().ok == 1 && master_->workers().size() == 2) {
      EXPECT_EQ(master_->reloads().generation, 2u);
      EXPECT_EQ(master_->bootstrap()->listeners[0].address.port_value, port);
      ::raise(SIGINT);
    }
  });
  EXPECT_EQ(processes_.workers.size(), 4u);
  EXPECT_EQ(processes_.workers[0]->count(ipc::MessageType::Drain), 1u);
}

TEST_F(MasterTest, AListenerThatAReloadDroppedRefusesWhileItsOldWorkersDrain) {
  bool asked = false;
  uint16_t port = 0;
  bury_ = false;
  run([&] {
    if (serving() && !asked) {
      asked = true;
      port = master_->bootstrap()->listeners[0].address.port_value;
      EXPECT_TRUE(accepts(port));
      std::string other = kConfig;
      write(other.replace(other.find("name: front"), 11, "name: other"));
      ::raise(SIGHUP);
    }
    if (asked && master_->reloads().ok == 1 && !bury_ && refuses(port)) {
      EXPECT_EQ(master_->workers().size(), 4u);
      bury_ = true;
      ::raise(SIGINT);
    }
  });
  EXPECT_TRUE(bury_);
}

TEST_F(MasterTest, ABrokenFileOnReloadTouchesNobody) {
  bool asked = false;
  std::string answer;
  run([&] {
    if (serving() && !asked) {
      asked = true;
      write("static_resources: {clusters: [{nmae: x}]}");
      master_->reload([&](const std::string& error) { answer = error; });
    }
    if (answer.empty()) return;
    EXPECT_EQ(master_->reloads().invalid, 1u);
    EXPECT_FALSE(master_->reloads().last_ok);
    EXPECT_EQ(master_->reloads().generation, 1u);
    ::raise(SIGINT);
  });
  EXPECT_NE(answer.find("nmae"), std::string::npos) << answer;
  EXPECT_EQ(processes_.workers.size(), 2u);
  EXPECT_EQ(processes_.workers[0]->count(ipc::MessageType::Drain), 0u);
}

TEST_F(MasterTest, ReadyFailsWhileItKeepsAcceptingAfterTerm) {
  options_.shutdown_delay_ms = 50;
  bool stopped = false, saw_draining = false;
  run([&] {
    if (serving() && !stopped) {
      stopped = true;
      ::raise(SIGTERM);
    }
    if (stopped && master_->state() == ServerState::Draining &&
        processes_.workers[0]->count(ipc::MessageType::Drain) == 0) {
      saw_draining = true;
    }
  });
  EXPECT_TRUE(saw_draining);
}

TEST_F(MasterTest, ReopeningLogsReachesEveryWorker) {
  bool asked = false;
  run([&] {
    if (serving() && !asked) {
      asked = true;
      ::raise(SIGUSR1);
    }
    if (asked && processes_.workers[1]->count(ipc::MessageType::Logs) == 2) ::raise(SIGINT);
  });
  EXPECT_EQ(processes_.workers[0]->count(ipc::MessageType::Logs), 2u);
}

TEST_F(MasterTest, LogLevelsReachTheWorkers) {
  bool asked = false;
  run([&] {
    if (serving() && !asked) {
      asked = true;
      EXPECT_FALSE(master_->setLogLevel("", "loud").ok());
      EXPECT_TRUE(master_->setLogLevel("", "info").ok());
    }
    if (asked && processes_.workers[0]->count(ipc::MessageType::LogLevel) == 1) ::raise(SIGINT);
  });
}

}  // namespace
}  // namespace convoy::master

// fake_processes: workers without processes: each spawn gives the far end of a control socket to a
// FakeWorker that the test drives. Lives in the test's loop.
#pragma once

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "common/ipc/channel.h"
#include "common/net/socket.h"
#include "master/check.h"
#include "master/spawn.h"

namespace convoy::master {

class FakeWorker final : public ipc::ChannelCallbacks {
 public:
  FakeWorker(net::EventLoop& loop, base::UniqueFd fd, pid_t number, bool obedient)
      : channel(loop, std::move(fd), *this), pid(number), obedient_(obedient) {
    if (obedient_) hello();
  }
  void hello() {
    ipc::HelloPayload payload;
    payload.pid = static_cast<uint32_t>(pid);
    channel.send(ipc::MessageType::Hello, ipc::toJson(payload));
  }
  void say(ipc::MessageType type, const std::string& text = "{}") { channel.send(type, text); }
  void onMessage(ipc::Message message) override {
    const ipc::MessageType type = message.type;
    received.push_back(std::move(message));
    if (!obedient_) return;
    if (type == ipc::MessageType::Endpoints && !ready_) {
      ready_ = true;
      say(ipc::MessageType::Ready);
    }
    if (type == ipc::MessageType::StartAccept) say(ipc::MessageType::Accepting);
    if (type == ipc::MessageType::Ping && answers_pings) say(ipc::MessageType::Pong);
  }
  void onChannelClosed(const std::string&) override {}
  size_t count(ipc::MessageType type) const {
    size_t n = 0;
    for (const ipc::Message& message : received) n += message.type == type ? 1 : 0;
    return n;
  }

  // The first descriptor of the last message of that type; -1 = none came.
  int last(ipc::MessageType type) const {
    for (auto it = received.rbegin(); it != received.rend(); ++it) {
      if (it->type == type && !it->fds.empty()) return it->fds[0].get();
    }
    return -1;
  }

  ipc::Channel channel;
  pid_t pid;
  std::vector<ipc::Message> received;
  bool answers_pings = true;

 private:
  bool obedient_;
  bool ready_ = false;
};

class FakeProcesses final : public Processes {
 public:
  explicit FakeProcesses(net::EventLoop& loop) : loop_(loop) {}
  base::Result<Spawned> spawn(uint32_t) override {
    if (refuse) return base::Error::make(base::ErrorKind::Io, "no more processes");
    auto pair = net::socketPair(SOCK_SEQPACKET);
    workers.push_back(
        std::make_unique<FakeWorker>(loop_, std::move(pair->second), next_pid_, obedient));
    return Spawned{next_pid_++, std::move(pair->first)};
  }
  // Answers yes to whatever it is asked, at once.
  base::Result<Started> run(const Program&) override {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return base::Error::fromErrno(errno, "pipe");
    base::UniqueFd theirs(ends[1]);
    if (::write(theirs.get(), answer.data(), answer.size()) < 0) answer.clear();
    dead.push_back({next_pid_, answer_status});
    ::raise(SIGCHLD);
    return Started{next_pid_++, base::UniqueFd(ends[0])};
  }
  void kill(pid_t pid, int signal) override { killed.emplace_back(pid, signal); }
  void adopt(pid_t pid) override { adopted.push_back(pid); }
  std::vector<Exited> reap() override { return std::move(dead); }

  bool obedient = true;  // answers as a good worker does
  bool refuse = false;
  std::string answer = kCheckToken;
  int answer_status = 0;
  std::vector<std::unique_ptr<FakeWorker>> workers;
  std::vector<std::pair<pid_t, int>> killed;
  std::vector<Exited> dead;
  std::vector<pid_t> adopted;

 private:
  net::EventLoop& loop_;
  pid_t next_pid_ = 1000001;  // above pid_max: never a real one
};

// Turns the loop until `done`, at most 5 s; looks after each turn that a 1 ms timer makes.
template <typename Done>
bool turnUntil(net::EventLoop& loop, Done done) {
  std::unique_ptr<net::Timer> poll;
  int left = 5000;
  poll = loop.createTimer([&] {
    if (done() || --left == 0) {
      loop.stop();
    } else {
      poll->start(1);
    }
  });
  poll->start(0);
  loop.run();
  return done();
}

}  // namespace convoy::master

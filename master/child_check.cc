#include "master/child_check.h"

#include <cerrno>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace convoy::master {

ChildCheck::ChildCheck(net::EventLoop& loop, Processes& processes, const Program& program,
                       uint64_t limit_ms, Done done)
    : loop_(loop), processes_(processes), done_(std::move(done)), limit_ms_(limit_ms) {
  limit_ = loop.createTimer([this] {
    if (pid_ < 0) return finish({false, text_});
    timed_out_ = true;
    processes_.kill(pid_, SIGKILL);
  });
  auto started = processes.run(program);
  if (!started.ok()) {
    text_ = started.error().context;
    limit_->start(0);
    return;
  }
  pid_ = started->pid;
  output_ = std::move(started->output);
  watcher_ = loop.watchFd(output_.get(), net::kReadable, [this](uint32_t) { readOutput(); });
  limit_->start(limit_ms);
}

ChildCheck::~ChildCheck() {
  if (pid_ >= 0) processes_.kill(pid_, SIGKILL);
  watcher_.reset();
}

void ChildCheck::readOutput() {
  char bytes[16384];
  for (;;) {
    const ssize_t n = ::read(output_.get(), bytes, sizeof(bytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    if (n == 0) {
      watcher_->setEvents(0);
      return;
    }
    if (text_.size() < kMaxText) text_.append(bytes, static_cast<size_t>(n));
  }
}

bool ChildCheck::onReaped(const Exited& exited) {
  if (pid_ < 0 || exited.pid != pid_) return false;
  readOutput();
  pid_ = -1;
  if (timed_out_) {
    finish({false, "no answer within " + std::to_string(limit_ms_ / 1000) + " s"});
  } else if (WIFEXITED(exited.status)) {
    finish({WEXITSTATUS(exited.status) == 0, std::move(text_)});
  } else {
    finish({false, text_ + "it ended with " + describeExit(exited.status)});
  }
  return true;
}

void ChildCheck::finish(Answer answer) {
  limit_->stop();
  if (watcher_ != nullptr) watcher_->setEvents(0);
  // The caller may be in the middle of burying children.
  loop_.post([done = std::exchange(done_, nullptr), answer = std::move(answer)] {
    if (done) done(answer);
  });
}

}  // namespace convoy::master

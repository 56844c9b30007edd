#include "master/watch.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "common/base/log.h"
#include "common/base/text.h"

namespace convoy::master {

WatchStep nextStep(WatchState state, WatchEvent event, bool overdue) {
  // One that is written to all the time is looked at all the same.
  const bool waits = state == WatchState::Settling && overdue;
  switch (event) {
    case WatchEvent::Stirred:
      return {WatchState::Settling, !waits, false};
    case WatchEvent::Settled:
    case WatchEvent::PollDue:
      return {WatchState::Quiet, false, true};
  }
  return {state, false, false};
}

Watch::Watch(net::EventLoop& loop, std::string path, std::function<void()> changed,
             uint64_t poll_ms)
    : loop_(loop),
      path_(std::move(path)),
      changed_(std::move(changed)),
      poll_ms_(poll_ms),
      files_(loop, [this] { on(WatchEvent::Stirred); }) {
  settle_ = loop.createTimer([this] { on(WatchEvent::Settled); });
  poll_ = loop.createTimer([this] { on(WatchEvent::PollDue); });
  looked_at_ms_ = loop.nowMs();
  // An upgraded program serves what its predecessor has read.
  if (!path_.empty()) {
    const auto now = config::readSource(path_);
    if (now.ok()) seen_[path_] = config::fingerprint(now->text);
  }
  follow();
  poll_->start(poll_ms_);
}

void Watch::noteSources(const std::vector<config::Source>& sources) {
  for (const config::Source& source : sources) {
    if (source.name == path_) seen_[path_] = config::fingerprint(source.text);
  }
}

void Watch::noteFiles(const std::vector<config::FileRead>& files) {
  std::erase_if(seen_, [this](const auto& entry) { return entry.first != path_; });
  for (const config::FileRead& file : files) seen_[file.path] = file.fingerprint;
  follow();
}

void Watch::on(WatchEvent event) {
  const WatchStep step = nextStep(state_, event, loop_.nowMs() - looked_at_ms_ >= poll_ms_);
  state_ = step.next;
  if (step.wait) settle_->start(kSettleMs);
  if (step.look) look();
}

void Watch::look() {
  looked_at_ms_ = loop_.nowMs();
  poll_->start(poll_ms_);
  follow();
  std::string which;
  for (auto& [path, known] : seen_) {
    const auto now = config::fingerprintOf(path);
    if (!now || *now == known) continue;
    known = *now;
    which = path;
  }
  if (which.empty()) return;
  base::logger("main").info("{} has changed: reloading", which);
  changed_();
}

void Watch::follow() {
  std::vector<std::string> paths;
  if (!path_.empty()) paths.push_back(path_);
  for (const auto& [path, fingerprint] : seen_) paths.push_back(path);
  const base::Status status = files_.setPaths(paths);
  if (status.ok() || warned_) return;
  warned_ = true;
  base::logger("main").warn("{}: changes are looked for every {} s only", status.error().context,
                            poll_ms_ / 1000);
}

namespace {

// Of mountinfo, where a blank is "\040".
std::string unescaped(std::string_view field) {
  std::string out;
  for (size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && i + 3 < field.size()) {
      out += static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 +
                               (field[i + 3] - '0'));
      i += 3;
    } else {
      out += field[i];
    }
  }
  return out;
}

bool isMountPoint(const std::string& path, const std::string& mounts) {
  std::istringstream lines(mounts);
  for (std::string line; std::getline(lines, line);) {
    const auto fields = base::split(line, ' ');
    if (fields.size() > 4 && unescaped(fields[4]) == path) return true;
  }
  return false;
}

// A pipe or a terminal gives its text once: to look at it is to take it from the start.
bool canBeReadAgain(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode);
}

std::string realPath(const std::string& path) {
  char buffer[PATH_MAX];
  return ::realpath(path.c_str(), buffer) == nullptr ? path : buffer;
}

}  // namespace

WatchDecision decideWatch(std::optional<bool> asked, const std::string& path, bool in_container,
                          const std::string& mounts) {
  const auto steps = net::stepsTo(path);
  const bool linked = std::any_of(steps.begin(), steps.end(),
                                  [](const net::PathStep& step) { return step.is_link; });
  WatchDecision out;
  if (!canBeReadAgain(path)) {
    out.why = "it is not a regular file";
    return out;
  }
  out.on = asked.value_or(in_container || linked);
  out.why = asked          ? (*asked ? "--watch" : "--watch=false")
            : linked       ? "it is reached through a symbolic link"
            : in_container ? "this is a container"
                           : "not a container, and no symbolic link leads to it; --watch does it";
  if (out.on && isMountPoint(realPath(path), mounts)) {
    out.warning = path +
                  " is a mount of a single file (subPath): replacing it outside will never be seen "
                  "here; mount its directory instead";
  }
  return out;
}

bool inContainer() {
  return std::getenv("KUBERNETES_SERVICE_HOST") != nullptr || std::getenv("container") != nullptr ||
         ::access("/.dockerenv", F_OK) == 0 || ::access("/run/.containerenv", F_OK) == 0;
}

std::string mountTable() {
  std::ifstream in("/proc/self/mountinfo");
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

}  // namespace convoy::master

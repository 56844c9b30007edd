#include "common/net/file_watch.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <deque>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"

namespace convoy::net {

namespace {

constexpr uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                             IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kMaxLinks = 40;  // as the kernel's own limit

std::string workingDirectory() {
  char buffer[PATH_MAX];
  return ::getcwd(buffer, sizeof(buffer)) == nullptr ? "/" : buffer;
}

std::string joined(const std::string& directory, const std::string& name) {
  std::string out = directory;
  if (out.empty() || out.back() != '/') out += '/';
  out += name;
  return out;
}

std::string targetOf(const std::string& link) {
  char buffer[PATH_MAX];
  const ssize_t n = ::readlink(link.c_str(), buffer, sizeof(buffer));
  return n <= 0 ? "" : std::string(buffer, static_cast<size_t>(n));
}

void putBefore(std::deque<std::string>& parts, std::string_view path) {
  std::deque<std::string> out;
  for (std::string_view part : base::split(path, '/')) {
    if (!part.empty() && part != ".") out.emplace_back(part);
  }
  parts.insert(parts.begin(), out.begin(), out.end());
}

}  // namespace

std::vector<PathStep> stepsTo(const std::string& path) {
  std::vector<PathStep> out;
  std::deque<std::string> parts;
  putBefore(parts, path);
  std::string at = path.starts_with("/") ? std::string(1, '/') : workingDirectory();
  int links = 0;
  while (!parts.empty()) {
    const std::string name = parts.front();
    parts.pop_front();
    if (name == "..") {
      at.resize(std::max<size_t>(at.rfind('/'), 1));
      continue;
    }
    struct stat info {};
    const std::string here = joined(at, name);
    const bool exists = ::lstat(here.c_str(), &info) == 0;
    const bool is_link = exists && S_ISLNK(info.st_mode);
    if (is_link || parts.empty() || !exists) out.push_back({at, name, is_link});
    if (!exists || (is_link && ++links > kMaxLinks)) break;
    if (!is_link) {
      at = here;
      continue;
    }
    const std::string target = targetOf(here);
    if (target.starts_with("/")) at.assign(1, '/');
    putBefore(parts, target);
  }
  return out;
}

FileWatch::FileWatch(EventLoop& loop, std::function<void()> on_event)
    : on_event_(std::move(on_event)), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!inotify_.valid()) return;
  watcher_ = loop.watchFd(inotify_.get(), kReadable, [this](uint32_t) { read(); });
}

FileWatch::~FileWatch() = default;

base::Status FileWatch::setPaths(const std::vector<std::string>& paths) {
  if (!inotify_.valid()) return base::Error::fromErrno(EMFILE, "no inotify instance can be had");
  base::Status status;
  std::map<int, std::set<std::string, std::less<>>> wanted;
  for (const std::string& path : paths) {
    for (const PathStep& step : stepsTo(path)) {
      const int watch = ::inotify_add_watch(inotify_.get(), step.directory.c_str(), kEvents);
      if (watch >= 0) {
        wanted[watch].insert(step.name);
      } else {
        status = base::Error::fromErrno(errno, "cannot watch " + step.directory);
      }
    }
  }
  for (const auto& [watch, names] : names_) {
    if (wanted.count(watch) == 0) ::inotify_rm_watch(inotify_.get(), watch);
  }
  names_ = std::move(wanted);
  return status;
}

void FileWatch::read() {
  alignas(inotify_event) char buffer[16 * 1024];
  bool ours = false;
  for (;;) {
    const ssize_t n = ::read(inotify_.get(), buffer, sizeof(buffer));
    if (n <= 0) break;
    for (ssize_t at = 0; at < n;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      const auto watched = names_.find(event->wd);
      const bool lost = (event->mask & IN_Q_OVERFLOW) != 0;
      if (!lost && watched == names_.end()) continue;  // one of those we gave up
      // Without a name it is the directory itself that has gone or moved.
      if (lost || event->len == 0 || watched->second.count(std::string_view(event->name)) != 0) {
        ours = true;
      }
    }
  }
  if (ours) on_event_();
}

}  // namespace convoy::net

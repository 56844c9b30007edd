// FileWatch: says when something may have changed about files named by their paths, however they
// are reached: by inotify on the directories in which the last part of a path, or a symbolic link
// on the way to it, has its name. A watch on a file itself would see its replacement once and then
// nothing (a ConfigMap is replaced by renaming the link "..data"). Looks at names, not at contents;
// what changed is for the caller to find out. Owned by whoever wants to know; his loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/unique_fd.h"
#include "common/net/event_loop.h"

namespace convoy::net {

// A name in a directory that a path depends on.
struct PathStep {
  std::string directory;
  std::string name;
  bool is_link = false;
};
// Every link on the way to `path`, and last the file; ends early where nothing is there (yet).
std::vector<PathStep> stepsTo(const std::string& path);

class FileWatch {
 public:
  // `on_event` may come several times for one change.
  FileWatch(EventLoop& loop, std::function<void()> on_event);
  ~FileWatch();
  // Follows the links as they are now: to be called again after each event. An error: not all can
  // be watched; those that can are.
  base::Status setPaths(const std::vector<std::string>& paths);

 private:
  void read();

  std::function<void()> on_event_;
  base::UniqueFd inotify_;
  std::unique_ptr<FdWatcher> watcher_;
  std::map<int, std::set<std::string, std::less<>>> names_;  // by watch descriptor
};

}  // namespace convoy::net

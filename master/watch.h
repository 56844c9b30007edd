// watch: asks for a reload when the content of the configuration has changed: of its file and of
// the files that it names, and the directories of disk layers. Compares contents, so that touching
// a file, or a reload by hand that has read it already, causes nothing; and remembers what was
// rejected, so that it is tried once. A file that has vanished changes nothing: it is on its way to
// be replaced. Owned by the Master; its loop.
//
//   Quiet --event--> Settling --200 ms without another event--> (compare) --> Quiet
//     |                  \--30 s since the last look--------------^   \--differs: changed()
//     +--30 s (file systems that report nothing)------------------^
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/config/load.h"
#include "common/net/event_loop.h"
#include "common/net/file_watch.h"

namespace convoy::master {

enum class WatchState : uint8_t { Quiet, Settling };
enum class WatchEvent : uint8_t { Stirred, Settled, PollDue };
struct WatchStep {
  WatchState next = WatchState::Quiet;
  bool wait = false;  // (again) for kSettleMs
  bool look = false;
};
// `overdue`: nobody has looked for the poll's interval.
WatchStep nextStep(WatchState state, WatchEvent event, bool overdue);

class Watch {
 public:
  using State = WatchState;
  static constexpr uint64_t kSettleMs = 200;
  static constexpr uint64_t kPollMs = 30000;

  // `path` "": of files that the configuration names only.
  Watch(net::EventLoop& loop, std::string path, std::function<void()> changed,
        uint64_t poll_ms = kPollMs);
  // What a reload has read: the configuration's own file, and those that it names, which replace
  // the ones that were named before.
  void noteSources(const std::vector<config::Source>& sources);
  void noteFiles(const std::vector<config::FileRead>& files);
  State state() const { return state_; }

 private:
  void on(WatchEvent event);
  void look();
  void follow();

  net::EventLoop& loop_;
  const std::string path_;
  std::function<void()> changed_;
  const uint64_t poll_ms_;
  State state_ = State::Quiet;
  std::map<std::string, uint64_t> seen_;  // path -> fingerprint
  bool warned_ = false;
  uint64_t looked_at_ms_ = 0;
  std::unique_ptr<net::Timer> settle_, poll_;
  net::FileWatch files_;
};

struct WatchDecision {
  bool on = false;
  std::string why;      // for the log
  std::string warning;  // what will never be seen; may be empty
};
// `asked`: --watch. `mounts`: the text of /proc/self/mountinfo.
WatchDecision decideWatch(std::optional<bool> asked, const std::string& path, bool in_container,
                          const std::string& mounts);
bool inContainer();
std::string mountTable();

}  // namespace convoy::master

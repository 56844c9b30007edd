// inheritance: what a master passes to the program that takes its place in the same process
// (upgrade by exec): one JSON text in a memfd, and open descriptors that it names by number. The
// environment carries the number of the memfd. Each room of the master writes and reads its own
// part; this is the envelope. Master; before the loop.
//
//   old image: Bequest --seal, execInto--> new image: takeInheritance() --restore--> settle()
//                                              \--error, exit(), a fatal signal or 10 s before
//                                                 settle()--> fallBack(): exec of the old image,
//                                                 which does the same, and says that it failed
//
// Until settle() the new image works with copies: what it closes or destroys on its way to a
// failure is still open for the old one.
//
// What cannot be caught: a program that ends by _exit() or SIGKILL before settle(), or that is no
// Convoy at all. The question asked before (check.h) is what keeps such programs out; if one comes
// through, the workers serve on as they do when a master is killed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace convoy::master {

// Of the control socket: who waits for its answer lives on as well.
inline constexpr const char* kUpgradeCommand = "upgrade";

// Collects the descriptors that live on.
class Bequest {
 public:
  // The number to write down; -1 stays -1.
  int give(int fd) {
    if (fd >= 0) fds_.push_back(fd);
    return fd;
  }
  const std::vector<int>& fds() const { return fds_; }

 private:
  std::vector<int> fds_;
};

// Becomes `program` with the same arguments and pid. Returns only if it cannot; then nothing has
// changed. `old_image`: an O_PATH descriptor of the running program.
// `failure`: why we go back, "" if we go on.
base::Error execInto(const std::string& program, const std::vector<std::string>& argv,
                     const Json::Value& state, const Bequest& bequest, int old_image,
                     const std::string& failure = "");

// Signals that ask for something wait, blocked, for whoever comes out of the exec. Those that the
// loop had heard of before are to be handled in between: let it turn once.
void holdSignals();
void releaseSignals();

struct Inheritance {
  Json::Value state;
  std::vector<int> fds;  // all that were given, with the envelope's own
  int old_image = -1;    // of the program before, to go back to
  std::string failure;   // not empty: we are the old program again, and why
};
// Nothing: an ordinary start. From here to settle() an error or a fatal signal falls back.
std::optional<Inheritance> takeInheritance(const std::vector<std::string>& argv);
// Does not return if there is a program to fall back to.
void fallBack(const std::string& why);
// All has been taken over: the originals are closed and signals come again. The answer is the old
// image, for as long as the caller wants to keep it.
base::UniqueFd settle(const Inheritance& inheritance);

// A copy of a descriptor written down by the old image; -1 = none.
base::UniqueFd takeFd(const Json::Value& number);
base::UniqueFd takeFd(const Json::Value& object, const char* key);

}  // namespace convoy::master

// inheritance: what a master passes to the program that takes its place in the same process
// (upgrade by exec): one JSON text in a memfd, and open descriptors that it names by number. The
// environment carries the number of the memfd. Each room of the master writes and reads its own
// part; this is the envelope. Master; before the loop.
//
//   old image: Bequest --seal, execInto--> new image: takeInheritance() --restore--> settle()
//                                              \--error, or a fatal signal before settle()-->
//                                                 fallBack(): exec of the old image, which does the
//                                                 same, and says that the upgrade failed
//
// What cannot be caught: a program that ends by exit() before settle() takes the server with it
// (its workers serve on and a service manager starts a new one). The question asked before
// (check.h) is what keeps such programs out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace convoy::master {

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
base::Error execInto(const std::string& program, const std::vector<std::string>& argv,
                     const Json::Value& state, const Bequest& bequest, int old_image);

struct Inheritance {
  Json::Value state;
  std::vector<int> fds;  // all that were given
  std::string failure;   // not empty: we are the old program again, and why
};
// Nothing: an ordinary start. From here to settle() an error or a fatal signal falls back.
std::optional<Inheritance> takeInheritance(const std::vector<std::string>& argv);
// Does not return if there is a program to fall back to.
void fallBack(const std::string& why);
// All has been taken over: nothing to fall back to any more, and no descriptor leaks into children.
void settle(const Inheritance& inheritance);

// A descriptor written down by the old image; -1 = none.
base::UniqueFd takeFd(const Json::Value& object, const char* key);

}  // namespace convoy::master

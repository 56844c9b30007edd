// own_network: the calling thread, and every thread and process it starts from now on, live in a
// network namespace of their own with a loopback of its own, until the owner is gone: fixed ports
// are free there, and the kernel's counters count nobody else. Needs root.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/unique_fd.h"

namespace convoy::fakes {

class OwnNetwork {
 public:
  OwnNetwork();
  ~OwnNetwork();
  OwnNetwork(const OwnNetwork&) = delete;
  OwnNetwork& operator=(const OwnNetwork&) = delete;
  // False: this is not allowed here, and nothing has moved.
  bool entered() const { return entered_; }

 private:
  base::UniqueFd before_;
  bool entered_ = false;
};

// Of the calling thread's network: kernelCounter("Tcp", "OutRsts") as nstat says it.
uint64_t kernelCounter(const std::string& group, const std::string& name);

}  // namespace convoy::fakes

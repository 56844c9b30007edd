// own_mounts: the calling thread, and every thread and process it starts from now on, see mounts
// that nobody else sees, until the owner is gone: a small disk can be made full without the machine
// noticing. Needs root.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/unique_fd.h"

namespace convoy::fakes {

class OwnMounts {
 public:
  OwnMounts();
  ~OwnMounts();
  OwnMounts(const OwnMounts&) = delete;
  OwnMounts& operator=(const OwnMounts&) = delete;
  // False: this is not allowed here, and nothing has changed.
  bool entered() const { return entered_; }
  // An empty disk of that size at `path`, a directory that there is.
  bool disk(const std::string& path, size_t kilobytes) const;

 private:
  base::UniqueFd before_;
  std::string directory_;
  bool entered_ = false;
};

}  // namespace convoy::fakes

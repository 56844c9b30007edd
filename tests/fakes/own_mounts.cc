#include "tests/fakes/own_mounts.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace convoy::fakes {

OwnMounts::OwnMounts()
    : before_(open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC)),
      directory_(std::filesystem::current_path()) {
  if (!before_.valid() || unshare(CLONE_NEWNS) != 0) return;
  entered_ = true;
  // What is mounted here is not to reach the others.
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) abort();
}

OwnMounts::~OwnMounts() {
  if (!entered_) return;
  // The working directory is then that of the other namespace's root.
  if (setns(before_.get(), CLONE_NEWNS) != 0 || chdir(directory_.c_str()) != 0) abort();
}

bool OwnMounts::disk(const std::string& path, size_t kilobytes) const {
  const std::string size = "size=" + std::to_string(kilobytes) + "k";
  return entered_ && mount("tmpfs", path.c_str(), "tmpfs", 0, size.c_str()) == 0;
}

}  // namespace convoy::fakes

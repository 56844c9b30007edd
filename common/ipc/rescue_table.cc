#include "common/ipc/rescue_table.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace convoy::ipc {

base::Result<base::UniqueFd> RescueTable::createMemfd() {
  base::UniqueFd fd(::memfd_create("convoy-rescue", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  // Sealed sizes: a worker that truncated it could kill the master with SIGBUS.
  if (!fd.valid() || ::ftruncate(fd.get(), static_cast<off_t>(kBytes)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return base::Error::fromErrno(errno, "sentinel: the table of connections");
  }
  return fd;
}

base::Result<std::unique_ptr<RescueTable>> RescueTable::map(int memfd, bool whole) {
  struct stat st {};
  if (::fstat(memfd, &st) != 0 || static_cast<size_t>(st.st_size) != kBytes) {
    return base::Error::make(base::ErrorKind::InvalidArgument,
                             "sentinel: not a table of connections");
  }
  const size_t bytes = whole ? kBytes : kHeaderBytes;
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
  if (at == MAP_FAILED) return base::Error::fromErrno(errno, "sentinel: mmap");
  std::unique_ptr<RescueTable> table(new RescueTable(at, bytes));
  // A page that is not there yet could fail under recv() in a process that is being killed.
  if (whole) std::memset(table->readBuffer(), 0, net::Poller::kReadBytes);
  return table;
}

RescueTable::~RescueTable() {
  ::munmap(base_, bytes_);
}

}  // namespace convoy::ipc

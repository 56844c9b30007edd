#include "common/stats/limits_page.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace convoy::stats {

namespace {

constexpr char kMagic[8] = {'C', 'N', 'V', 'Y', 'L', 'I', 'M', '1'};
constexpr size_t kBytes = (1 + size_t{LimitsPage::kSeats}) * sizeof(LimitRow);

base::Result<void*> mapShared(int fd) {
  void* at = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return base::Error::fromErrno(errno, "limits page: mmap");
  return at;
}

}  // namespace

LimitsPage::LimitsPage(base::UniqueFd fd, void* base)
    : fd_(std::move(fd)), words_(static_cast<uint64_t*>(base)) {}

LimitsPage::~LimitsPage() {
  ::munmap(words_, kBytes);
}

base::Result<std::unique_ptr<LimitsPage>> LimitsPage::create() {
  base::UniqueFd fd(::memfd_create("convoy-limits", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return base::Error::fromErrno(errno, "limits page: memfd_create");
  if (::ftruncate(fd.get(), static_cast<off_t>(kBytes)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return base::Error::fromErrno(errno, "limits page: " + std::to_string(kBytes) + " bytes");
  }
  auto at = mapShared(fd.get());
  if (!at.ok()) return at.error();
  std::memcpy(*at, kMagic, sizeof(kMagic));
  return std::unique_ptr<LimitsPage>(new LimitsPage(std::move(fd), *at));
}

base::Result<std::unique_ptr<LimitsPage>> LimitsPage::map(base::UniqueFd fd) {
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return base::Error::fromErrno(errno, "limits page: fstat");
  if (static_cast<size_t>(st.st_size) != kBytes) {
    return base::Error::make(base::ErrorKind::InvalidArgument, "limits page: its size is another");
  }
  auto at = mapShared(fd.get());
  if (!at.ok()) return at.error();
  std::unique_ptr<LimitsPage> page(new LimitsPage(std::move(fd), *at));
  if (std::memcmp(page->words_, kMagic, sizeof(kMagic)) != 0) {
    return base::Error::make(base::ErrorKind::InvalidArgument, "limits page: its magic is another");
  }
  return page;
}

}  // namespace convoy::stats

#include "common/stats/slab.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace convoy::stats {

namespace {

constexpr char kMagic[8] = {'C', 'N', 'V', 'Y', 'S', 'L', 'B', '1'};

size_t bytesFor(size_t cell_count) {
  return sizeof(SlabHeader) + cell_count * sizeof(uint64_t);
}

base::Result<void*> mapShared(int fd, size_t bytes) {
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return base::Error::fromErrno(errno, "stats slab: mmap");
  return at;
}

base::Error mismatch(const std::string& what) {
  return base::Error::make(base::ErrorKind::InvalidArgument,
                           "stats slab: " + what + " does not match this configuration");
}

}  // namespace

Slab::Slab(base::UniqueFd fd, void* base, size_t bytes)
    : fd_(std::move(fd)),
      base_(base),
      bytes_(bytes),
      header_(static_cast<SlabHeader*>(base)),
      cells_(reinterpret_cast<uint64_t*>(static_cast<char*>(base) + sizeof(SlabHeader))) {}

Slab::~Slab() {
  ::munmap(base_, bytes_);
}

base::Result<std::unique_ptr<Slab>> Slab::create(uint64_t layout_hash, size_t cell_count,
                                                 uint32_t generation, uint32_t slot) {
  const size_t bytes = bytesFor(cell_count);
  base::UniqueFd fd(::memfd_create("convoy-stats", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return base::Error::fromErrno(errno, "stats slab: memfd_create");
  // Sealed sizes: a worker that truncated it could kill the master with SIGBUS at the next scrape.
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return base::Error::fromErrno(errno, "stats slab: " + std::to_string(bytes) + " bytes");
  }
  auto at = mapShared(fd.get(), bytes);
  if (!at.ok()) return at.error();
  std::unique_ptr<Slab> slab(new Slab(std::move(fd), at.value(), bytes));
  SlabHeader& h = slab->header();
  std::memcpy(h.magic, kMagic, sizeof(kMagic));
  h.layout_hash = layout_hash;
  h.generation = generation;
  h.slot = slot;
  h.cell_count = cell_count;
  return slab;
}

base::Result<std::unique_ptr<Slab>> Slab::map(base::UniqueFd fd, uint64_t layout_hash,
                                              size_t cell_count) {
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return base::Error::fromErrno(errno, "stats slab: fstat");
  const size_t bytes = bytesFor(cell_count);
  if (static_cast<size_t>(st.st_size) != bytes) return mismatch("its size");
  auto at = mapShared(fd.get(), bytes);
  if (!at.ok()) return at.error();
  std::unique_ptr<Slab> slab(new Slab(std::move(fd), at.value(), bytes));
  const SlabHeader& h = slab->header();
  if (std::memcmp(h.magic, kMagic, sizeof(kMagic)) != 0) return mismatch("its magic");
  if (h.layout_hash != layout_hash) return mismatch("its layout hash");
  if (h.cell_count != cell_count) return mismatch("its number of cells");
  return slab;
}

}  // namespace convoy::stats

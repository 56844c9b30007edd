// slab: the shared memory of one worker process: a memfd with one writer (the worker) and one
// reader (the master). Header, then the cells that Directory laid out. A worker's death loses no
// count: the master keeps the mapping and folds it into `retired`.
//
//   0    magic "CNVYSLB1"          8   layout_hash
//   16   generation u32, slot u32  24  pid u32, state u32 (worker::State)
//   32   tick_ms  (monotonic ms, stored each loop turn at most every 100 ms: the watchdog reads it)
//   40   cell_count                48  requests_inflight   56 connections
//   64.. cells, u64 each
#pragma once

#include <cstdint>
#include <memory>

#include "common/base/result.h"
#include "common/base/unique_fd.h"

namespace convoy::stats {

struct SlabHeader {
  char magic[8];
  uint64_t layout_hash;
  uint32_t generation;
  uint32_t slot;
  uint32_t pid;
  uint32_t state;
  uint64_t tick_ms;
  uint64_t cell_count;
  uint64_t requests_inflight;
  uint64_t connections;
};
static_assert(sizeof(SlabHeader) == 64);

class Slab {
 public:
  // A fresh zeroed memfd (sealed against shrinking and growing), mapped read-write.
  static base::Result<std::unique_ptr<Slab>> create(uint64_t layout_hash, size_t cell_count,
                                                    uint32_t generation, uint32_t slot);
  // Maps one that came over the control socket; checks magic, hash and size.
  static base::Result<std::unique_ptr<Slab>> map(base::UniqueFd fd, uint64_t layout_hash,
                                                 size_t cell_count);
  ~Slab();
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  SlabHeader& header() { return *header_; }
  const SlabHeader& header() const { return *header_; }
  uint64_t* cells() { return cells_; }
  const uint64_t* cells() const { return cells_; }
  // From the size of the mapping: the header's word is the worker's to spoil.
  size_t cellCount() const { return (bytes_ - sizeof(SlabHeader)) / sizeof(uint64_t); }
  int fd() const { return fd_.get(); }

 private:
  Slab(base::UniqueFd fd, void* base, size_t bytes);
  base::UniqueFd fd_;
  void* base_;
  size_t bytes_;
  SlabHeader* header_;
  uint64_t* cells_;
};

}  // namespace convoy::stats

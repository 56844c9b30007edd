// layout: where in a slab which stat lies, as data: what a program tells the one that takes its
// place, whose own stats may be others. A Translation copies the cells of a slab of a foreign
// layout into a slab of ours, by names; what we do not know is left out, what the other did not
// have stays zero. Master only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/stats/directory.h"
#include "common/stats/slab.h"

namespace convoy::stats {

struct Layout {
  struct Stat {
    std::string name;
    uint32_t type = 0;  // StatType
    uint32_t cells = 0;
  };
  struct Place {
    uint32_t scope = 0;  // Scope
    std::string raw_prefix;
    uint32_t first_cell = 0;
  };
  uint64_t hash = 0;
  uint64_t cell_count = 0;
  std::vector<std::vector<Stat>> scopes;  // by Scope, in cell order
  std::vector<Place> blocks;
};

Layout layoutOf(const Directory& directory);

class Translation {
 public:
  // `foreign` is laid out as `from`; ours() as `to`.
  static base::Result<std::unique_ptr<Translation>> make(std::shared_ptr<Slab> foreign,
                                                         const Layout& from, const Directory& to,
                                                         uint32_t generation, uint32_t slot);
  void refresh();  // copies what the worker has counted since
  const std::shared_ptr<Slab>& ours() const { return ours_; }

 private:
  struct Move {
    uint32_t from, to, count;
  };
  std::shared_ptr<Slab> foreign_, ours_;
  std::vector<Move> moves_;
};

}  // namespace convoy::stats

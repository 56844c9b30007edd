// sparse_cells: cells of which most are zero for ever (a cluster has three times 500 for response
// codes alone), kept in runs that exist once something in them is not zero. Master only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace convoy::master {

class SparseCells {
 public:
  uint64_t operator[](size_t cell) const {
    const size_t run = cell / kRun;
    return run < runs_.size() && runs_[run] != nullptr ? (*runs_[run])[cell % kRun] : 0;
  }
  void set(size_t cell, uint64_t value) {
    if (value != 0 || (*this)[cell] != 0) at(cell) = value;
  }
  void add(size_t cell, uint64_t n) {
    if (n != 0) at(cell) += n;
  }
  void include(size_t cell, uint64_t bits) {
    if (bits != 0) at(cell) |= bits;
  }
  bool anyIn(size_t first, size_t end) const {
    for (; first < end && first / kRun < runs_.size(); ++first) {
      if ((*this)[first] != 0) return true;
    }
    return false;
  }
  void clear() { runs_.clear(); }
  size_t bytes() const {
    const auto kept =
        std::count_if(runs_.begin(), runs_.end(), [](auto& r) { return r != nullptr; });
    return runs_.capacity() * sizeof(runs_[0]) + static_cast<size_t>(kept) * sizeof(Run);
  }

 private:
  static constexpr size_t kRun = 32;
  using Run = std::array<uint64_t, kRun>;

  uint64_t& at(size_t cell) {
    const size_t run = cell / kRun;
    if (run >= runs_.size()) runs_.resize(run + 1);
    if (runs_[run] == nullptr) runs_[run] = std::make_unique<Run>();
    return (*runs_[run])[cell % kRun];
  }
  std::vector<std::unique_ptr<Run>> runs_;
};

}  // namespace convoy::master

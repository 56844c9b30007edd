// adoption: which worker accepts for a slot whose own worker is dead or stalled: the next slot that
// serves. Pure bookkeeping of one generation: told how every slot is, it answers with the messages
// that are due. Owned by Generation; the master's loop.
//
//            its worker is not Serving, another is: Adopt
//   Own --------------------------------------------------> Adopted
//    ^                                                        | |  ^
//    |     its worker serves again: Release                   | |  | the adopter fails as well:
//    +--------------------------------------------------------+ +--+ the next one adopts
//
// A stalled adopter is sent Release too: it reads it when it wakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace convoy::master {

class Adoptions {
 public:
  enum class Health : uint8_t { Serving, Stalled, Gone };
  struct Step {
    enum class Kind : uint8_t { Adopt, Release };
    Kind kind;
    uint32_t adopter;
    uint32_t slot;
    bool operator==(const Step& other) const {
      return kind == other.kind && adopter == other.adopter && slot == other.slot;
    }
  };

  explicit Adoptions(size_t slots) : adopters_(slots) {}
  // `now` has one entry a slot. To be called at each change, so that none is slept through.
  std::vector<Step> update(const std::vector<Health>& now);
  std::optional<uint32_t> adopterOf(uint32_t slot) const { return adopters_[slot]; }

 private:
  std::optional<uint32_t> nextServing(uint32_t slot, const std::vector<Health>& now) const;
  std::vector<std::optional<uint32_t>> adopters_;  // by slot
};

}  // namespace convoy::master

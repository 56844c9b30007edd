#include "master/adoption.h"

namespace convoy::master {

std::optional<uint32_t> Adoptions::nextServing(uint32_t slot,
                                               const std::vector<Health>& now) const {
  for (size_t i = 1; i < now.size(); ++i) {
    const size_t candidate = (slot + i) % now.size();
    if (now[candidate] == Health::Serving) return static_cast<uint32_t>(candidate);
  }
  return std::nullopt;
}

std::vector<Adoptions::Step> Adoptions::update(const std::vector<Health>& now) {
  std::vector<Step> steps;
  for (uint32_t slot = 0; slot < now.size(); ++slot) {
    std::optional<uint32_t>& adopter = adopters_[slot];
    // Its process took the adoption with it.
    if (adopter && now[*adopter] == Health::Gone) adopter.reset();
    const bool well = now[slot] == Health::Serving;
    if (!well && adopter && now[*adopter] == Health::Serving) continue;
    const std::optional<uint32_t> next = well ? std::nullopt : nextServing(slot, now);
    if (!well && !next) continue;  // nobody is better than the one that has it
    if (adopter) steps.push_back({Step::Kind::Release, *adopter, slot});
    if (next) steps.push_back({Step::Kind::Adopt, *next, slot});
    adopter = next;
  }
  return steps;
}

}  // namespace convoy::master

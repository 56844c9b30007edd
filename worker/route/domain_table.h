// domain_table: authority -> virtual host, the most specific domain first: exact, longest suffix
// wildcard ("*.example.com"), longest prefix wildcard ("example.*"), "*". Hash look-ups only, one
// per distinct wildcard length. ASCII case is ignored; a port is part of the name, as Envoy has it.
// Immutable; views into the model, which must outlive it.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/config/model/route.h"

namespace convoy::worker {

struct FoldedHash {
  size_t operator()(std::string_view s) const;
};
struct FoldedEqual {
  bool operator()(std::string_view a, std::string_view b) const;
};
template <typename T>
using FoldedMap = std::unordered_map<std::string_view, T, FoldedHash, FoldedEqual>;

class DomainTable {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  explicit DomainTable(const std::vector<config::VirtualHost>& hosts);
  // The index of a virtual host, or kNone.
  size_t find(std::string_view authority) const;

 private:
  using Names = FoldedMap<size_t>;
  struct Wildcards {  // all of one length, without the '*'
    size_t length;
    Names names;
  };
  static void addWildcard(std::vector<Wildcards>& list, std::string_view name, size_t host);

  Names exact_;
  std::vector<Wildcards> suffixes_;  // longest first
  std::vector<Wildcards> prefixes_;  // longest first
  size_t any_ = kNone;
};

}  // namespace convoy::worker

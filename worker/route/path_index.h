// path_index: the routes of one virtual host, found by path in sublinear time: a hash of exact
// paths and tries of prefixes (one heeding case, one not); a regular expression hangs in the trie
// at its literal beginning. Headers and query parameters are tested on candidates in the order of
// the routes. The answer is always the first route that matches (performance.md section 8).
// Immutable; refers to the model, which must outlive it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/config/model/route.h"
#include "common/http/header_map.h"
#include "worker/route/domain_table.h"
#include "worker/route/match_predicates.h"
#include "worker/route/path_trie.h"

namespace convoy::worker {

class PathIndex {
 public:
  explicit PathIndex(const config::VirtualHost& host);
  // `path`: what is matched of the request's target. nullptr if none matches
  const config::Route* match(const http::RequestHead& request, std::string_view path,
                             const MatchContext& context) const;

 private:
  using Routes = std::vector<uint32_t>;  // ascending

  void add(uint32_t route);
  bool accepts(uint32_t route, std::string_view path, const http::RequestHead& request,
               const MatchContext& context) const;

  const std::vector<config::Route>& routes_;
  std::unordered_map<std::string_view, Routes> exact_;
  Routes connect_;  // of CONNECT, which has no path, and of nothing else
  FoldedMap<Routes> exact_folded_;
  PathTrie prefixes_{false};
  PathTrie prefixes_folded_{true};
};

// The bytes that every match of `regex` begins with; may be shorter than possible, never wrong.
std::string literalPrefix(std::string_view regex);

}  // namespace convoy::worker

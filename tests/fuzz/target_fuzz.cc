// target_fuzz: any octets as a request target. Promises: path and suffix make up the target again;
// the query lies inside the suffix; a parameter's value lies inside the query.
#include <cstdint>
#include <string_view>

#include "common/http/message_rules.h"
#include "common/http/path.h"
#include "common/http/target.h"
#include "tests/fuzz/promise.h"

namespace {

using convoy::fuzz::require;

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace convoy::http;
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  const std::string_view path = pathOf(target);
  const std::string_view suffix = querySuffixOf(target);
  const std::string_view query = queryOf(target);
  require(path.size() + suffix.size() == target.size());
  require(path.find_first_of("?#") == path.npos);
  require(suffix.empty() || suffix[0] == '?' || suffix[0] == '#');
  require(inside(query, suffix) && query.find('#') == query.npos);
  for (const std::string_view name : {"", "a", "q"}) {
    const auto value = queryParameter(query, name);
    require(!value || (inside(*value, query) && value->find('&') == value->npos));
  }
  // What was brought to its normal form stays as it is, and only its path changed.
  convoy::base::Arena arena;
  std::string_view once = target;
  if (target.find('#') == target.npos && normalizePath(once, arena) != PathChange::Refused) {
    require(querySuffixOf(once) == suffix);
    mergeSlashes(once, arena);
    require(!pathOf(once).starts_with("//"));
    std::string_view slashes = once;
    require(mergeSlashes(slashes, arena) == PathChange::None);
  }
  // A Location of an upstream: what becomes of it is a target that a client might have sent.
  if (const auto uri = parseAbsoluteUri(target, arena)) {
    require(uri->path.starts_with('/') && !uri->authority.empty());
    require(uri->path.find_first_of("# \r\n") == std::string_view::npos);
  }
  std::string_view unescaped = target;
  unescapeSlashes(unescaped, arena);
  require(unescaped.size() <= target.size());
  return 0;
}

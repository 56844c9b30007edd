#include "worker/route/domain_table.h"

#include <algorithm>
#include <cstdint>

#include "common/base/text.h"

namespace convoy::worker {

size_t FoldedHash::operator()(std::string_view s) const {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a; the keys come from the operator, so no seed
  for (const char c : s) {
    hash = (hash ^ static_cast<unsigned char>(base::toLower(c))) * 0x100000001b3;
  }
  return hash;
}

bool FoldedEqual::operator()(std::string_view a, std::string_view b) const {
  return base::equalsIgnoreCase(a, b);
}

DomainTable::DomainTable(const std::vector<config::VirtualHost>& hosts) {
  for (size_t host = 0; host < hosts.size(); ++host) {
    for (const std::string_view domain : hosts[host].domains) {
      if (domain == "*") {
        if (any_ == kNone) any_ = host;
      } else if (domain.starts_with('*')) {
        addWildcard(suffixes_, domain.substr(1), host);
      } else if (domain.ends_with('*')) {
        addWildcard(prefixes_, domain.substr(0, domain.size() - 1), host);
      } else {
        exact_.emplace(domain, host);
      }
    }
  }
}

void DomainTable::addWildcard(std::vector<Wildcards>& list, std::string_view name, size_t host) {
  auto at = std::find_if(list.begin(), list.end(),
                         [&](const Wildcards& w) { return w.length <= name.size(); });
  if (at == list.end() || at->length != name.size()) {
    at = list.insert(at, Wildcards{name.size(), {}});
  }
  at->names.emplace(name, host);
}

size_t DomainTable::find(std::string_view authority) const {
  if (const auto found = exact_.find(authority); found != exact_.end()) return found->second;
  // A wildcard never stands for nothing, hence the strict comparisons.
  for (const Wildcards& w : suffixes_) {
    if (authority.size() <= w.length) continue;
    const auto found = w.names.find(authority.substr(authority.size() - w.length));
    if (found != w.names.end()) return found->second;
  }
  for (const Wildcards& w : prefixes_) {
    if (authority.size() <= w.length) continue;
    const auto found = w.names.find(authority.substr(0, w.length));
    if (found != w.names.end()) return found->second;
  }
  return any_;
}

}  // namespace convoy::worker

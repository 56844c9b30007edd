#include "worker/upstream/lb_subset.h"

#include <algorithm>

namespace convoy::worker {

namespace {

using config::LbMetadata;

const LbMetadata& metadataOf(const Host& host) {
  static const LbMetadata kNone;
  return host.metadata == nullptr ? kNone : *host.metadata;
}

// Elements of a JSON list of scalars; the text itself where it is no list. Commas inside of strings
// are told apart by the quotes.
std::vector<std::string> elements(const std::string& json) {
  if (json.size() < 2 || json.front() != '[') return {json};
  std::vector<std::string> out;
  std::string element;
  bool quoted = false;
  for (size_t i = 1; i + 1 < json.size(); ++i) {
    if (json[i] == '\\' && quoted && i + 2 < json.size()) {
      element += json[i++];
    } else if (json[i] == '"') {
      quoted = !quoted;
    } else if (json[i] == ',' && !quoted) {
      out.push_back(std::exchange(element, ""));
      continue;
    }
    element += json[i];
  }
  if (!element.empty()) out.push_back(element);
  return out;
}

bool matches(const Host& host, const LbMetadata& wanted, bool list_as_any) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
    const std::string* value = config::findMetadata(metadataOf(host), entry.first);
    if (value == nullptr) return false;
    if (!list_as_any) return *value == entry.second;
    const auto any = elements(*value);
    return std::count(any.begin(), any.end(), entry.second) != 0;
  });
}

// The subsets that a host is in by one selector: none if it has not all keys, several if it has
// lists that count as any of their elements.
std::vector<LbMetadata> subsetsOf(const Host& host, const std::vector<std::string>& keys,
                                  bool list_as_any) {
  std::vector<LbMetadata> out = {{}};
  for (const std::string& key : keys) {
    const std::string* value = config::findMetadata(metadataOf(host), key);
    if (value == nullptr) return {};
    std::vector<LbMetadata> longer;
    for (const LbMetadata& begun : out) {
      for (const std::string& one : list_as_any ? elements(*value) : std::vector{*value}) {
        longer.push_back(begun);
        longer.back().emplace_back(key, one);
      }
    }
    out = std::move(longer);
  }
  return out;
}

LbMetadata onlyKeys(const LbMetadata& of, const std::vector<std::string>& keys) {
  LbMetadata out;
  for (const auto& entry : of) {
    if (std::binary_search(keys.begin(), keys.end(), entry.first)) out.push_back(entry);
  }
  return out;
}

bool hasKeys(const LbMetadata& metadata, const std::vector<std::string>& keys) {
  return metadata.size() == keys.size() &&
         std::equal(keys.begin(), keys.end(), metadata.begin(),
                    [](const std::string& key, const auto& entry) { return key == entry.first; });
}

}  // namespace

SubsetBalancer::SubsetBalancer(const config::LoadBalancing& config, base::Random& random)
    : config_(config), random_(random), all_(config, random), default_(config, random) {}

void SubsetBalancer::update(const std::vector<HostPtr>& hosts) {
  const config::LbSubset& settings = *config_.subset;
  std::map<LbMetadata, std::vector<HostPtr>> members;
  std::vector<HostPtr> standard;
  for (const HostPtr& host : hosts) {
    for (const auto& selector : settings.selectors) {
      for (LbMetadata& subset : subsetsOf(*host, selector.keys, settings.list_as_any)) {
        if (!subset.empty()) members[std::move(subset)].push_back(host);
      }
    }
    if (matches(*host, settings.default_subset, false)) standard.push_back(host);
  }
  std::erase_if(subsets_, [&](const auto& subset) { return members.count(subset.first) == 0; });
  for (const auto& [subset, of] : members) {
    auto& balancer = subsets_[subset];
    if (balancer == nullptr) balancer = std::make_unique<PriorityBalancer>(config_, random_);
    balancer->update(of);
  }
  all_.update(hosts);
  default_.update(standard);
}

HostPtr SubsetBalancer::chooseFrom(PriorityBalancer& balancer, const PickContext& context) {
  HostPtr host = balancer.choose(context);
  notes_.panic = balancer.notes().panic;
  return host;
}

HostPtr SubsetBalancer::choose(const PickContext& context) {
  notes_ = {};
  static const LbMetadata kNone;
  const LbMetadata& wanted = context.subset == nullptr ? kNone : *context.subset;
  if (!wanted.empty()) {
    const auto subset = subsets_.find(wanted);
    if (subset != subsets_.end()) {
      notes_.subset = true;
      return chooseFrom(*subset->second, context);
    }
  }
  HostPtr host = fallBack(wanted, context);
  if (host != nullptr || !config_.subset->panic_mode_any) return host;
  notes_.fallback_panic = true;
  return chooseFrom(all_, context);
}

const config::LbSubset::Selector* SubsetBalancer::selectorOf(const LbMetadata& wanted) const {
  for (const auto& selector : config_.subset->selectors) {
    if (hasKeys(wanted, selector.keys)) return &selector;
  }
  return nullptr;
}

HostPtr SubsetBalancer::fallBack(const LbMetadata& wanted, const PickContext& context) {
  const auto* selector = wanted.empty() ? nullptr : selectorOf(wanted);
  if (selector == nullptr || !selector->fallback) {
    return byPolicy(config_.subset->fallback, context);
  }
  if (*selector->fallback != Fallback::KeysSubset) return byPolicy(*selector->fallback, context);
  // As if the route had named fewer keys: fewer each time, so this ends.
  const LbMetadata fewer = onlyKeys(wanted, selector->fallback_keys);
  const auto subset = subsets_.find(fewer);
  if (subset == subsets_.end()) return fallBack(fewer, context);
  notes_.subset = true;
  return chooseFrom(*subset->second, context);
}

HostPtr SubsetBalancer::byPolicy(Fallback policy, const PickContext& context) {
  if (policy == Fallback::None) return nullptr;
  PriorityBalancer& balancer = policy == Fallback::AnyEndpoint ? all_ : default_;
  if (balancer.empty()) return nullptr;
  notes_.fallback = true;
  return chooseFrom(balancer, context);
}

}  // namespace convoy::worker

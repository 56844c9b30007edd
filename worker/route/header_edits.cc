#include "worker/route/header_edits.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/text.h"
#include "common/config/protected_headers.h"

namespace convoy::worker {
namespace {

using config::HeaderMutations;
using config::HeaderValueOption;
using Action = HeaderValueOption::Action;

enum class Direction : uint8_t { Request, Response };

// What one level will write; values are made before anything is written, so that a value that
// refers to a field sees it as it came.
struct Pending {
  const HeaderValueOption* option;
  std::string_view value;
  bool overwrite;
};

bool isControl(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

std::string_view valueOf(const HeaderValueOption& option, const FormatContext& context,
                         base::Arena& arena) {
  static thread_local std::string buffer;  // keeps its capacity
  buffer.clear();
  appendFormat(option.value, context, false, buffer, "");
  // An operator may bring bytes that no parser has seen (a decoded query parameter, the
  // environment); in a field value they would begin another field.
  std::replace_if(buffer.begin(), buffer.end(), isControl, ' ');
  return arena.copy(buffer);
}

void collect(const HeaderValueOption& option, const FormatContext& context, base::Arena& arena,
             const http::HeaderMap& headers, std::vector<Pending>& pending) {
  if (!config::whyProtected(option.key).empty()) return;
  const bool exists = headers.find(std::string_view(option.key)) != nullptr;
  if (option.action == Action::AddIfAbsent && exists) return;
  if (option.action == Action::OverwriteIfExists && !exists) return;
  const std::string_view value = valueOf(option, context, arena);
  if (value.empty() && !option.keep_empty_value) return;
  const bool overwrite =
      option.action == Action::OverwriteIfExists || option.action == Action::OverwriteIfExistsOrAdd;
  pending.push_back({&option, value, overwrite});
}

// Envoy's order within a level: remove, overwrite, add.
void applyLevel(const std::vector<HeaderValueOption>& to_add,
                const std::vector<std::string>& to_remove, const FormatContext& context,
                base::Arena& arena, http::HeaderMap& headers) {
  for (const std::string& name : to_remove) {
    if (config::whyProtected(name).empty()) headers.remove(std::string_view(name));
  }
  static thread_local std::vector<Pending> pending;  // keeps its capacity
  pending.clear();
  for (const HeaderValueOption& option : to_add) {
    collect(option, context, arena, headers, pending);
  }
  for (const Pending& p : pending) {
    if (p.overwrite) headers.set(std::string_view(p.option->key), p.value);
  }
  for (const Pending& p : pending) {
    if (!p.overwrite) headers.add(p.option->key, p.value);
  }
}

void applyMutations(const HeaderMutations& mutations, Direction direction,
                    const FormatContext& context, base::Arena& arena, http::HeaderMap& headers) {
  if (direction == Direction::Request) {
    applyLevel(mutations.request_to_add, mutations.request_to_remove, context, arena, headers);
  } else {
    applyLevel(mutations.response_to_add, mutations.response_to_remove, context, arena, headers);
  }
}

void applyAll(const EditLevels& levels, Direction direction, const FormatContext& context,
              base::Arena& arena, http::HeaderMap& headers) {
  // Most specific first, so that the least specific has the last word, unless asked otherwise.
  const HeaderMutations* order[] = {
      levels.weighted != nullptr ? &levels.weighted->mutations : nullptr,
      levels.route != nullptr ? &levels.route->mutations : nullptr,
      levels.virtual_host != nullptr ? &levels.virtual_host->mutations : nullptr,
      levels.configuration != nullptr ? &levels.configuration->mutations : nullptr};
  if (levels.configuration != nullptr &&
      levels.configuration->most_specific_header_mutations_wins) {
    std::reverse(std::begin(order), std::end(order));
  }
  for (const HeaderMutations* mutations : order) {
    if (mutations != nullptr && !mutations->empty()) {
      applyMutations(*mutations, direction, context, arena, headers);
    }
  }
}

}  // namespace

void editRequestHeaders(const EditLevels& levels, const FormatContext& context, base::Arena& arena,
                        http::RequestHead& head) {
  applyAll(levels, Direction::Request, context, arena, head.headers);
}

void editResponseHeaders(const EditLevels& levels, const FormatContext& context, base::Arena& arena,
                         http::ResponseHead& head) {
  applyAll(levels, Direction::Response, context, arena, head.headers);
}

void addFields(const std::vector<config::HeaderValueOption>& fields, const FormatContext& context,
               base::Arena& arena, http::HeaderMap& headers) {
  applyLevel(fields, {}, context, arena, headers);
}

void applySteps(const std::vector<config::HeaderStep>& steps, const FormatContext& context,
                base::Arena& arena, http::HeaderMap& headers) {
  static thread_local std::vector<Pending> pending;  // keeps its capacity
  for (const config::HeaderStep& step : steps) {
    if (!step.add) {
      headers.remove(std::string_view(step.remove));
      continue;
    }
    pending.clear();
    collect(*step.add, context, arena, headers, pending);
    for (const Pending& p : pending) {
      if (p.overwrite) {
        headers.set(std::string_view(p.option->key), p.value);
      } else {
        headers.add(p.option->key, p.value);
      }
    }
  }
}

uint64_t weightedPoint(const config::RouteAction& action, const http::RequestHead& request,
                       base::Random& random) {
  if (!action.random_value_header.empty()) {
    const std::string_view* value = request.find(action.random_value_header);
    const auto number = value == nullptr ? std::nullopt : base::parseUint(*value);
    if (number) return *number;
  }
  return random.next();
}

const config::WeightedCluster* pickWeighted(const config::RouteAction& action, uint64_t random) {
  uint64_t total = 0;
  for (const config::WeightedCluster& cluster : action.weighted_clusters) total += cluster.weight;
  if (total == 0) return nullptr;
  uint64_t point = random % total;
  for (const config::WeightedCluster& cluster : action.weighted_clusters) {
    if (point < cluster.weight) return &cluster;
    point -= cluster.weight;
  }
  return nullptr;
}

}  // namespace convoy::worker

#include "worker/route/hash_policy.h"

#include <algorithm>
#include <bit>
#include <string>

#include "common/base/hash.h"
#include "common/base/text.h"
#include "common/http/target.h"
#include "worker/route/cookies.h"

namespace convoy::worker {
namespace {

using config::HashPolicy;

std::string_view rewritten(const HashPolicy& policy, std::string_view value, base::Arena& arena) {
  if (!policy.regex_rewrite) return value;
  return arena.copy(
      policy.regex_rewrite->regex->replaceAll(value, policy.regex_rewrite->substitution));
}

// All fields of the name, in the same order however they came.
std::optional<uint64_t> ofHeader(const HashPolicy& policy, const http::RequestHead& request,
                                 base::Arena& arena) {
  static thread_local std::vector<std::string_view> values;  // keeps its capacity
  values.clear();
  for (const http::HeaderEntry& entry : request.headers) {
    if (entry.name == policy.name) values.push_back(rewritten(policy, entry.value, arena));
  }
  if (values.empty()) {  // ":path" and its like are no fields
    const std::string_view* value = request.find(policy.name);
    if (value == nullptr) return std::nullopt;
    values.push_back(rewritten(policy, *value, arena));
  }
  std::sort(values.begin(), values.end());
  uint64_t hash = 0;
  for (const std::string_view value : values) hash = base::xxHash64(value, hash);
  return hash;
}

std::string_view hex(uint64_t value, base::Arena& arena) {
  char* out = arena.allocate(16);
  for (int i = 15; i >= 0; --i, value >>= 4) out[i] = "0123456789abcdef"[value & 15];
  return {out, 16};
}

std::string_view setCookie(const HashPolicy& policy, std::string_view value, base::Arena& arena) {
  static thread_local std::string text;  // keeps its capacity
  text.clear();
  text.append(policy.name).append("=\"").append(value).append("\"");
  if (*policy.ttl_s != 0) text.append("; Max-Age=").append(std::to_string(*policy.ttl_s));
  if (!policy.path.empty()) text.append("; Path=").append(policy.path);
  for (const auto& [name, of_it] : policy.attributes) {
    text.append("; ").append(name);
    if (!of_it.empty()) text.append("=").append(of_it);
  }
  text.append("; HttpOnly");
  return arena.copy(text);
}

// The cookie of a client that brings none: of both ends of its connection, so that two requests at
// once get the same.
std::string_view madeCookie(const HashSource& source, base::Arena& arena) {
  char text[224];
  size_t length = source.peer.format(text);
  length += source.local.format(text + length);
  return hex(base::xxHash64({text, length}), arena);
}

std::optional<uint64_t> ofCookie(const HashPolicy& policy, const HashSource& source,
                                 base::Arena& arena, std::vector<std::string_view>& cookies) {
  std::string_view value = cookieValue(source.request, policy.name).value_or("");
  if (value.empty() && policy.ttl_s) {
    value = madeCookie(source, arena);
    cookies.push_back(setCookie(policy, value, arena));
  }
  if (value.empty()) return std::nullopt;
  return base::xxHash64(value);
}

std::optional<uint64_t> ofQueryParameter(const HashPolicy& policy,
                                         const http::RequestHead& request) {
  const auto value = http::queryParameter(http::queryOf(request.path), policy.name);
  if (!value) return std::nullopt;
  return base::xxHash64(*value);
}

std::optional<uint64_t> hashOfOne(const HashPolicy& policy, const HashSource& source,
                                  base::Arena& arena, std::vector<std::string_view>& cookies) {
  switch (policy.kind) {
    case HashPolicy::Kind::Header:
      return ofHeader(policy, source.request, arena);
    case HashPolicy::Kind::Cookie:
      return ofCookie(policy, source, arena, cookies);
    case HashPolicy::Kind::SourceIp:
      return hashOfIp(source.remote);
    case HashPolicy::Kind::QueryParameter:
      return ofQueryParameter(policy, source.request);
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> hashOfIp(const net::Address& address) {
  if (!address.isIp()) return std::nullopt;
  char text[112];
  return base::xxHash64({text, address.formatIp(text)});
}

std::optional<uint64_t> hashOf(const std::vector<HashPolicy>& policies, const HashSource& source,
                               base::Arena& arena, std::vector<std::string_view>& cookies) {
  std::optional<uint64_t> hash;
  for (const HashPolicy& policy : policies) {
    const auto one = hashOfOne(policy, source, arena, cookies);
    // Rotated, so that the same policy twice does not cancel itself out (Envoy).
    if (one) hash = (hash ? std::rotl(*hash, 1) : 0) ^ *one;
    if (policy.terminal && hash) break;
  }
  return hash;
}

}  // namespace convoy::worker

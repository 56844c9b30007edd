#include "worker/route/cookies.h"

#include "common/base/text.h"

namespace convoy::worker {

namespace {

std::string_view withoutQuotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

std::optional<std::string_view> find(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    const size_t end = field.find(';');
    const std::string_view pair = base::trimOws(field.substr(0, end));
    field.remove_prefix(end == std::string_view::npos ? field.size() : end + 1);
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return withoutQuotes(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> cookieValue(const http::RequestHead& request,
                                            std::string_view name) {
  for (const http::HeaderEntry& entry : request.headers) {
    if (entry.id != http::HeaderId::Cookie) continue;
    if (const auto value = find(entry.value, name)) return value;
  }
  return std::nullopt;
}

}  // namespace convoy::worker

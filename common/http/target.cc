#include "common/http/target.h"

namespace convoy::http {

std::string_view pathOf(std::string_view target) {
  return target.substr(0, target.find_first_of("?#"));
}

std::string_view querySuffixOf(std::string_view target) {
  return target.substr(pathOf(target).size());
}

std::string_view queryOf(std::string_view target) {
  const std::string_view suffix = querySuffixOf(target);
  if (suffix.empty() || suffix[0] != '?') return {};
  return suffix.substr(1, suffix.find('#') - 1);
}

std::optional<std::string_view> queryParameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view piece = query.substr(0, end);
    const size_t equals = piece.find('=');
    if (piece.substr(0, equals) == name) {
      return equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace convoy::http

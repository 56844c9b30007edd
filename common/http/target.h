// target: the parts of an origin-form request target, as routing, rewriting and logging see them.
// Views into the target; nothing is decoded, nothing is allocated. Any process.
#pragma once

#include <optional>
#include <string_view>

namespace convoy::http {

// Up to the first '?' or '#'.
std::string_view pathOf(std::string_view target);
// From the '?' or '#' on, with it; "" if there is neither: pathOf + querySuffixOf = target.
std::string_view querySuffixOf(std::string_view target);
// Between '?' and '#', without them.
std::string_view queryOf(std::string_view target);
// The raw value of the first "name=value" or bare "name" (then ""). Pieces are separated by '&'.
std::optional<std::string_view> queryParameter(std::string_view query, std::string_view name);

}  // namespace convoy::http

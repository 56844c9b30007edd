// style: colours of what people read on a terminal, and only there. Pure but for usesColour().
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace convoy::master {

enum class Paint : uint8_t { Heading, Error, Warning, Good, Faint };
std::string paint(std::string_view text, Paint how, bool colour);
// The rendered diagnostics of a configuration, with their levels, help and carets in colour.
std::string paintDiagnostics(const std::string& text, bool colour);

// A terminal, unless NO_COLOR (https://no-color.org) is set or TERM is dumb.
bool usesColour(int fd, const std::function<std::string(const char*)>& environment);

}  // namespace convoy::master

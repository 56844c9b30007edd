#include "master/style.h"

#include <unistd.h>

#include "common/base/text.h"

namespace convoy::master {
namespace {

std::string_view codeOf(Paint how) {
  switch (how) {
    case Paint::Heading:
      return "\033[1m";
    case Paint::Error:
      return "\033[1;31m";
    case Paint::Warning:
      return "\033[1;33m";
    case Paint::Good:
      return "\033[32m";
    case Paint::Faint:
      return "\033[36m";
  }
  return "";
}

// "file:1:2: error[E0102]: message": the level and its code.
std::string paintLine(std::string_view line) {
  for (const auto& [word, how] : {std::pair{std::string_view(": error["), Paint::Error},
                                  std::pair{std::string_view(": warning["), Paint::Warning}}) {
    const size_t at = line.find(word);
    const size_t end = at == std::string_view::npos ? at : line.find(']', at);
    if (end == std::string_view::npos) continue;
    return std::string(line.substr(0, at + 2)) +
           paint(line.substr(at + 2, end + 1 - (at + 2)), how, true) +
           std::string(line.substr(end + 1));
  }
  const size_t first = line.find_first_not_of(' ');
  const std::string_view rest = first == std::string_view::npos ? "" : line.substr(first);
  if (rest.starts_with("help: ") || rest.starts_with("path: ")) {
    return std::string(line.substr(0, first)) + paint(rest.substr(0, 5), Paint::Faint, true) +
           std::string(rest.substr(5));
  }
  if (rest.starts_with("| ") && line.ends_with('^')) {
    return std::string(line.substr(0, line.size() - 1)) + paint("^", Paint::Error, true);
  }
  return std::string(line);
}

}  // namespace

std::string paint(std::string_view text, Paint how, bool colour) {
  if (!colour) return std::string(text);
  return std::string(codeOf(how)) + std::string(text) + "\033[0m";
}

std::string paintDiagnostics(const std::string& text, bool colour) {
  if (!colour) return text;
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    out += paintLine(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    out += '\n';
    rest.remove_prefix(end + 1);
  }
  return out;
}

bool usesColour(int fd, const std::function<std::string(const char*)>& environment) {
  return ::isatty(fd) == 1 && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

}  // namespace convoy::master

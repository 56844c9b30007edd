#include "common/config/diagnostics.h"

#include <algorithm>
#include <tuple>

#include "common/base/text.h"

namespace convoy::config {

namespace {

std::string lineOf(const std::string& text, int line) {
  size_t at = 0;
  for (int i = 1; i < line; ++i) {
    at = text.find('\n', at);
    if (at == std::string::npos) return "";
    ++at;
  }
  std::string found = text.substr(at, text.find('\n', at) - at);
  if (!found.empty() && found.back() == '\r') found.pop_back();
  return found.substr(0, 200);
}

auto keyOf(const Diagnostic& d) {
  return std::tie(d.file, d.line, d.column, d.code, d.message, d.path);
}

}  // namespace

Diagnostics::Diagnostics(const std::vector<Source>& sources, const LoadOptions& options)
    : sources_(sources), options_(options) {}

void Diagnostics::add(Diagnostic::Level level, Origin origin, std::string path,
                      std::string_view code, std::string message, std::string help) {
  Diagnostic d;
  d.level = level;
  d.code = code;
  d.path = std::move(path);
  d.message = std::move(message);
  d.help = std::move(help);
  d.line = origin.line;
  d.column = origin.column;
  const size_t source = std::min(static_cast<size_t>(origin.source), sources_.size() - 1);
  d.file = sources_[source].name;
  if (origin.line > 0) d.source = lineOf(sources_[source].text, origin.line);
  failed_ |= level == Diagnostic::Level::Error;
  all_.push_back(std::move(d));
}

void Diagnostics::error(Origin origin, std::string path, std::string_view code, std::string message,
                        std::string help) {
  add(Diagnostic::Level::Error, origin, std::move(path), code, std::move(message), std::move(help));
}

void Diagnostics::warning(Origin origin, std::string path, std::string_view code,
                          std::string message, std::string help) {
  add(Diagnostic::Level::Warning, origin, std::move(path), code, std::move(message),
      std::move(help));
}

void Diagnostics::unsupported(Origin origin, std::string path, std::string message,
                              std::string effect) {
  if (options_.allow_unsupported) {
    warning(origin, std::move(path), code::kUnsupported, std::move(message),
            "left out, so " + effect);
  } else {
    error(origin, std::move(path), code::kUnsupported, std::move(message),
          "--allow-unsupported starts without it; then " + effect);
  }
}

std::vector<Diagnostic> Diagnostics::take() {
  std::sort(all_.begin(), all_.end(),
            [](const Diagnostic& a, const Diagnostic& b) { return keyOf(a) < keyOf(b); });
  all_.erase(
      std::unique(all_.begin(), all_.end(),
                  [](const Diagnostic& a, const Diagnostic& b) { return keyOf(a) == keyOf(b); }),
      all_.end());
  return std::move(all_);
}

std::string render(const Diagnostic& d) {
  std::string out = d.file;
  if (d.line > 0) out += ":" + std::to_string(d.line) + ":" + std::to_string(d.column);
  out += d.level == Diagnostic::Level::Error ? ": error[" : ": warning[";
  out += d.code + "]: " + d.message + "\n";
  if (!d.source.empty()) {
    const std::string number = std::to_string(d.line);
    out += "  " + number + " | " + d.source + "\n";
    out += std::string(number.size() + 2, ' ') + " | ";
    for (int i = 1; i < d.column && i <= static_cast<int>(d.source.size()); ++i) {
      out.push_back(d.source[static_cast<size_t>(i - 1)] == '\t' ? '\t' : ' ');
    }
    out += "^\n";
  }
  if (!d.help.empty()) out += "  help: " + d.help + "\n";
  if (!d.path.empty()) out += "  path: " + d.path + "\n";
  return out;
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = 1 + std::max<size_t>(1, word.size() / 3);
  for (const std::string& candidate : known) {
    // "port" for "port_value": what a hand leaves out is often a whole part.
    const bool part = word.size() >= 3 && (candidate.starts_with(std::string(word) + "_") ||
                                           candidate.ends_with("_" + std::string(word)));
    const size_t distance = part ? 1 : base::editDistance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace convoy::config

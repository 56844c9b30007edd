#include "common/config/diagnostics.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "common/base/text.h"
#include "common/config/tree_path.h"

namespace convoy::config {

namespace {

constexpr size_t kLongestLine = 200;

// The lines `wanted` (ascending) of the text, in one pass.
std::map<int, std::string> linesOf(std::string_view text, const std::set<int>& wanted) {
  std::map<int, std::string> out;
  size_t at = 0;
  int line = 1;
  for (const int number : wanted) {
    for (; line < number && at != std::string_view::npos; ++line) {
      at = text.find('\n', at);
      if (at != std::string_view::npos) ++at;
    }
    if (at == std::string_view::npos) break;
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view found = text.substr(at, std::min(end - at, kLongestLine));
    // Not in the middle of a character.
    while (at + found.size() < end && (text[at + found.size()] & 0xc0) == 0x80) {
      found.remove_suffix(1);
    }
    if (found.ends_with('\r')) found.remove_suffix(1);
    out[number] = std::string(found);
  }
  return out;
}

using Spot = std::tuple<std::string, int, int>;

// The outermost node of each place that is wanted.
void findPaths(const TreeNode& node, const TreePath& path, const std::vector<Source>& sources,
               std::map<Spot, std::string>& wanted) {
  const Origin origin = node.origin;
  const size_t source = std::min(static_cast<size_t>(origin.source), sources.size() - 1);
  const auto found = wanted.find({sources[source].name, origin.line, origin.column});
  if (found != wanted.end() && found->second.empty()) found->second = path.str();
  for (size_t i = 0; i < node.list.size(); ++i) findPaths(node.list[i], path / i, sources, wanted);
  for (const auto& [key, value] : node.members) findPaths(value, path / key, sources, wanted);
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
  failed_ |= level == Diagnostic::Level::Error;
  if (full()) {
    ++uncollected_;
  } else {
    all_.push_back(std::move(d));
  }
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
  shorten();
  addSourceLines();
  return std::move(all_);
}

void Diagnostics::addPaths(const TreeNode& root) {
  std::map<Spot, std::string> wanted;
  for (const Diagnostic& d : all_) {
    if (d.path.empty() && d.line > 0) wanted[{d.file, d.line, d.column}];
  }
  if (wanted.empty()) return;
  findPaths(root, {}, sources_, wanted);
  for (Diagnostic& d : all_) {
    const auto found = wanted.find({d.file, d.line, d.column});
    if (d.path.empty() && found != wanted.end()) d.path = found->second;
  }
}

void Diagnostics::shorten() {
  if (all_.size() <= kShown && uncollected_ == 0) return;
  const size_t total = all_.size() + uncollected_;
  std::stable_partition(all_.begin(), all_.end(),
                        [](const Diagnostic& d) { return d.level == Diagnostic::Level::Error; });
  all_.resize(std::min(all_.size(), kShown));
  std::sort(all_.begin(), all_.end(),
            [](const Diagnostic& a, const Diagnostic& b) { return keyOf(a) < keyOf(b); });
  Diagnostic rest;
  rest.level = failed_ ? Diagnostic::Level::Error : Diagnostic::Level::Warning;
  rest.code = code::kMore;
  rest.file = sources_[0].name;
  rest.message = "and " + std::to_string(total - all_.size()) + " more, not shown";
  all_.push_back(std::move(rest));
}

void Diagnostics::addSourceLines() {
  for (const Source& source : sources_) {
    std::set<int> wanted;
    for (const Diagnostic& d : all_) {
      if (d.line > 0 && d.file == source.name) wanted.insert(d.line);
    }
    const std::map<int, std::string> lines = linesOf(source.text, wanted);
    for (Diagnostic& d : all_) {
      const auto found = lines.find(d.line);
      if (d.file == source.name && found != lines.end()) d.source = found->second;
    }
  }
}

namespace {

// What an operator wrote comes back to a terminal: no control bytes but the tab.
std::string printable(const std::string& text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
      out += "\\x";
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// The line, and a caret below its column; bytes that continue a UTF-8 character take no room.
std::string excerpt(const Diagnostic& d) {
  const std::string number = std::to_string(d.line);
  std::string out = "  " + number + " | " + printable(d.source) + "\n";
  out += std::string(number.size() + 2, ' ') + " | ";
  const size_t before = std::min(static_cast<size_t>(std::max(d.column, 1)) - 1, d.source.size());
  for (const char c : d.source.substr(0, before)) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) out.push_back(c == '\t' ? '\t' : ' ');
  }
  return out + "^\n";
}

}  // namespace

std::string render(const Diagnostic& d) {
  std::string out = d.file;
  if (d.line > 0) out += ":" + std::to_string(d.line) + ":" + std::to_string(d.column);
  out += d.level == Diagnostic::Level::Error ? ": error[" : ": warning[";
  out += d.code + "]: " + printable(d.message) + "\n";
  if (!d.source.empty()) out += excerpt(d);
  if (!d.help.empty()) out += "  help: " + printable(d.help) + "\n";
  if (!d.path.empty()) out += "  path: " + printable(d.path) + "\n";
  return out;
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = 1 + std::max<size_t>(1, word.size() / 3);
  for (const std::string& candidate : known) {
    // "port" for "port_value": what a hand leaves out is often a whole part.
    const bool first = word.size() >= 3 && candidate.starts_with(std::string(word) + "_");
    const bool last = word.size() >= 3 && candidate.ends_with("_" + std::string(word));
    const size_t distance = first ? 0 : last ? 1 : base::editDistance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace convoy::config

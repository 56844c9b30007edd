#include "tests/conformance/case_file.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace convoy::conformance {

namespace {

// "\{N*text}" at `at`; advances behind the brace.
std::string repeated(const std::string& text, size_t& at) {
  const size_t star = text.find('*', at);
  const size_t close = text.find('}', at);
  if (star == std::string::npos || close == std::string::npos || close < star) return {};
  const std::string unit = unescape(text.substr(star + 1, close - star - 1));
  std::string out;
  for (int n = std::atoi(text.c_str() + at); n > 0; --n) out += unit;
  at = close + 1;
  return out;
}

bool takeKey(const std::string& line, const std::string& key, std::string& value) {
  if (line.rfind(key + ":", 0) != 0) return false;
  value = line.substr(key.size() + 1);
  if (!value.empty() && value[0] == ' ') value.erase(0, 1);
  return true;
}

Case named(const std::string& name) {
  Case c;
  c.name = name;
  return c;
}

}  // namespace

std::string unescape(const std::string& text) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at++];
    if (c != '\\' || at == text.size()) {
      out.push_back(c);
      continue;
    }
    const char kind = text[at++];
    if (kind == 'r') out.push_back('\r');
    if (kind == 'n') out.push_back('\n');
    if (kind == 't') out.push_back('\t');
    if (kind == '0') out.push_back('\0');
    if (kind == '\\') out.push_back('\\');
    if (kind == 'x') {
      out.push_back(static_cast<char>(std::strtol(text.substr(at, 2).c_str(), nullptr, 16)));
      at += 2;
    }
    if (kind == '{') out += repeated(text, at);
  }
  return out;
}

std::string escape(const std::string& octets) {
  constexpr size_t kLongRun = 64;
  std::string out;
  for (size_t at = 0; at < octets.size(); ++at) {
    const char c = octets[at];
    const size_t end = std::min(octets.find_first_not_of(c, at), octets.size());
    if (c > ' ' && c < 0x7f && c != '\\' && end - at >= kLongRun) {
      out += "\\{" + std::to_string(end - at) + "*" + c + "}";
      at = end - 1;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\\') {
      out += "\\\\";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::vector<Case> loadCases(const std::string& path) {
  std::vector<Case> cases;
  std::ifstream file(path);
  if (!file) cases.push_back(named("error: cannot open " + path));
  std::string line, value;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    if (takeKey(line, "case", value)) {
      cases.push_back(named(value));
      continue;
    }
    if (cases.empty()) cases.push_back(named("error: no case above: " + line));
    Case& last = cases.back();
    if (takeKey(line, "with", value)) {
      last.with = value;
    } else if (takeKey(line, "request", value)) {
      last.request = value;
    } else if (takeKey(line, "send", value)) {
      last.send += unescape(value);
    } else if (takeKey(line, "head", value)) {
      last.frames.emplace_back("head", value);
    } else if (takeKey(line, "data", value)) {
      last.frames.emplace_back("data", value);
    } else if (takeKey(line, "trailers", value)) {
      last.frames.emplace_back("trailers", value);
    } else if (takeKey(line, "forward", value)) {
      last.forward.push_back(unescape(value));
    } else if (takeKey(line, "end", value)) {
      last.end = value;
    } else if (takeKey(line, "reject", value)) {
      last.reject = std::atoi(value.c_str());
      if (value.size() > 4) last.detail = value.substr(4);
    } else {
      last.name = "error: not understood: " + line;
    }
  }
  return cases;
}

std::vector<std::string> cut(const std::string& octets, Split split) {
  if (split == Split::Whole) return {octets};
  std::vector<std::string> pieces(1);
  for (const char c : octets) {
    pieces.back().push_back(c);
    if (split == Split::Octets || c == '\n') pieces.emplace_back();
  }
  if (pieces.back().empty()) pieces.pop_back();
  return pieces;
}

}  // namespace convoy::conformance

#include "common/http/path.h"

#include <cstring>
#include <optional>

#include "common/http/target.h"

namespace convoy::http {

namespace {

constexpr size_t kNowhere = std::string_view::npos;

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that "%xy" at `at` stands for.
std::optional<unsigned char> escapedAt(std::string_view path, size_t at) {
  if (at + 2 >= path.size() || path[at] != '%') return std::nullopt;
  const int high = hexValue(path[at + 1]), low = hexValue(path[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<unsigned char>(high * 16 + low);
}

bool isSlash(char c) {
  return c == '/' || c == '\\';
}

// RFC 3986 section 2.3: an escape of these means nothing else than they do.
bool isUnreserved(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == '~';
}

// Not allowed in a path as it is.
bool wantsEscape(unsigned char c) {
  return c <= 0x20 || c >= 0x7f ||
         std::string_view("\"#<>^`{|}").find(static_cast<char>(c)) != kNowhere;
}

// How long the dot at `at` is: 1, or 3 if it is escaped; 0 if there is none.
size_t dotAt(std::string_view path, size_t at) {
  if (at >= path.size()) return 0;
  if (path[at] == '.') return 1;
  return escapedAt(path, at) == '.' ? 3 : 0;
}

// A segment "." or ".." and the slash after it.
struct DotSegment {
  size_t length = 0;  // 0: it is none
  bool up = false;
};

DotSegment dotSegmentAt(std::string_view path, size_t at) {
  size_t end = at + dotAt(path, at);
  if (end == at) return {};
  const auto ends = [&] { return end == path.size() || isSlash(path[end]); };
  const size_t second = ends() ? 0 : dotAt(path, end);
  end += second;
  if (!ends()) return {};
  return {end - at + (end < path.size() ? 1 : 0), second > 0};
}

// Where normalization begins to change something.
size_t firstChange(std::string_view path) {
  for (size_t i = 0; i < path.size(); ++i) {
    const auto c = static_cast<unsigned char>(path[i]);
    if (c == '\\' || wantsEscape(c)) return i;
    if (i > 0 && path[i - 1] == '/' && dotSegmentAt(path, i).length > 0) return i;
    if (const auto escaped = escapedAt(path, i)) {
      if (*escaped == 0 || *escaped == '.' || isUnreserved(*escaped)) return i;
    }
  }
  return kNowhere;
}

// A path as it is written into memory that is large enough.
class PathWriter {
 public:
  PathWriter(std::string_view begin, size_t size, base::Arena& arena) : out_(arena.allocate(size)) {
    put(begin);
  }
  void put(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(out_ + length_, bytes.data(), bytes.size());
    length_ += bytes.size();
  }
  void put(char c) { out_[length_++] = c; }
  void putEscaped(unsigned char c) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    put('%');
    put(kHex[c / 16]);
    put(kHex[c % 16]);
  }
  bool endsWithSlash() const { return length_ > 0 && out_[length_ - 1] == '/'; }
  // Back to the slash before the last segment; never before the first.
  void dropSegment() {
    if (length_ <= 1) return;
    --length_;
    while (length_ > 1 && out_[length_ - 1] != '/') --length_;
  }
  std::string_view text() const { return {out_, length_}; }

 private:
  char* out_;
  size_t length_ = 0;
};

// The target with another path; the query stays.
std::string_view rejoined(PathWriter& path, std::string_view target, size_t old_path) {
  path.put(target.substr(old_path));
  return path.text();
}

size_t countEscapes(std::string_view path) {
  size_t count = 0;
  for (const char c : path) count += wantsEscape(static_cast<unsigned char>(c)) ? 1 : 0;
  return count;
}

}  // namespace

PathChange unescapeSlashes(std::string_view& target, base::Arena& arena) {
  const std::string_view path = pathOf(target);
  const auto slashAt = [&](size_t at) -> char {
    const auto escaped = escapedAt(path, at);
    return escaped == '/' || escaped == '\\' ? static_cast<char>(*escaped) : '\0';
  };
  size_t at = path.find('%');
  while (at != kNowhere && slashAt(at) == '\0') at = path.find('%', at + 1);
  if (at == kNowhere) return PathChange::None;
  PathWriter out(path.substr(0, at), target.size(), arena);
  while (at < path.size()) {
    const char slash = slashAt(at);
    out.put(slash != '\0' ? slash : path[at]);
    at += slash != '\0' ? 3 : 1;
  }
  target = rejoined(out, target, path.size());
  return PathChange::Changed;
}

PathChange normalizePath(std::string_view& target, base::Arena& arena) {
  const std::string_view path = pathOf(target);
  size_t at = path.starts_with('/') ? firstChange(path) : kNowhere;
  if (at == kNowhere) return PathChange::None;
  PathWriter out(path.substr(0, at), target.size() + 2 * countEscapes(path), arena);
  while (at < path.size()) {
    const auto c = static_cast<unsigned char>(path[at]);
    const DotSegment dots = out.endsWithSlash() ? dotSegmentAt(path, at) : DotSegment{};
    if (dots.length > 0) {
      if (dots.up) out.dropSegment();
      at += dots.length;
    } else if (const size_t dot = dotAt(path, at); dot > 0) {
      out.put('.');
      at += dot;
    } else if (const auto escaped = escapedAt(path, at)) {
      if (*escaped == 0) return PathChange::Refused;
      if (isUnreserved(*escaped)) {
        out.put(static_cast<char>(*escaped));
      } else {
        out.put(path.substr(at, 3));
      }
      at += 3;
    } else {
      if (wantsEscape(c)) {
        out.putEscaped(c);
      } else {
        out.put(c == '\\' ? '/' : path[at]);
      }
      ++at;
    }
  }
  target = rejoined(out, target, path.size());
  return PathChange::Changed;
}

PathChange mergeSlashes(std::string_view& target, base::Arena& arena) {
  const std::string_view path = pathOf(target);
  size_t at = path.find("//");
  if (at == kNowhere) return PathChange::None;
  PathWriter out(path.substr(0, at), target.size(), arena);
  for (; at < path.size(); ++at) {
    if (path[at] != '/' || !out.endsWithSlash()) out.put(path[at]);
  }
  target = rejoined(out, target, path.size());
  return PathChange::Changed;
}

}  // namespace convoy::http

#include "worker/listener/client_hello.h"

#include <cstring>

namespace convoy::worker {

namespace {

using Found = ClientHello::Found;

constexpr size_t kRecordHead = 5, kMessageHead = 4;
constexpr unsigned char kHandshake = 22, kClientHello = 1;
constexpr uint64_t kServerName = 0, kGroups = 10, kPointFormats = 11, kAlpn = 16;

// Numbers and runs off the front. What is too short gives nothing and is remembered.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : left_(bytes) {}
  bool broken() const { return broken_; }
  bool empty() const { return left_.empty(); }
  uint64_t number(size_t size) {
    uint64_t value = 0;
    for (const char c : take(size)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view take(size_t size) {
    if (size > left_.size()) {
      broken_ = true;
      left_ = {};
      return {};
    }
    const std::string_view run = left_.substr(0, size);
    left_.remove_prefix(size);
    return run;
  }
  // A run with its length before it, in `size` octets.
  std::string_view run(size_t size) { return take(static_cast<size_t>(number(size))); }

 private:
  std::string_view left_;
  bool broken_ = false;
};

unsigned char at(const char* bytes, size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

// The message without the heads of its records; `size` becomes its length. Incomplete or Broken, or
// Tls when it is all there.
Found join(char* bytes, size_t& size) {
  size_t joined = 0, from = 0;
  for (;;) {
    if (size - from < kRecordHead) return Found::Incomplete;
    const size_t length = size_t{at(bytes, from + 3)} << 8 | at(bytes, from + 4);
    if (at(bytes, from) != kHandshake || at(bytes, from + 1) != 3 || length == 0 ||
        length > ClientHello::kMaxBytes) {
      return Found::Broken;
    }
    const size_t here = size - from - kRecordHead;
    const size_t part = here < length ? here : length;
    std::memmove(bytes + joined, bytes + from + kRecordHead, part);
    joined += part;
    from += kRecordHead + part;
    if (joined >= 1 && at(bytes, 0) != kClientHello) return Found::Broken;
    if (joined >= kMessageHead) {
      const size_t message = size_t{at(bytes, 1)} << 16 | size_t{at(bytes, 2)} << 8 | at(bytes, 3);
      if (message > ClientHello::kMaxBytes) return Found::Broken;
      if (joined >= kMessageHead + message) {
        size = kMessageHead + message;
        return Found::Tls;
      }
    }
    if (part < length) return Found::Incomplete;
  }
}

std::string_view nameOf(std::string_view extension) {
  Fields list(Fields(extension).run(2));
  while (!list.empty()) {
    const uint64_t type = list.number(1);
    const std::string_view name = list.run(2);
    if (list.broken()) return {};
    if (type == 0) return name.find('\0') == std::string_view::npos ? name : std::string_view();
  }
  return {};
}

void protocolsOf(std::string_view extension, ClientHello& out) {
  Fields list(Fields(extension).run(2));
  while (!list.empty() && out.protocol_count < ClientHello::kMaxProtocols) {
    const std::string_view name = list.run(1);
    if (list.broken()) return;
    out.protocols[out.protocol_count++] = name;
  }
}

}  // namespace

Found ClientHello::parse(char* bytes, size_t size) {
  *this = {};
  if (size == 0) return Found::Incomplete;
  if (at(bytes, 0) != kHandshake) return Found::NotTls;
  if (size >= 2 && at(bytes, 1) != 3) return Found::NotTls;
  const Found whole = join(bytes, size);
  if (whole != Found::Tls) return whole;
  Fields hello({bytes + kMessageHead, size - kMessageHead});
  legacy_version = static_cast<uint16_t>(hello.number(2));
  hello.take(32);  // random
  hello.run(1);    // legacy_session_id
  cipher_suites = hello.run(2);
  hello.run(1);  // legacy_compression_methods
  if (hello.broken()) return Found::Broken;
  if (hello.empty()) return Found::Tls;
  extensions = hello.run(2);
  Fields each(extensions);
  while (!hello.broken() && !each.empty()) {
    const uint64_t type = each.number(2);
    const std::string_view value = each.run(2);
    if (each.broken()) return Found::Broken;
    if (type == kServerName) server_name = nameOf(value);
    if (type == kGroups) groups = value;
    if (type == kPointFormats) point_formats = value;
    if (type == kAlpn && protocol_count == 0) protocolsOf(value, *this);
  }
  return hello.broken() ? Found::Broken : Found::Tls;
}

}  // namespace convoy::worker

#include "worker/listener/ja3.h"

#include <string_view>

#include "common/net/tls_digest.h"

namespace convoy::worker {

namespace {

unsigned number(std::string_view bytes, size_t at, size_t size) {
  unsigned value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// 0x0a0a, 0x1a1a ... 0xfafa
bool isGrease(unsigned value) {
  return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

void add(std::string& out, unsigned value) {
  if (!out.empty() && out.back() != ',') out += '-';
  out += std::to_string(value);
}

void addRun(std::string& out, std::string_view run, size_t size) {
  out += ',';
  for (size_t at = 0; at + size <= run.size(); at += size) {
    const unsigned value = number(run, at, size);
    if (size == 1 || !isGrease(value)) add(out, value);
  }
}

}  // namespace

std::string ja3Text(const ClientHello& hello) {
  std::string out = std::to_string(hello.legacy_version);
  addRun(out, hello.cipher_suites, 2);
  out += ',';
  for (std::string_view rest = hello.extensions; rest.size() >= 4;) {
    const unsigned type = number(rest, 0, 2);
    if (!isGrease(type)) add(out, type);
    const size_t size = 4 + number(rest, 2, 2);
    rest.remove_prefix(size < rest.size() ? size : rest.size());
  }
  // Of both the list stands behind its length.
  const size_t groups = hello.groups.size() < 2 ? hello.groups.size() : 2;
  const size_t formats = hello.point_formats.empty() ? 0 : 1;
  addRun(out, hello.groups.substr(groups), 2);
  addRun(out, hello.point_formats.substr(formats), 1);
  return out;
}

std::string ja3Hash(const ClientHello& hello) {
  return net::md5Hex(ja3Text(hello));
}

}  // namespace convoy::worker

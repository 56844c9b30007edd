// wire: plain values as bytes, little endian, strings with their length: for what travels between
// workers and is not worth a text form. Reading checks every length; after a failure all further
// reads fail too, so one look at ok() at the end is enough. No I/O.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace convoy::ipc {

class WireWriter {
 public:
  WireWriter() = default;
  // Writes into memory that is there already.
  explicit WireWriter(std::string storage) : bytes_(std::move(storage)) { bytes_.clear(); }
  void u8(uint8_t v) { raw(&v, sizeof(v)); }
  void u32(uint32_t v) { raw(&v, sizeof(v)); }
  void u64(uint64_t v) { raw(&v, sizeof(v)); }
  void text(std::string_view v) {
    u32(static_cast<uint32_t>(v.size()));
    bytes_.append(v);
  }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a big-endian machine needs swapping");
  void raw(const void* from, size_t n) { bytes_.append(static_cast<const char*>(from), n); }
  std::string bytes_;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  uint8_t u8() { return value<uint8_t>(); }
  uint32_t u32() { return value<uint32_t>(); }
  uint64_t u64() { return value<uint64_t>(); }
  std::string_view text() {
    const uint32_t n = u32();
    if (!ok_ || n > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  bool ok() const { return ok_; }
  // Everything was read, and nothing is left over.
  bool done() const { return ok_ && rest_.empty(); }

 private:
  template <typename T>
  T value() {
    T out{};
    if (!ok_ || rest_.size() < sizeof(T)) {
      ok_ = false;
      return out;
    }
    std::memcpy(&out, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return out;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace convoy::ipc

// CompactText: a text in 16 bytes where std::string takes 32: for trees of a million short texts
// (the nodes of a configuration). Up to 15 bytes stand inside, longer ones on the heap, and names
// that live for ever (literals) are only pointed at. A value; any process.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace convoy::base {

//  byte 0                 8           12     15
//  | text ............................ | 15 - size |   inside: so 15 bytes of text end in a zero
//  | pointer            | size      |    | kHeap, kLiteral |
class CompactText {
 public:
  static constexpr size_t kMostInside = 15;

  CompactText() { bytes_[kTag] = kInside; }
  CompactText(std::string_view text) { assign(text); }
  CompactText(const char* text) : CompactText(std::string_view(text)) {}
  CompactText(const std::string& text) : CompactText(std::string_view(text)) {}
  CompactText(const CompactText& other) { copy(other); }
  CompactText(CompactText&& other) noexcept { take(other); }
  CompactText& operator=(const CompactText& other) {
    if (this != &other) *this = CompactText(other);
    return *this;
  }
  CompactText& operator=(CompactText&& other) noexcept {
    if (this != &other) {
      release();
      take(other);
    }
    return *this;
  }
  ~CompactText() { release(); }
  // REQUIRES: `text` lives as long as the program.
  static CompactText literal(std::string_view text);

  std::string_view view() const {
    const auto tag = static_cast<uint8_t>(bytes_[kTag]);
    if (tag <= kInside) return {bytes_, static_cast<size_t>(kInside - tag)};
    return {pointer(), length()};
  }
  std::string str() const { return std::string(view()); }
  operator std::string_view() const { return view(); }
  operator std::string() const { return str(); }
  size_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  size_t heapBytes() const;

  friend bool operator==(const CompactText& a, const CompactText& b) {
    return a.view() == b.view();
  }
  friend bool operator==(const CompactText& a, std::string_view b) { return a.view() == b; }
  friend bool operator==(const CompactText& a, const std::string& b) { return a.view() == b; }
  friend bool operator==(const CompactText& a, const char* b) { return a.view() == b; }
  friend std::string operator+(std::string a, const CompactText& b) {
    return std::move(a.append(b.view()));
  }
  friend std::string operator+(const CompactText& a, std::string_view b) {
    return a.str().append(b);
  }

 private:
  static constexpr size_t kTag = 15;
  static constexpr uint8_t kInside = kMostInside;
  static constexpr uint8_t kHeap = 0xff;
  static constexpr uint8_t kLiteral = 0xfe;

  void assign(std::string_view text);
  void point(const char* text, size_t size, uint8_t tag);
  void copy(const CompactText& other);
  void take(CompactText& other) {
    std::memcpy(bytes_, other.bytes_, sizeof(bytes_));
    other.bytes_[kTag] = kInside;
  }
  void release() {
    if (static_cast<uint8_t>(bytes_[kTag]) == kHeap) delete[] pointer();
  }
  const char* pointer() const {
    const char* out;
    std::memcpy(&out, bytes_, sizeof(out));
    return out;
  }
  uint32_t length() const {
    uint32_t out;
    std::memcpy(&out, bytes_ + 8, sizeof(out));
    return out;
  }

  alignas(8) char bytes_[16] = {};
};
static_assert(sizeof(CompactText) == 16);

}  // namespace convoy::base

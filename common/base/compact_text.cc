#include "common/base/compact_text.h"

#include "common/base/check.h"

namespace convoy::base {

CompactText CompactText::literal(std::string_view text) {
  CompactText out;
  if (text.size() <= kInside) {
    out.assign(text);
  } else {
    out.point(text.data(), text.size(), kLiteral);
  }
  return out;
}

size_t CompactText::heapBytes() const {
  return static_cast<uint8_t>(bytes_[kTag]) == kHeap ? length() : 0;
}

// What was there is gone already.
void CompactText::assign(std::string_view text) {
  if (text.size() <= kInside) {
    if (!text.empty()) std::memcpy(bytes_, text.data(), text.size());
    bytes_[kTag] = static_cast<char>(kInside - text.size());
    return;
  }
  CHECK(text.size() <= UINT32_MAX);
  char* own = new char[text.size()];
  std::memcpy(own, text.data(), text.size());
  point(own, text.size(), kHeap);
}

void CompactText::point(const char* text, size_t size, uint8_t tag) {
  const auto length = static_cast<uint32_t>(size);
  std::memcpy(bytes_, &text, sizeof(text));
  std::memcpy(bytes_ + 8, &length, sizeof(length));
  bytes_[kTag] = static_cast<char>(tag);
}

void CompactText::copy(const CompactText& other) {
  if (static_cast<uint8_t>(other.bytes_[kTag]) == kHeap) {
    assign(other.view());
  } else {
    std::memcpy(bytes_, other.bytes_, sizeof(bytes_));
  }
}

}  // namespace convoy::base

// CompactList: a vector in 8 bytes, whose size and capacity stand before its elements: for members
// that are empty in most of a million objects (the children of a node of a configuration). Elements
// move when it grows, as in std::vector. A value; any process.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

namespace convoy::base {

template <typename T>
class CompactList {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  CompactList() = default;
  CompactList(const CompactList& other) { append(other.begin(), other.end()); }
  CompactList(CompactList&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}
  CompactList& operator=(const CompactList& other) {
    if (this != &other) *this = CompactList(other);
    return *this;
  }
  // What is given may stand inside of what is dropped: node = std::move(node.list[0]).
  CompactList& operator=(CompactList&& other) noexcept {
    CompactList old(std::move(*this));
    head_ = std::exchange(other.head_, nullptr);
    return *this;
  }
  ~CompactList() {
    if (head_ == nullptr) return;
    std::destroy(begin(), end());
    free(head_);
  }

  size_t size() const { return head_ == nullptr ? 0 : head_->size; }
  size_t capacity() const { return head_ == nullptr ? 0 : head_->capacity; }
  bool empty() const { return size() == 0; }
  T* begin() { return head_ == nullptr ? nullptr : elements(head_); }
  T* end() { return begin() + size(); }
  const T* begin() const { return head_ == nullptr ? nullptr : elements(head_); }
  const T* end() const { return begin() + size(); }
  T& operator[](size_t i) { return begin()[i]; }
  const T& operator[](size_t i) const { return begin()[i]; }
  T& back() { return begin()[size() - 1]; }
  const T& back() const { return begin()[size() - 1]; }

  void reserve(size_t wanted) {
    if (wanted > capacity()) moveTo(wanted);
  }
  void push_back(T value) {
    if (size() == capacity()) moveTo(std::max<size_t>(2, 2 * capacity()));
    std::construct_at(end(), std::move(value));
    ++head_->size;
  }
  void pushFront(T value) {
    push_back(std::move(value));
    std::rotate(begin(), end() - 1, end());
  }
  template <typename It>
  void append(It from, It to) {
    reserve(size() + static_cast<size_t>(std::distance(from, to)));
    for (; from != to; ++from) push_back(*from);
  }
  template <typename Predicate>
  size_t eraseIf(Predicate predicate) {
    T* const kept = std::remove_if(begin(), end(), predicate);
    const auto gone = static_cast<size_t>(end() - kept);
    std::destroy(kept, end());
    if (gone > 0) head_->size -= static_cast<uint32_t>(gone);
    return gone;
  }

 private:
  struct alignas(8) Head {
    uint32_t size;
    uint32_t capacity;
  };
  static T* elements(Head* head) { return reinterpret_cast<T*>(head + 1); }
  static const T* elements(const Head* head) { return reinterpret_cast<const T*>(head + 1); }
  static void free(Head* head) { ::operator delete(head); }

  void moveTo(size_t capacity) {
    static_assert(alignof(T) <= alignof(Head) && std::is_nothrow_move_constructible_v<T>);
    void* memory = ::operator new(sizeof(Head) + capacity * sizeof(T));
    Head* made = new (memory) Head{static_cast<uint32_t>(size()), static_cast<uint32_t>(capacity)};
    std::uninitialized_move(begin(), end(), elements(made));
    std::destroy(begin(), end());
    if (head_ != nullptr) free(head_);
    head_ = made;
  }

  Head* head_ = nullptr;
};
static_assert(sizeof(CompactList<int>) == sizeof(void*));

}  // namespace convoy::base

// HeaderMap: the fields of one message in order, names in lower case. Entries are views: the bytes
// belong to the message's Arena (or are literals), so a map costs no allocation once it has grown;
// clear() keeps its places. RequestHead and ResponseHead are the messages' heads as Convoy
// routes, logs and forwards them: one parsed object for all three (RFC 9112 section 11.2).
// Owned by a stream; worker loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/arena.h"
#include "common/http/names.h"

namespace convoy::http {

struct HeaderEntry {
  std::string_view name;  // lower case
  std::string_view value;
  HeaderId id = HeaderId::Unknown;
};

class HeaderMap {
 public:
  HeaderMap() = default;
  HeaderMap(const HeaderMap& other) { *this = other; }
  HeaderMap& operator=(const HeaderMap& other);
  ~HeaderMap() = default;
  // The views must outlive the map: arena bytes or literals. `name` is lower case.
  void add(std::string_view name, std::string_view value) { add(headerId(name), name, value); }
  void add(HeaderId id, std::string_view value) { add(id, headerName(id), value); }
  void add(HeaderId id, std::string_view name, std::string_view value) {
    if (size_ == places_.size()) grow();
    places_.data()[size_++] = HeaderEntry{name, value, id};
  }
  // Replaces the first and removes the others; adds if absent.
  void set(HeaderId id, std::string_view value);
  void set(std::string_view name, std::string_view value);
  // First value or nullptr.
  const std::string_view* find(HeaderId id) const;
  const std::string_view* find(std::string_view lower_name) const;
  size_t count(HeaderId id) const;
  bool has(HeaderId id) const { return find(id) != nullptr; }
  void remove(HeaderId id);
  void remove(std::string_view lower_name);
  // Removes entries for which `predicate(const HeaderEntry&)` is true, keeping the order.
  template <typename Predicate>
  void removeIf(Predicate predicate) {
    size_t kept = 0;
    for (size_t i = 0; i < size_; ++i) {
      if (!predicate(static_cast<const HeaderEntry&>(places_[i]))) {
        if (kept != i) places_[kept] = places_[i];
        ++kept;
      }
    }
    size_ = kept;
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }
  const HeaderEntry& operator[](size_t i) const { return places_[i]; }
  const HeaderEntry* begin() const { return places_.data(); }
  const HeaderEntry* end() const { return places_.data() + size_; }

 private:
  void grow();
  std::vector<HeaderEntry> places_;  // the first size_ are in use
  size_t size_ = 0;
};

// How the sender of a head spelled the names of its fields, where they are to go on so (HTTP/1
// only, if the configuration asks for it): the octets of the head with its names in lower case,
// and the same octets as they came.
struct Spelling {
  std::string_view lower;
  const char* as_sent = nullptr;  // null: names go on in lower case
  bool known() const { return as_sent != nullptr; }
  // Of the first field of that name; the name itself if none came.
  std::string_view of(std::string_view lower_name) const;
};

// What delimits the body that follows a head (decided by message_rules, never guessed again).
enum class BodyKind : uint8_t {
  None,        // no body
  Length,      // content_length octets
  Chunked,     // chunks, then trailers (HTTP/2: until END_STREAM)
  UntilClose,  // responses only
};

struct RequestHead {
  Method method = Method::Other;
  Protocol protocol = Protocol::Http11;
  std::string_view method_name;
  std::string_view path;       // origin-form target with query, "*" for OPTIONS *, "" for CONNECT
  std::string_view authority;  // Host or :authority, lower case
  std::string_view scheme = "http";
  BodyKind body = BodyKind::None;
  uint64_t content_length = 0;  // valid for Length
  bool keep_alive = true;       // the client wants the connection kept
  bool expects_continue = false;
  // What the connection is to become: the type of a well-formed upgrade, "connect" of CONNECT, or
  // "".
  std::string_view upgrade;
  bool to_raw = false;  // CONNECT: no request goes upstream, the bytes of the tunnel alone do
  HeaderMap headers;    // without Host, framing and hop-by-hop fields
  Spelling spelling;

  // ":method", ":path", ":authority", ":scheme", "host" or a field; nullptr if absent.
  const std::string_view* find(std::string_view lower_name) const;
  void clear();
};

struct ResponseHead {
  int status = 200;
  Protocol protocol = Protocol::Http11;
  BodyKind body = BodyKind::None;
  uint64_t content_length = 0;
  bool keep_alive = true;    // the upstream will keep the connection
  std::string_view upgrade;  // what it becomes after this head: of a 101, or a 2xx to CONNECT
  HeaderMap headers;         // without framing and hop-by-hop fields
  Spelling spelling;

  const std::string_view* find(std::string_view lower_name) const;  // ":status" is not stored
  void clear();
};

}  // namespace convoy::http

#include "common/http/header_map.h"

#include <algorithm>

namespace convoy::http {

std::string_view Spelling::of(std::string_view lower_name) const {
  const size_t size = lower_name.size();
  for (size_t at = lower.find(lower_name, 1); at != std::string_view::npos && size != 0;
       at = lower.find(lower_name, at + 1)) {
    const bool line = lower[at - 1] == '\n' && at + size < lower.size() && lower[at + size] == ':';
    if (line) return {as_sent + at, size};
  }
  return lower_name;
}

HeaderMap& HeaderMap::operator=(const HeaderMap& other) {
  if (this == &other) return *this;
  if (places_.size() < other.size_) places_.resize(other.size_);
  std::copy_n(other.places_.data(), other.size_, places_.data());
  size_ = other.size_;
  return *this;
}

void HeaderMap::grow() {
  constexpr size_t kFirst = 8;
  places_.resize(std::max(kFirst, 2 * places_.size()));
}

const std::string_view* HeaderMap::find(HeaderId id) const {
  for (const HeaderEntry& entry : *this) {
    if (entry.id == id) return &entry.value;
  }
  return nullptr;
}

const std::string_view* HeaderMap::find(std::string_view lower_name) const {
  const HeaderId id = headerId(lower_name);
  if (id != HeaderId::Unknown) return find(id);
  for (const HeaderEntry& entry : *this) {
    if (entry.id == HeaderId::Unknown && entry.name == lower_name) return &entry.value;
  }
  return nullptr;
}

size_t HeaderMap::count(HeaderId id) const {
  size_t n = 0;
  for (const HeaderEntry& entry : *this) n += entry.id == id ? 1 : 0;
  return n;
}

void HeaderMap::set(HeaderId id, std::string_view value) {
  bool done = false;
  for (size_t i = 0; i < size_; ++i) {
    HeaderEntry& entry = places_[i];
    if (entry.id != id) continue;
    if (!done) entry.value = value;
    if (done) entry.name = {};  // marked, removed below
    done = true;
  }
  if (!done) {
    add(id, value);
    return;
  }
  removeIf([id](const HeaderEntry& e) { return e.id == id && e.name.empty(); });
}

void HeaderMap::set(std::string_view name, std::string_view value) {
  const HeaderId id = headerId(name);
  if (id != HeaderId::Unknown) {
    set(id, value);
    return;
  }
  remove(name);
  add(id, name, value);
}

void HeaderMap::remove(HeaderId id) {
  removeIf([id](const HeaderEntry& e) { return e.id == id; });
}

void HeaderMap::remove(std::string_view lower_name) {
  const HeaderId id = headerId(lower_name);
  if (id != HeaderId::Unknown) {
    remove(id);
    return;
  }
  removeIf([&](const HeaderEntry& e) { return e.id == HeaderId::Unknown && e.name == lower_name; });
}

const std::string_view* RequestHead::find(std::string_view lower_name) const {
  if (lower_name == "host" || lower_name == ":authority") {
    return authority.empty() ? nullptr : &authority;
  }
  if (!lower_name.empty() && lower_name[0] == ':') {
    if (lower_name == ":method") return &method_name;
    if (lower_name == ":path") return path.empty() ? nullptr : &path;
    if (lower_name == ":scheme") return &scheme;
    return nullptr;
  }
  return headers.find(lower_name);
}

void RequestHead::clear() {
  method = Method::Other;
  protocol = Protocol::Http11;
  method_name = path = authority = upgrade = {};
  scheme = "http";
  body = BodyKind::None;
  content_length = 0;
  keep_alive = true;
  expects_continue = false;
  to_raw = false;
  headers.clear();
  spelling = {};
}

const std::string_view* ResponseHead::find(std::string_view lower_name) const {
  return headers.find(lower_name);
}

void ResponseHead::clear() {
  status = 200;
  protocol = Protocol::Http11;
  body = BodyKind::None;
  content_length = 0;
  keep_alive = true;
  upgrade = {};
  headers.clear();
  spelling = {};
}

}  // namespace convoy::http

#include "common/http/h2_rules.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/http/field_lines.h"
#include "common/http/message_rules.h"

namespace convoy::http {

namespace {

bool refuse(ProtocolError& error, int status, std::string_view detail) {
  error.status = status;
  error.detail = detail;
  return false;
}

bool validName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte != 0 && tokenLower(byte) == byte;
  });
}

bool validValue(std::string_view value) {
  return base::trimOws(value).size() == value.size() && !hasControl(value);
}

// Fields that say something about a connection have no meaning here (RFC 9113 section 8.2.2).
bool connectionSpecific(const RawField& field) {
  switch (field.name.size()) {  // most others are told by it alone
    case 2:
    case 7:
    case 10:
    case 14:
    case 16:
    case 17:
      break;
    default:
      return false;
  }
  switch (headerId(field.name)) {
    case HeaderId::Connection:
    case HeaderId::KeepAlive:
    case HeaderId::ProxyConnection:
    case HeaderId::TransferEncoding:
    case HeaderId::Upgrade:
    case HeaderId::Http2Settings:
      return true;
    case HeaderId::Te:
      return !base::equalsIgnoreCase(field.value, "trailers");
    default:
      return false;
  }
}

bool validField(const RawField& field, ProtocolError& error, int status) {
  if (!validName(field.name)) return refuse(error, status, "invalid_field_name");
  if (!validValue(field.value)) return refuse(error, status, "invalid_field_value");
  if (connectionSpecific(field)) return refuse(error, status, "connection_specific_field");
  return true;
}

struct Pseudo {
  std::string_view method, scheme, path, authority, status, protocol;
  bool has_authority = false;
};

bool takePseudo(const RawField& field, Pseudo& out) {
  if (field.name == ":authority") {
    out.authority = field.value;
    out.has_authority = true;
    return true;
  }
  std::string_view* to = field.name == ":method"     ? &out.method
                         : field.name == ":scheme"   ? &out.scheme
                         : field.name == ":path"     ? &out.path
                         : field.name == ":status"   ? &out.status
                         : field.name == ":protocol" ? &out.protocol
                                                     : nullptr;
  if (to == nullptr || !to->empty()) return false;
  *to = field.value;
  return true;
}

// One cookie per field compresses better; HTTP/1 wants them in one (RFC 9113 section 8.2.3).
std::string_view joinCookies(const std::vector<RawField>& fields, base::Arena& arena) {
  size_t size = 0, count = 0;
  for (const RawField& field : fields) {
    if (field.name != "cookie") continue;
    size += field.value.size() + 2;
    ++count;
  }
  if (count < 2) return {};
  char* const start = arena.allocate(size);
  char* at = start;
  for (const RawField& field : fields) {
    // Nothing is lost with an empty one, and no value may end with the space of "; ".
    if (field.name != "cookie" || field.value.empty()) continue;
    if (at != start) at = std::copy_n("; ", 2, at);
    at = std::copy(field.value.begin(), field.value.end(), at);
  }
  return {start, static_cast<size_t>(at - start)};
}

RawHead& scratchHead() {
  static RawHead raw;
  raw.clear();
  return raw;
}

// The fields of a head one after the other, into places that are there already: a call of a
// vector's push_back() for each showed in profiles.
class FieldPlaces {
 public:
  FieldPlaces(std::vector<RawField>& fields, size_t most) : fields_(fields) { fields.resize(most); }
  void add(const RawField& field) { fields_.data()[size_++] = field; }
  size_t size() const { return size_; }
  void done() { fields_.resize(size_); }

 private:
  std::vector<RawField>& fields_;
  size_t size_ = 0;
};

bool judgePseudo(const Pseudo& pseudo, const H1Settings& settings, RawHead& raw,
                 ProtocolError& error) {
  if (pseudo.method.empty() || pseudo.method.size() > 32 ||
      !std::all_of(pseudo.method.begin(), pseudo.method.end(),
                   [](char c) { return tokenLower(static_cast<unsigned char>(c)) != 0; })) {
    return refuse(error, 400, "invalid_method");
  }
  if (!knownMethod(pseudo.method)) return refuse(error, 501, "method_not_implemented");
  raw.method = pseudo.method;
  raw.minor = raw.major = 1;
  if (!pseudo.protocol.empty()) {
    // An upgrade, as HTTP/1 would ask for it (RFC 8441 section 4).
    if (pseudo.method != "CONNECT" || !settings.allow_extended_connect ||
        !validName(pseudo.protocol)) {
      return refuse(error, 400, "invalid_pseudo_field");
    }
    raw.method = "GET";
  } else if (pseudo.method == "CONNECT") {
    if (!pseudo.scheme.empty() || !pseudo.path.empty()) {
      return refuse(error, 400, "invalid_pseudo_field");
    }
    raw.target = pseudo.authority;
    return true;
  }
  if (!base::equalsIgnoreCase(pseudo.scheme, "http") &&
      !base::equalsIgnoreCase(pseudo.scheme, "https")) {
    return refuse(error, 400, "invalid_scheme");
  }
  if (pseudo.path.size() > settings.max_request_line) {
    return refuse(error, 414, "request_line_too_long");
  }
  if (pseudo.path.empty() || (pseudo.path[0] != '/' && pseudo.path != "*")) {
    return refuse(error, 400, "invalid_target");
  }
  raw.target = pseudo.path;
  return true;
}

}  // namespace

bool H2Fields::add(std::string_view name, std::string_view value, const H1Settings& limits) {
  const size_t size = text_.size() + name.size() + value.size();
  if (overflowed_ || size > limits.max_head_bytes || sizes_.size() >= limits.max_fields + 5) {
    overflowed_ = true;
    return false;
  }
  text_.append(name);
  text_.append(value);
  sizes_.push_back({static_cast<uint32_t>(name.size()), static_cast<uint32_t>(value.size())});
  return true;
}

void H2Fields::clear() {
  text_.clear();
  sizes_.clear();
  overflowed_ = false;
}

void H2Fields::copyTo(base::Arena& arena, std::vector<RawField>& out) const {
  const std::string_view own = arena.copy(text_);
  out.resize(sizes_.size());
  const char* at = own.data();
  RawField* field = out.data();
  for (const Sizes& sizes : sizes_) {
    *field++ = {{at, sizes.name}, {at + sizes.name, sizes.value}};
    at += size_t{sizes.name} + sizes.value;
  }
}

bool judgeH2Request(const std::vector<RawField>& fields, bool end, const H1Settings& settings,
                    base::Arena& arena, RequestHead& out, ProtocolError& error) {
  RawHead& raw = scratchHead();
  Pseudo pseudo;
  std::string_view host;
  int hosts = 0;
  const std::string_view cookies = joinCookies(fields, arena);
  bool cookies_added = false;
  FieldPlaces places(raw.fields, fields.size() + 1);  // one more: Host for :authority
  for (const RawField& field : fields) {
    if (!field.name.empty() && field.name[0] == ':') {
      if (!takePseudo(field, pseudo)) return refuse(error, 400, "invalid_pseudo_field");
      continue;
    }
    if (!validField(field, error, 400)) return false;
    if (field.name == "host") {
      if (++hosts > 1) return refuse(error, 400, "two_hosts");
      host = field.value;
      continue;
    }
    if (field.name == "cookie" && !cookies.empty()) {
      if (!cookies_added) places.add({field.name, cookies});
      cookies_added = true;
      continue;
    }
    places.add(field);
  }
  if (places.size() > settings.max_fields) return refuse(error, 431, "too_many_fields");
  if (pseudo.has_authority) {
    if (hosts > 0 && !base::equalsIgnoreCase(host, pseudo.authority)) {
      return refuse(error, 400, "host_and_authority_differ");
    }
    host = pseudo.authority;
  }
  if (pseudo.has_authority || hosts > 0) places.add({"host", host});
  places.done();
  if (!judgePseudo(pseudo, settings, raw, error)) return false;
  if (!judgeRequest(raw, settings, arena, out, error)) return false;
  out.protocol = Protocol::Http2;
  out.keep_alive = true;
  if (!pseudo.protocol.empty()) {
    if (out.body != BodyKind::None) return refuse(error, 400, "body_in_connect");
    out.upgrade = pseudo.protocol;
  }
  if (out.body == BodyKind::None && !end && out.upgrade.empty()) out.body = BodyKind::Chunked;
  return true;
}

bool judgeH2Response(const std::vector<RawField>& fields, bool end, Method request,
                     const H1Settings& settings, base::Arena& arena, ResponseHead& out,
                     ProtocolError& error) {
  RawHead& raw = scratchHead();
  Pseudo pseudo;
  FieldPlaces places(raw.fields, fields.size());
  for (const RawField& field : fields) {
    if (!field.name.empty() && field.name[0] == ':') {
      if (!takePseudo(field, pseudo)) return refuse(error, 502, "invalid_pseudo_field");
      continue;
    }
    if (!validField(field, error, 502)) return false;
    places.add(field);
  }
  places.done();
  if (raw.fields.size() > settings.max_fields) return refuse(error, 502, "too_many_fields");
  const auto status = base::parseUint(pseudo.status);
  if (pseudo.status.size() != 3 || !status || *status < 100 || *status > 599 || *status == 101) {
    return refuse(error, 502, "invalid_status");
  }
  raw.status = static_cast<int>(*status);
  raw.minor = raw.major = 1;
  RequestFacts facts;
  facts.method = request;
  if (!judgeResponse(raw, facts, settings, arena, out, error)) return false;
  out.protocol = Protocol::Http2;
  if (!out.upgrade.empty()) return true;
  if (out.body == BodyKind::UntilClose) out.body = end ? BodyKind::None : BodyKind::Chunked;
  return true;
}

bool judgeH2Trailers(const std::vector<RawField>& fields, const H1Settings& settings,
                     HeaderMap& out, ProtocolError& error) {
  if (fields.size() > settings.max_fields) return refuse(error, 400, "too_many_trailers");
  for (const RawField& field : fields) {
    if (!field.name.empty() && field.name[0] == ':') {
      return refuse(error, 400, "pseudo_field_in_trailers");
    }
    if (!validField(field, error, 400)) return false;
    if (settings.forward_trailers && allowedInTrailers(field.name)) {
      out.add(field.name, field.value);
    }
  }
  return true;
}

}  // namespace convoy::http

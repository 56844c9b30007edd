#include "common/http/message_rules.h"

#include <algorithm>
#include <array>
#include <limits>

#include "common/base/text.h"
#include "common/http/field_lines.h"

namespace convoy::http {

namespace {

using base::equalsIgnoreCase;
using base::trimOws;

bool refuse(ProtocolError& error, int status, std::string_view detail) {
  error.status = status;
  error.detail = detail;
  return false;
}

bool isToken(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) {
    return tokenLower(static_cast<unsigned char>(c)) != 0;
  });
}

bool isBadValueByte(unsigned char c) {
  return (c < 0x20 && c != '\t') || c == 0x7f;
}

bool isHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

bool guardRequestLine(std::string_view line, const H1Settings& settings, ProtocolError& error) {
  if (line.size() > settings.max_request_line) return refuse(error, 414, "request_line_too_long");
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) return refuse(error, 400, "invalid_request_line");
  }
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos) return refuse(error, 400, "invalid_request_line");
  const std::string_view method = line.substr(0, first);
  if (!isToken(method) || method.size() > 32) return refuse(error, 400, "invalid_method");
  if (first == last) return refuse(error, 400, "http_09");
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (target.empty() || target.find(' ') != std::string_view::npos) {
    return refuse(error, 400, "invalid_request_line");
  }
  const std::string_view version = line.substr(last + 1);
  if (version == "ICE/1.0")
    return refuse(error, 505, "version_not_supported");  // http-parser knows
  if (version.size() != 8 || !version.starts_with("HTTP/") || !isDigit(version[5]) ||
      version[6] != '.' || !isDigit(version[7])) {
    return refuse(error, 400, "invalid_version");
  }
  if (version[5] != '1') return refuse(error, 505, "version_not_supported");
  return true;
}

bool guardStatusLine(std::string_view line, ProtocolError& error) {
  if (line.size() > 1024 + 13) return refuse(error, 502, "status_line_too_long");
  if (line.size() < 12 || !line.starts_with("HTTP/") || !isDigit(line[5]) || line[6] != '.' ||
      !isDigit(line[7]) || line[8] != ' ' || !isDigit(line[9]) || !isDigit(line[10]) ||
      !isDigit(line[11]) || (line.size() > 12 && line[12] != ' ')) {
    return refuse(error, 502, "invalid_status_line");
  }
  if (line[5] != '1') return refuse(error, 502, "version_not_supported");
  if (line[9] < '1' || line[9] > '5') return refuse(error, 502, "invalid_status");
  for (size_t i = 12; i < line.size(); ++i) {
    if (isBadValueByte(static_cast<unsigned char>(line[i]))) {
      return refuse(error, 502, "invalid_reason");
    }
  }
  return true;
}

// --- targets and hosts ---

bool validTarget(std::string_view target, bool backslash_in_query) {
  const size_t query = backslash_in_query ? target.find('?') : std::string_view::npos;
  for (size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f) return false;
    if (c == '"' || c == '<' || c == '>' || c == '#') return false;
    if (c == '\\' && i < query) return false;
    if (c == '%' && (i + 2 >= target.size() || !isHex(target[i + 1]) || !isHex(target[i + 2]))) {
      return false;
    }
  }
  return true;
}

bool validPort(std::string_view port) {
  if (port.empty() || port.size() > 5) return false;
  const auto value = base::parseUint(port);
  return value.has_value() && *value <= 65535;
}

// uri-host [ ":" port ] (RFC 9110 section 7.2).
bool validHost(std::string_view host, bool port_required) {
  if (host.empty()) return false;
  std::string_view rest;
  if (host[0] == '[') {
    const size_t close = host.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    for (const char c : host.substr(1, close - 1)) {
      if (!isHex(c) && c != ':' && c != '.') return false;
    }
    rest = host.substr(close + 1);
  } else {
    const size_t colon = host.find(':');
    const std::string_view name = host.substr(0, colon);
    if (name.empty()) return false;
    for (const char c : name) {
      const bool ok = isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("-._~!$&'()*+;=%").find(c) != std::string_view::npos;
      if (!ok) return false;
    }
    rest = colon == std::string_view::npos ? std::string_view{} : host.substr(colon);
  }
  if (rest.empty()) return !port_required;
  return rest[0] == ':' && validPort(rest.substr(1));
}

std::string_view lowerInArena(std::string_view s, base::Arena& arena) {
  char* at = arena.allocate(s.size());
  std::transform(s.begin(), s.end(), at, base::toLower);
  return {at, s.size()};
}

bool judgeTarget(std::string_view target, const H1Settings& settings, std::string_view& host,
                 bool& host_from_target, RequestHead& out, ProtocolError& error) {
  host_from_target = false;
  if (out.method == Method::Connect) {
    if (!validHost(target, true)) return refuse(error, 400, "invalid_connect_target");
    if (!settings.allow_connect) return refuse(error, 405, "connect_not_allowed");
    host = target;
    host_from_target = true;
    out.upgrade = kConnectUpgrade;
    return true;
  }
  if (!validTarget(target, settings.backslash_in_query))
    return refuse(error, 400, "invalid_target");
  if (target[0] == '/') {
    out.path = target;
    return true;
  }
  if (target == "*") {
    if (out.method != Method::Options) return refuse(error, 400, "invalid_target");
    out.path = target;
    return true;
  }
  constexpr std::string_view kScheme = "http://";
  if (target.size() <= kScheme.size() || !base::startsWithIgnoreCase(target, kScheme)) {
    return refuse(error, 400, "invalid_target");
  }
  std::string_view rest = target.substr(kScheme.size());
  const size_t end = rest.find_first_of("/?");
  host = rest.substr(0, end);
  host_from_target = true;
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
  if (!rest.empty() && rest[0] == '?') return refuse(error, 400, "invalid_target");
  out.path = rest.empty() ? "/" : rest;
  return true;
}

// --- fields that decide framing and connection ---

struct Framing {
  int content_lengths = 0;
  std::string_view content_length;
  int transfer_encodings = 0;
  std::string_view transfer_encoding;
};

bool parseContentLength(std::string_view value, uint64_t& out) {
  if (value.size() > 19 + 17) return false;
  const auto parsed = base::parseUint(value);
  if (!parsed || *parsed > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return false;
  out = *parsed;
  return true;
}

bool isKnownCoding(std::string_view value) {
  for (const std::string_view coding :
       {"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"}) {
    if (equalsIgnoreCase(value, coding)) return true;
  }
  return false;
}

// Never stripped on a peer's word: framing, routing, and what Convoy itself adds.
bool isProtected(std::string_view token) {
  for (const std::string_view name :
       {"host", "content-length", "transfer-encoding", "x-forwarded-for", "x-forwarded-proto",
        "x-forwarded-host", "x-request-id", "via", "authorization", "cookie", "te"}) {
    if (equalsIgnoreCase(token, name)) return true;
  }
  return false;
}

struct ConnectionTokens {
  static constexpr size_t kMax = 64;
  std::array<std::string_view, kMax> named;
  size_t count = 0;
  size_t total = 0;
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;

  bool read(std::string_view value) {
    while (!value.empty()) {
      const size_t comma = value.find(',');
      const std::string_view token = trimOws(value.substr(0, comma));
      value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
      if (token.empty()) continue;
      if (++total > kMax || !isToken(token)) return false;
      if (equalsIgnoreCase(token, "close")) {
        close = true;
      } else if (equalsIgnoreCase(token, "keep-alive")) {
        keep_alive = true;
      } else if (equalsIgnoreCase(token, "upgrade")) {
        upgrade = true;
      } else if (!isProtected(token)) {
        named[count++] = token;
      }
    }
    return true;
  }
  bool names(std::string_view field) const {
    for (size_t i = 0; i < count; ++i) {
      if (equalsIgnoreCase(named[i], field)) return true;
    }
    return false;
  }
};

bool isHopByHop(HeaderId id) {
  switch (id) {
    case HeaderId::Connection:
    case HeaderId::KeepAlive:
    case HeaderId::ProxyConnection:
    case HeaderId::Upgrade:
    case HeaderId::Http2Settings:
    case HeaderId::TransferEncoding:
    case HeaderId::ContentLength:
    case HeaderId::Te:
      return true;
    default:
      return false;
  }
}

bool hasTrailersToken(std::string_view value) {
  while (!value.empty()) {
    const size_t comma = value.find(',');
    if (equalsIgnoreCase(trimOws(value.substr(0, comma)), "trailers")) return true;
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
  }
  return false;
}

}  // namespace

bool guardHead(HeadKind kind, char* head, size_t size, const H1Settings& settings, RawHead& out,
               ProtocolError& error) {
  const bool request = kind == HeadKind::Request;
  const int bad = request ? 400 : 502;
  const std::string_view all(head, size);
  const size_t lf = all.find('\n');
  if (lf == std::string_view::npos || lf == 0 || head[lf - 1] != '\r') {
    return refuse(error, bad, "bare_lf");
  }
  const std::string_view line = all.substr(0, lf - 1);
  if (line.empty()) return refuse(error, bad, "empty_head");
  if (!(request ? guardRequestLine(line, settings, error) : guardStatusLine(line, error))) {
    return false;
  }
  out.start_line = all.substr(0, lf + 1);
  const std::string_view wrong =
      splitFields(head + lf + 1, size - lf - 1, settings.max_fields, out.fields);
  if (wrong.empty()) return true;
  return refuse(error, request && wrong == "too_many_fields" ? 431 : bad, wrong);
}

namespace {

// As it is spelled; "" for what nobody configured, which goes on as plain HTTP.
std::string_view knownUpgrade(std::string_view asked, const H1Settings& settings) {
  if (equalsIgnoreCase(asked, "websocket")) return "websocket";
  for (const std::string& type : settings.upgrade_types) {
    if (equalsIgnoreCase(asked, type)) return asked;
  }
  return {};
}

// A WebSocket is asked for by GET (RFC 6455 section 4.1); others use what they like (SPDY of
// Kubernetes, the streams of containers: POST), but the tunnel is to begin where the head ends.
std::string_view judgeUpgrade(std::string_view asked, const H1Settings& settings,
                              const RequestHead& head) {
  const std::string_view type = knownUpgrade(asked, settings);
  if (type == "websocket" && (head.method != Method::Get || head.body != BodyKind::None)) return {};
  const bool bodyless =
      head.body == BodyKind::None || (head.body == BodyKind::Length && head.content_length == 0);
  return bodyless ? type : std::string_view();
}

}  // namespace

bool judgeRequest(const RawHead& raw, const H1Settings& settings, base::Arena& arena,
                  RequestHead& out, ProtocolError& error) {
  out.method_name = raw.method;
  out.method = methodOf(raw.method);
  out.protocol = raw.minor == 0 ? Protocol::Http10 : Protocol::Http11;
  const bool http10 = out.protocol == Protocol::Http10;
  if (http10 && !settings.accept_http_10) return refuse(error, 426, "http_10_not_accepted");
  if (out.method == Method::Trace) return refuse(error, 405, "trace_not_allowed");

  Framing framing;
  ConnectionTokens tokens;
  int hosts = 0;
  std::string_view host, upgrade;
  bool te_trailers = false;
  const bool no_underscores = settings.reject_underscores || settings.drop_underscores;
  for (const RawField& field : raw.fields) {
    const HeaderId id = headerId(field.name);
    const std::string_view value = field.value;
    switch (id) {
      case HeaderId::Host:
        ++hosts;
        host = value;
        continue;
      case HeaderId::ContentLength:
        ++framing.content_lengths;
        framing.content_length = value;
        continue;
      case HeaderId::TransferEncoding:
        ++framing.transfer_encodings;
        framing.transfer_encoding = value;
        continue;
      case HeaderId::Connection:
        if (!tokens.read(value)) return refuse(error, 400, "invalid_connection_field");
        continue;
      case HeaderId::Te:
        te_trailers |= hasTrailersToken(value);
        continue;
      case HeaderId::Upgrade:
        upgrade = upgrade.empty() ? value : "?";
        continue;
      case HeaderId::Expect:
        if (http10) continue;
        if (!equalsIgnoreCase(value, "100-continue")) {
          return refuse(error, 417, "unknown_expectation");
        }
        out.expects_continue = true;
        continue;
      default:
        break;
    }
    if (isHopByHop(id)) continue;
    if (no_underscores && field.name.find('_') != std::string_view::npos) {
      if (settings.reject_underscores) return refuse(error, 400, "underscore_in_field_name");
      continue;
    }
    out.headers.add(id, field.name, value);
  }

  // Host and target (RFC 9112 section 3.2).
  if (hosts > 1) return refuse(error, 400, "two_hosts");
  if (hosts == 0) {
    if (!http10) return refuse(error, 400, "host_missing");
    host = settings.default_host_for_http_10;
    const bool absolute = raw.target.find("://") != std::string_view::npos;
    if (host.empty() && (!absolute || raw.target[0] == '/')) {
      return refuse(error, 400, "host_missing");
    }
  }
  bool host_from_target = false;
  if (hosts == 1 && !validHost(host, false)) return refuse(error, 400, "invalid_host");
  if (!judgeTarget(raw.target, settings, host, host_from_target, out, error)) return false;
  if (host_from_target && !validHost(host, false)) return refuse(error, 400, "invalid_host");
  out.authority = lowerInArena(host, arena);

  // Framing (RFC 9112 section 6).
  if (framing.content_lengths > 1) return refuse(error, 400, "two_content_lengths");
  if (framing.transfer_encodings > 0) {
    if (framing.content_lengths > 0) return refuse(error, 400, "te_and_cl");
    if (http10) return refuse(error, 400, "te_in_http_10");
    if (framing.transfer_encodings > 1) return refuse(error, 400, "two_transfer_encodings");
    if (isKnownCoding(framing.transfer_encoding)) {
      return refuse(error, 501, "transfer_coding_not_implemented");
    }
    if (!equalsIgnoreCase(framing.transfer_encoding, "chunked")) {
      return refuse(error, 400, "invalid_transfer_encoding");
    }
    out.body = BodyKind::Chunked;
  } else if (framing.content_lengths == 1) {
    if (!parseContentLength(framing.content_length, out.content_length)) {
      return refuse(error, 400, "invalid_content_length");
    }
    // "Content-Length: 0" is kept: it tells a POST without a body from a GET.
    out.body = BodyKind::Length;
  }

  // Connection (RFC 9112 section 9.3).
  out.keep_alive = http10 ? tokens.keep_alive && !tokens.close : !tokens.close;
  if (out.method == Method::Connect) {
    // Neither means anything in it (RFC 9110 section 9.3.6), and both could hide a request.
    if (out.body != BodyKind::None) return refuse(error, 400, "body_in_connect");
  } else if (settings.allow_upgrade && !http10 && tokens.upgrade) {
    out.upgrade = judgeUpgrade(upgrade, settings, out);
  }
  if (tokens.count > 0) {
    out.headers.removeIf([&](const HeaderEntry& e) { return tokens.names(e.name); });
  }
  if (te_trailers) out.headers.add(HeaderId::Te, "trailers");
  return true;
}

bool judgeResponse(const RawHead& raw, const RequestFacts& request, const H1Settings&,
                   base::Arena& arena, ResponseHead& out, ProtocolError& error) {
  out.status = raw.status;
  out.protocol = raw.minor == 0 ? Protocol::Http10 : Protocol::Http11;
  const bool http10 = out.protocol == Protocol::Http10;
  Framing framing;
  ConnectionTokens tokens;
  std::string_view upgrade;
  for (const RawField& field : raw.fields) {
    const HeaderId id = headerId(field.name);
    const std::string_view value = field.value;
    if (id == HeaderId::ContentLength) {
      ++framing.content_lengths;
      framing.content_length = value;
    } else if (id == HeaderId::TransferEncoding) {
      ++framing.transfer_encodings;
      framing.transfer_encoding = value;
    } else if (id == HeaderId::Connection) {
      if (!tokens.read(value)) return refuse(error, 502, "invalid_connection_field");
    } else if (id == HeaderId::Upgrade) {
      upgrade = value;
    } else if (!isHopByHop(id)) {
      out.headers.add(id, field.name, value);
    }
  }
  if (tokens.count > 0) {
    out.headers.removeIf([&](const HeaderEntry& e) { return tokens.names(e.name); });
  }
  out.keep_alive = http10 ? tokens.keep_alive && !tokens.close : !tokens.close;
  if (framing.content_lengths > 1) return refuse(error, 502, "two_content_lengths");
  if (framing.transfer_encodings > 0 && framing.content_lengths > 0) {
    return refuse(error, 502, "te_and_cl");
  }
  if (framing.content_lengths == 1 &&
      !parseContentLength(framing.content_length, out.content_length)) {
    return refuse(error, 502, "invalid_content_length");
  }
  if (framing.transfer_encodings > 0) {
    if (http10) return refuse(error, 502, "te_in_http_10");
    if (framing.transfer_encodings > 1 || !equalsIgnoreCase(framing.transfer_encoding, "chunked")) {
      return refuse(error, 502, "invalid_transfer_encoding");
    }
  }
  if (out.status == 101) {
    // To nothing but what was asked for.
    const bool asked = !request.upgrade.empty() && request.method != Method::Connect;
    if (!asked || !tokens.upgrade || !equalsIgnoreCase(upgrade, request.upgrade)) {
      return refuse(error, 502, "unexpected_101");
    }
    out.upgrade = arena.copy(upgrade);
    out.body = BodyKind::None;
    return true;
  }
  if (request.method == Method::Connect && out.status >= 200 && out.status < 300) {
    // What it says of a length means nothing (RFC 9110 section 9.3.6).
    out.upgrade = kConnectUpgrade;
    out.body = BodyKind::None;
    out.content_length = 0;
    return true;
  }
  if (out.status < 200 || out.status == 204) {
    out.body =
        BodyKind::None;  // RFC 9110 section 8.6: neither field may be there; both are dropped
    out.content_length = 0;
  } else if (framing.transfer_encodings > 0) {
    out.body = BodyKind::Chunked;
  } else if (framing.content_lengths > 0) {
    out.body = BodyKind::Length;
  } else {
    const bool bodyless = request.method == Method::Head || out.status == 304;
    out.body = bodyless ? BodyKind::None : BodyKind::UntilClose;
  }
  return true;
}

std::optional<AbsoluteUri> parseAbsoluteUri(std::string_view uri, base::Arena& arena) {
  uri = uri.substr(0, uri.find('#'));
  if (!validTarget(uri, false)) return std::nullopt;
  AbsoluteUri out;
  for (const std::string_view scheme : {"http", "https"}) {
    const bool is =
        base::startsWithIgnoreCase(uri, scheme) && uri.substr(scheme.size()).starts_with("://");
    if (is) out.scheme = scheme;
  }
  if (out.scheme.empty()) return std::nullopt;
  uri.remove_prefix(out.scheme.size() + 3);
  const size_t end = std::min(uri.find_first_of("/?"), uri.size());
  const std::string_view path = uri.substr(end);
  if (!validHost(uri.substr(0, end), false) || path.starts_with('?')) return std::nullopt;
  out.authority = lowerInArena(uri.substr(0, end), arena);
  out.path = path.empty() ? "/" : path;
  return out;
}

bool allowedInTrailers(std::string_view name) {
  const HeaderId id = headerId(name);
  return !(isHopByHop(id) || isProtected(name) || id == HeaderId::Trailer ||
           id == HeaderId::Expect || id == HeaderId::ContentType || id == HeaderId::CacheControl ||
           id == HeaderId::SetCookie || id == HeaderId::MaxForwards || name == "content-encoding" ||
           name == "content-range");
}

bool judgeTrailers(std::string_view section, const H1Settings& settings, base::Arena& arena,
                   HeaderMap& out, ProtocolError& error) {
  static std::vector<RawField> fields;  // its memory is used again
  fields.clear();
  const std::string_view own = arena.copy(section);
  const std::string_view wrong =
      splitFields(const_cast<char*>(own.data()), own.size(), settings.max_fields, fields);
  if (!wrong.empty()) {
    return refuse(error, 400, wrong == "too_many_fields" ? "too_many_trailers" : wrong);
  }
  for (const auto& [name, value] : fields) {
    if (settings.forward_trailers && allowedInTrailers(name)) out.add(name, value);
  }
  return true;
}

}  // namespace convoy::http

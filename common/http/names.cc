#include "common/http/names.h"

#include <array>

namespace convoy::http {

namespace {

constexpr std::array<std::string_view, static_cast<size_t>(HeaderId::Count)> kNames = {
    "",
#define CONVOY_X(id, name) name,
    CONVOY_HEADERS(CONVOY_X)
#undef CONVOY_X
};

constexpr size_t kSlots = 256;

// Length, first, middle and last octet tell the known names apart well enough for a small open
// table.
constexpr size_t slotOf(std::string_view name) {
  const auto at = [&](size_t i) {
    return static_cast<size_t>(static_cast<unsigned char>(name[i]));
  };
  return (name.size() * 7 + at(0) * 3 + at(name.size() / 2) * 13 + at(name.size() - 1) * 31) %
         kSlots;
}

constexpr std::array<uint8_t, kSlots> makeTable() {
  std::array<uint8_t, kSlots> table{};
  for (size_t id = 1; id < kNames.size(); ++id) {
    size_t slot = slotOf(kNames[id]);
    while (table[slot] != 0) slot = (slot + 1) % kSlots;
    table[slot] = static_cast<uint8_t>(id);
  }
  return table;
}

constexpr std::array<uint8_t, kSlots> kTable = makeTable();

}  // namespace

HeaderId headerId(std::string_view lower_name) {
  if (lower_name.empty()) return HeaderId::Unknown;
  for (size_t slot = slotOf(lower_name); kTable[slot] != 0; slot = (slot + 1) % kSlots) {
    if (kNames[kTable[slot]] == lower_name) return static_cast<HeaderId>(kTable[slot]);
  }
  return HeaderId::Unknown;
}

std::string_view headerName(HeaderId id) {
  return kNames[static_cast<size_t>(id)];
}

std::string_view reasonPhrase(int status) {
  switch (status) {
#define CONVOY_R(code, text) \
  case code:                 \
    return text
    CONVOY_R(100, "Continue");
    CONVOY_R(101, "Switching Protocols");
    CONVOY_R(102, "Processing");
    CONVOY_R(103, "Early Hints");
    CONVOY_R(200, "OK");
    CONVOY_R(201, "Created");
    CONVOY_R(202, "Accepted");
    CONVOY_R(203, "Non-Authoritative Information");
    CONVOY_R(204, "No Content");
    CONVOY_R(205, "Reset Content");
    CONVOY_R(206, "Partial Content");
    CONVOY_R(207, "Multi-Status");
    CONVOY_R(208, "Already Reported");
    CONVOY_R(226, "IM Used");
    CONVOY_R(300, "Multiple Choices");
    CONVOY_R(301, "Moved Permanently");
    CONVOY_R(302, "Found");
    CONVOY_R(303, "See Other");
    CONVOY_R(304, "Not Modified");
    CONVOY_R(305, "Use Proxy");
    CONVOY_R(307, "Temporary Redirect");
    CONVOY_R(308, "Permanent Redirect");
    CONVOY_R(400, "Bad Request");
    CONVOY_R(401, "Unauthorized");
    CONVOY_R(402, "Payment Required");
    CONVOY_R(403, "Forbidden");
    CONVOY_R(404, "Not Found");
    CONVOY_R(405, "Method Not Allowed");
    CONVOY_R(406, "Not Acceptable");
    CONVOY_R(407, "Proxy Authentication Required");
    CONVOY_R(408, "Request Timeout");
    CONVOY_R(409, "Conflict");
    CONVOY_R(410, "Gone");
    CONVOY_R(411, "Length Required");
    CONVOY_R(412, "Precondition Failed");
    CONVOY_R(413, "Payload Too Large");
    CONVOY_R(414, "URI Too Long");
    CONVOY_R(415, "Unsupported Media Type");
    CONVOY_R(416, "Range Not Satisfiable");
    CONVOY_R(417, "Expectation Failed");
    CONVOY_R(421, "Misdirected Request");
    CONVOY_R(422, "Unprocessable Entity");
    CONVOY_R(423, "Locked");
    CONVOY_R(424, "Failed Dependency");
    CONVOY_R(425, "Too Early");
    CONVOY_R(426, "Upgrade Required");
    CONVOY_R(428, "Precondition Required");
    CONVOY_R(429, "Too Many Requests");
    CONVOY_R(431, "Request Header Fields Too Large");
    CONVOY_R(451, "Unavailable For Legal Reasons");
    CONVOY_R(500, "Internal Server Error");
    CONVOY_R(501, "Not Implemented");
    CONVOY_R(502, "Bad Gateway");
    CONVOY_R(503, "Service Unavailable");
    CONVOY_R(504, "Gateway Timeout");
    CONVOY_R(505, "HTTP Version Not Supported");
    CONVOY_R(506, "Variant Also Negotiates");
    CONVOY_R(507, "Insufficient Storage");
    CONVOY_R(508, "Loop Detected");
    CONVOY_R(510, "Not Extended");
    CONVOY_R(511, "Network Authentication Required");
#undef CONVOY_R
    default:
      return "Unknown";
  }
}

Method methodOf(std::string_view name) {
  switch (name.size()) {
    case 3:
      return name == "GET" ? Method::Get : name == "PUT" ? Method::Put : Method::Other;
    case 4:
      return name == "POST" ? Method::Post : name == "HEAD" ? Method::Head : Method::Other;
    case 5:
      return name == "PATCH" ? Method::Patch : name == "TRACE" ? Method::Trace : Method::Other;
    case 6:
      return name == "DELETE" ? Method::Delete : Method::Other;
    case 7:
      return name == "OPTIONS"   ? Method::Options
             : name == "CONNECT" ? Method::Connect
                                 : Method::Other;
    default:
      return Method::Other;
  }
}

bool isIdempotent(Method method) {
  switch (method) {
    case Method::Get:
    case Method::Head:
    case Method::Put:
    case Method::Delete:
    case Method::Options:
    case Method::Trace:
      return true;
    default:
      return false;
  }
}

std::string_view protocolName(Protocol protocol) {
  switch (protocol) {
    case Protocol::Http10:
      return "HTTP/1.0";
    case Protocol::Http11:
      return "HTTP/1.1";
    case Protocol::Http2:
      return "HTTP/2";
  }
  return "HTTP/1.1";
}

}  // namespace convoy::http

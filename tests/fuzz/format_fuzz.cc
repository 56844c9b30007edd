// format_fuzz: any text as a format string, any bytes as the request it is evaluated over. The
// first byte picks the mode, up to the first newline is the format, the rest are the client's
// bytes. Promises: no crash; what parses can be evaluated; an escaped line holds no byte that a
// client could forge a line with; JSON mode gives one line of printable or UTF-8 text whose quotes
// are balanced.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/net/address.h"
#include "tests/fuzz/promise.h"
#include "worker/access_log/format.h"

namespace {

using convoy::config::AccessLog;
using convoy::config::FormatOp;
using convoy::config::JsonFormat;

class StoppedClock final : public convoy::base::Clock {
 public:
  uint64_t monotonicUs() const override { return 77; }
  int64_t wallUs() const override { return -1; }
};

// A string of JSON in the small: quotes open and close, escapes are whole, no control byte.
bool isOneJsonString(std::string_view s) {
  if (s.size() < 2 || s.front() != '"' || s.back() != '"') return false;
  s = s.substr(1, s.size() - 2);
  for (size_t i = 0; i < s.size(); ++i) {
    if (static_cast<unsigned char>(s[i]) < 0x20 || s[i] == '"') return false;
    if (s[i] != '\\') continue;
    if (++i == s.size()) return false;
    if (s[i] == 'u') i += 4;
    if (i >= s.size()) return false;
  }
  return true;
}

bool hasOwnText(const convoy::config::Format& format) {
  for (const auto& part : format.parts) {
    // Text of the operator or of the environment goes into a text line as it is.
    if (part.op == FormatOp::Literal || part.op == FormatOp::StartTime ||
        part.op == FormatOp::EmitTime || part.op == FormatOp::Environment) {
      return true;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace convoy;
  using fuzz::require;
  if (size == 0) return 0;
  const uint8_t mode = data[0];
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t end = input.find('\n');
  const std::string_view bytes = end == input.npos ? std::string_view() : input.substr(end + 1);
  auto format = config::parseFormat(input.substr(0, end));
  if (!format) {
    require(!format.error().context.empty());
    return 0;
  }

  http::RequestHead request;
  request.method_name = "GET";
  request.path = bytes;
  request.authority = bytes;
  request.headers.add("a", bytes);
  http::ResponseHead response;
  response.headers.add("a", bytes);
  const net::Address address = net::Address::fromIp("192.0.2.1", 80).value();
  worker::Record record;
  record.request = &request;
  record.response = &response;
  record.trailers = &response.headers;
  record.upstream_remote = &address;
  record.downstream_remote = &address;
  record.flags = mode * 0x01010101u;
  record.local_reply_body = bytes;
  record.start_wall_us = static_cast<int64_t>(size) * -1234567;
  const StoppedClock clock;
  const worker::FormatContext context{record, "node", clock};

  std::string line;
  if (mode & 1) {
    AccessLog log;
    log.kind = AccessLog::Kind::Json;
    log.typed_json = false;
    log.json.kind = JsonFormat::Kind::Text;
    log.json.text = format.value();
    worker::appendLogLine(log, context, line);
    require(line.ends_with('\n'));
    require(isOneJsonString(std::string_view(line).substr(0, line.size() - 1)));
  } else {
    worker::appendFormat(format.value(), context, (mode & 2) == 0, line);
    if ((mode & 2) == 0 && !hasOwnText(format.value())) {
      for (const char c : line) require(c >= 0x20 && c < 0x7f && c != '"');
    }
  }
  return 0;
}

#include "master/admin/access_log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "master/admin/json_text.h"

namespace convoy::master {

using config::FormatOp;
using config::FormatPart;
using config::JsonFormat;

namespace {

// strftime with Envoy's fractions: %3f, %6f and %9f digits of a second, %s seconds since the epoch.
std::string timeText(int64_t wall_us, std::string_view format) {
  std::string pattern;
  for (size_t i = 0; i < format.size(); ++i) {
    const std::string_view rest = format.substr(i);
    if (rest.size() >= 3 && rest[0] == '%' && rest[2] == 'f' && rest[1] >= '1' && rest[1] <= '9') {
      const std::string digits = fmt::format("{:09}", wall_us % 1000000 * 1000);
      pattern += digits.substr(0, static_cast<size_t>(rest[1] - '0'));
      i += 2;
    } else if (rest.starts_with("%s")) {
      pattern += std::to_string(wall_us / 1000000);
      i += 1;
    } else if (rest.starts_with("%%")) {
      pattern += "%%";
      i += 1;
    } else {
      pattern += rest[0];
    }
  }
  const time_t seconds = wall_us / 1000000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 256> out;
  return {out.data(), std::strftime(out.data(), out.size(), pattern.c_str(), &parts)};
}

std::string headerText(const AdminLogEntry& entry, const std::string& name) {
  if (name.empty() || entry.request == nullptr) return "";
  const std::string lower = base::lowered(name);
  if (lower == ":path") return std::string(entry.target);
  const std::string_view* value = entry.request->find(lower);
  return value == nullptr ? "" : std::string(*value);
}

std::string withoutPort(const net::Address* address) {
  return address->ip();
}

std::string hostName() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

// "" is unset.
std::string valueOf(const FormatPart& part, const AdminLogEntry& e) {
  switch (part.op) {
    case FormatOp::Literal:
      return part.text;
    case FormatOp::StartTime:
      return timeText(e.start_wall_us, part.text.empty() ? "%Y-%m-%dT%H:%M:%S.%3fZ" : part.text);
    case FormatOp::EmitTime:
      return timeText(e.start_wall_us + static_cast<int64_t>(e.duration_us),
                      part.text.empty() ? "%Y-%m-%dT%H:%M:%S.%3fZ" : part.text);
    case FormatOp::RequestHeader: {
      std::string value = headerText(e, part.text);
      return value.empty() ? headerText(e, part.alternative) : value;
    }
    case FormatOp::Protocol:
      return e.request ? std::string(http::protocolName(e.request->protocol)) : "";
    case FormatOp::ResponseCode:
      return std::to_string(e.status);
    case FormatOp::BytesReceived:
      return std::to_string(e.bytes_received);
    case FormatOp::BytesSent:
      return std::to_string(e.bytes_sent);
    case FormatOp::Duration:
      return std::to_string(e.duration_us / 1000);
    case FormatOp::DownstreamRemoteAddress:
    case FormatOp::DownstreamDirectRemoteAddress:
      return e.peer->toString();
    case FormatOp::DownstreamRemoteAddressWithoutPort:
    case FormatOp::DownstreamDirectRemoteAddressWithoutPort:
      return withoutPort(e.peer);
    case FormatOp::DownstreamRemotePort:
      return std::to_string(e.peer->port());
    case FormatOp::DownstreamLocalAddress:
      return e.local->toString();
    case FormatOp::DownstreamLocalAddressWithoutPort:
      return withoutPort(e.local);
    case FormatOp::DownstreamLocalPort:
      return std::to_string(e.local->port());
    case FormatOp::Hostname:
      return hostName();
    case FormatOp::Environment: {
      const char* value = ::getenv(part.text.c_str());
      return value == nullptr ? std::string() : std::string(value);
    }
    default:
      return "";
  }
}

std::string evaluate(const config::Format& format, const AdminLogEntry& entry, bool escape) {
  std::string out;
  for (const FormatPart& part : format.parts) {
    std::string value = valueOf(part, entry);
    if (value.empty() && part.op != FormatOp::Literal) value.assign(1, '-');
    if (part.max_length >= 0) value.resize(std::min(value.size(), size_t(part.max_length)));
    if (escape && part.op == FormatOp::RequestHeader) {
      base::appendLogEscaped(out, value);  // a client chose these bytes
    } else {
      out += value;
    }
  }
  return out;
}

// False: unset and to be left out.
bool appendJson(const JsonFormat& format, const config::AccessLog& log, const AdminLogEntry& entry,
                std::string& out) {
  switch (format.kind) {
    case JsonFormat::Kind::Null:
      out += "null";
      return true;
    case JsonFormat::Kind::Number:
    case JsonFormat::Kind::Bool:
      out += format.literal;
      return true;
    case JsonFormat::Kind::Text: {
      const std::string text = evaluate(format.text, entry, false);
      const bool single = format.text.parts.size() == 1 && !format.text.isLiteral();
      if (single && text == "-") {
        if (log.omit_empty_values) return false;
        out += log.typed_json ? "null" : "\"-\"";
      } else if (single && log.typed_json && base::parseUint(text)) {
        out += text;
      } else {
        out += quotedJson(text);
      }
      return true;
    }
    case JsonFormat::Kind::Object:
    case JsonFormat::Kind::List:
      break;
  }
  const bool object = format.kind == JsonFormat::Kind::Object;
  out += object ? '{' : '[';
  const char* separator = "";
  for (const auto& [key, value] : format.fields) {
    std::string item;
    if (!appendJson(value, log, entry, item)) continue;
    out += separator;
    if (object) out.append(quotedJson(key)).append(":");
    out += item;
    separator = ",";
  }
  out += object ? '}' : ']';
  return true;
}

bool isWritableNow(int fd) {
  pollfd p{fd, POLLOUT, 0};
  return ::poll(&p, 1, 0) == 1;
}

}  // namespace

std::string adminLogLine(const config::AccessLog& log, const AdminLogEntry& entry) {
  if (log.kind == config::AccessLog::Kind::Text) return evaluate(log.text, entry, true);
  std::string out;
  appendJson(log.json, log, entry, out);
  out += '\n';
  return out;
}

void AdminAccessLog::open(const std::vector<config::AccessLog>& logs) {
  targets_.clear();
  for (const config::AccessLog& log : logs) {
    Target target{log, {}, -1};
    if (log.target == config::AccessLog::Target::File) {
      // A named pipe must not stop the master, whether nobody has opened it or nobody reads.
      target.own.reset(::open(log.path.c_str(),
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                              0644));
      target.fd = target.own.get();
      if (target.fd < 0) {
        base::logger("admin").error("admin access log {}: {}", log.path, std::strerror(errno));
        continue;
      }
    } else {
      target.fd = log.target == config::AccessLog::Target::Stdout ? STDOUT_FILENO : STDERR_FILENO;
    }
    targets_.push_back(std::move(target));
  }
}

void AdminAccessLog::write(const AdminLogEntry& entry) const {
  for (const Target& target : targets_) {
    const std::string line = adminLogLine(target.log, entry);
    // Others write to the pod's stdout, too: its flags are not ours to change.
    if (!target.own.valid() && !isWritableNow(target.fd)) continue;
    // One write is one line, whole even among several writers (O_APPEND). A full disk loses lines,
    // not requests.
    if (::write(target.fd, line.data(), line.size()) < 0 && errno != EAGAIN) {
      base::logger("admin").debug("admin access log: {}", std::strerror(errno));
    }
  }
}

}  // namespace convoy::master

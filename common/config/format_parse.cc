#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.h"
#include "common/base/text.h"
#include "common/config/format_operators.h"
#include "common/config/model/format.h"

namespace convoy::config {

const char* const kDefaultAccessLogFormat =
    "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" "
    "%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
    "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" "
    "\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"\n";

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr uint64_t kMaxTruncation = 1 << 20;

bool isNameChar(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

Error invalid(std::string_view what, size_t offset) {
  return Error::make(ErrorKind::InvalidArgument,
                     "format string, offset " + std::to_string(offset) + ": " + std::string(what),
                     base::Side::Operator);
}

// The pieces of one "%NAME(argument):length%", as views into the source.
struct Spelling {
  size_t offset = 0;  // of the opening '%'
  std::string_view name;
  std::optional<std::string_view> argument;
  std::optional<std::string_view> length;
  size_t end = 0;  // after the closing '%'
};

// Where "%" or ":digits%" begins at `at`, the offset of that '%'; npos otherwise.
size_t closingPercent(std::string_view s, size_t at) {
  if (at < s.size() && s[at] == ':') {
    size_t digits = at + 1;
    while (digits < s.size() && isDigit(s[digits])) ++digits;
    if (digits > at + 1) at = digits;
  }
  return at < s.size() && s[at] == '%' ? at : std::string_view::npos;
}

Result<Spelling> scanOperator(std::string_view s, size_t offset) {
  Spelling spelling;
  spelling.offset = offset;
  size_t at = offset + 1;
  while (at < s.size() && isNameChar(s[at])) ++at;
  spelling.name = s.substr(offset + 1, at - offset - 1);
  if (spelling.name.empty()) {
    return invalid("'%' does not begin an operator; write \"%%\" for a percent sign", offset);
  }
  if (at < s.size() && s[at] == '(') {
    // An argument may hold ')' and '%' (START_TIME(%s)); it ends where the operator can end.
    size_t close = s.find(')', at + 1);
    while (close != std::string_view::npos &&
           closingPercent(s, close + 1) == std::string_view::npos) {
      close = s.find(')', close + 1);
    }
    if (close == std::string_view::npos) {
      return invalid("operator \"" + std::string(spelling.name) + "(\" is not closed by \")%\"",
                     offset);
    }
    spelling.argument = s.substr(at + 1, close - at - 1);
    at = close + 1;
  }
  const size_t percent = closingPercent(s, at);
  if (percent == std::string_view::npos) {
    return invalid("operator \"" + std::string(spelling.name) +
                       "\" is not closed by '%'; write \"%%\" for a percent sign",
                   offset);
  }
  if (percent > at) spelling.length = s.substr(at + 1, percent - at - 1);
  spelling.end = percent + 1;
  return spelling;
}

Status parseHeaderArgument(const Spelling& spelling, FormatPart& part) {
  const std::string_view argument = *spelling.argument;
  const auto names = base::split(argument, '?');
  if (names.size() > 2) {
    return invalid("more than one alternative in \"" + std::string(argument) + "\"",
                   spelling.offset);
  }
  for (const std::string_view name : names) {
    if (name.empty() || name.find_first_of(std::string_view(" \t\r\n\0", 5)) != name.npos) {
      return invalid("\"" + std::string(argument) + "\" is not a header name", spelling.offset);
    }
  }
  part.text = base::lowered(names[0]);
  if (names.size() == 2) part.alternative = base::lowered(names[1]);
  return {};
}

Status parseTimeArgument(const Spelling& spelling, FormatPart& part) {
  if (!spelling.argument) return {};
  part.text = std::string(*spelling.argument);
  if (part.text.find('\n') != std::string::npos || part.text.find("%n") != std::string::npos) {
    return invalid("a time format must not contain a newline", spelling.offset);
  }
  return {};
}

Status parsePathArgument(const Spelling& spelling, FormatPart& part) {
  const auto words = base::split(spelling.argument.value_or("WQ"), ':');
  part.text = std::string(words[0]);
  part.alternative = words.size() > 1 ? std::string(words[1]) : "ORIG_OR_PATH";
  const bool query_known = part.text == "WQ" || part.text == "NQ";
  const bool source_known = part.alternative == "ORIG" || part.alternative == "PATH" ||
                            part.alternative == "ORIG_OR_PATH";
  if (words.size() > 2 || !query_known || !source_known) {
    return invalid("PATH takes (WQ or NQ:ORIG, PATH or ORIG_OR_PATH)", spelling.offset);
  }
  return {};
}

Status parseGrpcArgument(const Spelling& spelling, FormatPart& part) {
  const bool number = spelling.name == "GRPC_STATUS_NUMBER";
  part.text = std::string(spelling.argument.value_or(number ? "NUMBER" : "CAMEL_STRING"));
  if (part.text == "CAMEL_STRING" || part.text == "SNAKE_STRING" || part.text == "NUMBER")
    return {};
  return invalid("GRPC_STATUS takes CAMEL_STRING, SNAKE_STRING or NUMBER", spelling.offset);
}

std::optional<TimePoint> timePoint(std::string_view name) {
  static constexpr std::pair<std::string_view, TimePoint> kPoints[] = {
      {"DS_RX_BEG", TimePoint::DownstreamRxBegin}, {"DS_RX_END", TimePoint::DownstreamRxEnd},
      {"US_TX_BEG", TimePoint::UpstreamTxBegin},   {"US_TX_END", TimePoint::UpstreamTxEnd},
      {"US_RX_BEG", TimePoint::UpstreamRxBegin},   {"US_RX_END", TimePoint::UpstreamRxEnd},
      {"DS_TX_BEG", TimePoint::DownstreamTxBegin}, {"DS_TX_END", TimePoint::DownstreamTxEnd}};
  for (const auto& [known, point] : kPoints) {
    if (known == name) return point;
  }
  return std::nullopt;
}

Status parseDurationArgument(const Spelling& spelling, FormatPart& part) {
  const auto words = base::split(*spelling.argument, ':');
  if (words.size() != 3) {
    return invalid("COMMON_DURATION takes (from:to:unit), such as (DS_RX_BEG:DS_TX_END:us)",
                   spelling.offset);
  }
  for (const std::string_view word : {words[0], words[1]}) {
    const auto point = timePoint(word);
    if (!point) {
      return invalid(
          "COMMON_DURATION measures between DS_RX_BEG, DS_RX_END, US_TX_BEG, US_TX_END, "
          "US_RX_BEG, US_RX_END, DS_TX_BEG and DS_TX_END, not \"" +
              std::string(word) + "\"",
          spelling.offset);
    }
    part.text += static_cast<char>(*point);
  }
  const size_t unit = std::string_view("ms us ns ").find(std::string(words[2]) + " ");
  if (words[2].size() != 2 || unit == std::string_view::npos) {
    return invalid("the unit of COMMON_DURATION is ms, us or ns", spelling.offset);
  }
  part.text += static_cast<char>(unit / 3);
  return {};
}

Status parseArgument(const Spelling& spelling, FormatPart& part) {
  switch (part.op) {
    case FormatOp::RequestHeader:
    case FormatOp::ResponseHeader:
    case FormatOp::ResponseTrailer:
    case FormatOp::RequestHeaderWithoutQuery:
      return parseHeaderArgument(spelling, part);
    case FormatOp::StartTime:
    case FormatOp::EmitTime:
    case FormatOp::StartTimeLocal:
    case FormatOp::EmitTimeLocal:
    case FormatOp::DownstreamPeerCertVStart:
    case FormatOp::DownstreamPeerCertVEnd:
      return parseTimeArgument(spelling, part);
    case FormatOp::Path:
      return parsePathArgument(spelling, part);
    case FormatOp::CommonDuration:
      return parseDurationArgument(spelling, part);
    case FormatOp::GrpcStatus:
      return parseGrpcArgument(spelling, part);
    default:
      if (spelling.argument) part.text = std::string(*spelling.argument);
      return {};
  }
}

Status checkForm(const Spelling& spelling, const OperatorSpec& spec) {
  const std::string name(spelling.name);
  if (!spec.supported) {
    return Error::make(ErrorKind::Unsupported,
                       "format string, offset " + std::to_string(spelling.offset) +
                           ": operator \"" + name + "\" is not supported by Convoy yet",
                       base::Side::Operator);
  }
  if (spec.argument == OperatorArgument::None && spelling.argument) {
    return invalid("operator \"" + name + "\" takes no argument", spelling.offset);
  }
  const bool missing = !spelling.argument || spelling.argument->empty();
  if (spec.argument == OperatorArgument::Required && missing) {
    return invalid("operator \"" + name + "\" needs an argument: \"%" + name + "(...)%\"",
                   spelling.offset);
  }
  if (!spec.length_allowed && spelling.length) {
    return invalid("operator \"" + name + "\" takes no length", spelling.offset);
  }
  return {};
}

Result<FormatPart> parseOperator(const Spelling& spelling) {
  const OperatorSpec* spec = findOperator(spelling.name);
  if (spec == nullptr) {
    std::string what = "unknown operator \"" + std::string(spelling.name) + "\"";
    const std::string_view nearest = nearestOperator(spelling.name);
    if (!nearest.empty()) what += "; did you mean \"" + std::string(nearest) + "\"?";
    return invalid(what, spelling.offset);
  }
  if (Status form = checkForm(spelling, *spec); !form) return form.error();
  FormatPart part;
  part.op = spec->op;
  if (Status argument = parseArgument(spelling, part); !argument) return argument.error();
  if (spelling.length) {
    const auto length = base::parseUint(*spelling.length);
    if (!length || *length > kMaxTruncation) {
      return invalid("length \"" + std::string(*spelling.length) + "\" is too large",
                     spelling.offset);
    }
    part.max_length = static_cast<int>(*length);
  }
  return part;
}

void appendLiteral(Format& format, std::string_view bytes) {
  if (format.parts.empty() || format.parts.back().op != FormatOp::Literal) {
    format.parts.emplace_back();
  }
  format.parts.back().text += bytes;
}

}  // namespace

Result<Format> parseFormat(std::string_view source) {
  Format format;
  format.source = std::string(source);
  size_t at = 0;
  while (at < source.size()) {
    const size_t percent = source.find('%', at);
    if (percent != at) appendLiteral(format, source.substr(at, percent - at));
    if (percent == std::string_view::npos) break;
    if (percent + 1 < source.size() && source[percent + 1] == '%') {
      appendLiteral(format, "%");
      at = percent + 2;
      continue;
    }
    auto spelling = scanOperator(source, percent);
    if (!spelling) return spelling.error();
    auto part = parseOperator(*spelling);
    if (!part) return part.error();
    format.parts.push_back(std::move(part.value()));
    at = spelling->end;
  }
  return format;
}

}  // namespace convoy::config

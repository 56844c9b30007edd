#include "common/http/h1_parser.h"

#include <http_parser.h>

#include "common/http/names.h"

namespace convoy::http {

void RawHead::clear() {
  start_line = method = target = reason = {};
  status = major = minor = 0;
  fields.clear();
}

namespace {

RawHead& headOf(http_parser* parser) {
  return *static_cast<RawHead*>(parser->data);
}

http_parser_settings makeSettings() {
  http_parser_settings settings;
  http_parser_settings_init(&settings);
  settings.on_url = [](http_parser* p, const char* at, size_t n) {
    headOf(p).target = {at, n};
    return 0;
  };
  settings.on_status = [](http_parser* p, const char* at, size_t n) {
    headOf(p).reason = {at, n};
    return 0;
  };
  settings.on_headers_complete = [](http_parser* p) {
    RawHead& head = headOf(p);
    head.major = p->http_major;
    head.minor = p->http_minor;
    head.status = static_cast<int>(p->status_code);
    p->upgrade = 0;
    return 1;  // "no body": whatever follows is not http-parser's business
  };
  settings.on_message_complete = [](http_parser* p) {
    http_parser_pause(p, 1);
    return 0;
  };
  return settings;
}

}  // namespace

bool parseStartLine(HeadKind kind, RawHead& out, std::string_view& detail) {
  static const http_parser_settings settings = makeSettings();
  http_parser parser;
  http_parser_init(&parser, kind == HeadKind::Request ? HTTP_REQUEST : HTTP_RESPONSE);
  parser.data = &out;
  http_parser_execute(&parser, &settings, out.start_line.data(), out.start_line.size());
  if (parser.http_errno == HPE_OK) http_parser_execute(&parser, &settings, "\r\n", 2);
  const auto error = static_cast<http_errno>(parser.http_errno);
  if (error != HPE_PAUSED && error != HPE_OK) {
    detail = http_errno_name(error);
    return false;
  }
  if (out.major == 0 && out.minor == 0) {
    detail = "incomplete head";
    return false;
  }
  if (kind == HeadKind::Request) {
    out.method = http_method_str(static_cast<http_method>(parser.method));
  }
  return true;
}

bool knownMethod(std::string_view name) {
  if (methodOf(name) != Method::Other) return true;
  for (int i = HTTP_DELETE; i <= HTTP_SOURCE; ++i) {
    if (name == http_method_str(static_cast<http_method>(i))) return true;
  }
  return false;
}

}  // namespace convoy::http

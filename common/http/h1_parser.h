// h1_parser: http-parser behind one function: the first line of an HTTP/1 head in, its parts out as
// views into the same bytes. It sees neither fields (field_lines splits them while it checks them;
// http-parser would look at each octet again, which was half of our user time with a browser's
// heads) nor a body: framing is ours (message_rules, chunk_decoder), because Debian's build of
// http-parser is lenient (security.md section 2). The guard runs first.
#pragma once

#include <string_view>
#include <vector>

namespace convoy::http {

struct RawField {
  std::string_view name;
  std::string_view value;
};

struct RawHead {
  std::string_view start_line;  // with its CRLF
  std::string_view method;      // requests
  std::string_view target;
  int status = 0;  // responses
  std::string_view reason;
  int major = 0;
  int minor = 0;
  std::vector<RawField> fields;
  void clear();
};

enum class HeadKind : unsigned char { Request, Response };

// From out.start_line. False: http-parser refused it; `detail` says why.
bool parseStartLine(HeadKind kind, RawHead& out, std::string_view& detail);

// A method that a request of HTTP/1 may have here.
bool knownMethod(std::string_view name);

}  // namespace convoy::http

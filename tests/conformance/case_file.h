// case_file: conformance cases as text, one message exchange each, exact to the octet:
//
//   case: two hosts                        starts a case; `#` starts a comment line
//   with: http10 max_fields=3              settings, see Case::with (may be left out)
//   request: HEAD                          responses only: what was asked (GET if left out)
//   send: GET / HTTP/1.1\r\nHost: a\r\n    octets from the peer; several lines are joined
//   forward: GET / HTTP/1.1\r\nhost: a...  a message as it must leave on the other side, in order
//   reject: 400 two_hosts                  the answer to it, and why; after that nothing is parsed
//   end: reusable                          responses only: reusable, closed or truncated; of
//                                          HTTP/2: reset
//
// A message of HTTP/2 has in place of `send`, in the order of its frames (h2_players):
//
//   head: :method=GET | :path=/ | x=1      fields; the name ends at the first = behind its first
//   octet data: hello trailers: x=1
//
// Escapes: \r \n \t \0 \xHH \\ and \{N*text} for N repetitions. Knows no codec: any player, in the
// process or over a socket, can use it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace convoy::conformance {

struct Case {
  std::string name;
  std::string with;
  std::string request = "GET";
  std::string send;
  std::vector<std::pair<std::string, std::string>> frames;  // head, data or trailers; not unescaped
  std::vector<std::string> forward;
  int reject = 0;  // 0: not rejected
  std::string detail;
  std::string end;
};

// Every case of a file. A line that is not understood is a case named "error: ..." that fails.
std::vector<Case> loadCases(const std::string& path);
std::string unescape(const std::string& text);
std::string escape(const std::string& octets);

// The ways to cut `octets` into reads: whole, one by one, and behind every line end.
enum class Split { Whole, Octets, Lines };
std::vector<std::string> cut(const std::string& octets, Split split);

}  // namespace convoy::conformance

// message: what an admin handler is given and what it gives back. Plain values; master only.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/names.h"

namespace convoy::master {

inline constexpr std::string_view kTextType = "text/plain; charset=UTF-8";
inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kHtmlType = "text/html; charset=UTF-8";

struct AdminRequest {
  http::Method method = http::Method::Get;
  std::string method_name;
  std::string target;                                       // as it came
  std::string path;                                         // without the query, slashes merged
  std::vector<std::pair<std::string, std::string>> params;  // decoded: query, then a form's body
  // For the guard against other sites (guard.h).
  std::string authority, origin, fetch_site;
  std::string accept;  // what the client can show
  bool over_unix_socket = false;

  const std::string* param(std::string_view name) const;  // the first, or nullptr
  bool has(std::string_view name) const { return param(name) != nullptr; }
};

struct AdminResponse {
  int status = 200;
  std::string_view content_type = kTextType;
  std::string body;
  // Set: what follows `body`, in pieces, asked for as fast as the client reads. Appends the next
  // piece (which may be nothing); false when there is no more. May outlive the request.
  std::function<bool(std::string& out)> more;
  // What a page may load; empty: nothing but its own style element.
  std::string_view content_policy = {};
  bool gzip = false;  // what it holds is compressed

  static AdminResponse text(std::string body, int status = 200) {
    AdminResponse out;
    out.status = status;
    out.body = std::move(body);
    return out;
  }
  static AdminResponse json(std::string body) {
    AdminResponse out;
    out.content_type = kJsonType;
    out.body = std::move(body);
    return out;
  }
};

// "//stats?a=b%20c&d" -> path "/stats", params {a, "b c"}, {d, ""}. '+' is a space in forms only;
// a '%' without two digits stays as it is.
void parseTarget(std::string_view target, AdminRequest* request);
void parseForm(std::string_view body, AdminRequest* request);

}  // namespace convoy::master

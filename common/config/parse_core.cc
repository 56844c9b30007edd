#include <arpa/inet.h>

#include "common/base/text.h"
#include "common/config/inline_files.h"
#include "common/config/parse.h"
#include "common/config/protected_headers.h"
#include "common/config/upgrade.h"

namespace convoy::config {

std::string typeOf(const TreeNode* any) {
  if (any == nullptr) return "";
  const TreeNode* type = any->find("@type");
  return type == nullptr ? "" : std::string(typeSuffix(type->scalar));
}

std::string SocketAddress::toString() const {
  if (is_pipe) return path;
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port_value);
}

namespace {

bool isIp(const std::string& text) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

}  // namespace

SocketAddress parseAddress(const TreeNode& node, const std::string& path, AddressUse use,
                           Diagnostics& d) {
  SocketAddress out;
  out.origin = node.origin;
  Reader r(node, path, "envoy.config.core.v3.Address", d);
  const std::string kind = r.oneOf({"socket_address", "pipe"});
  r.unsupported("envoy_internal_address", "nothing listens there");
  if (kind.empty()) r.error("", code::kMissing, "an address needs socket_address or pipe");
  r.message("socket_address", [&](const TreeNode& n, const std::string& p) {
    Reader s(n, p, "envoy.config.core.v3.SocketAddress", d);
    s.required("address");
    out.origin = n.origin;
    out.address = s.text("address");
    s.oneOf({"port_value", "named_port"});
    s.unsupported("named_port", "the port is unknown");
    if (!s.has("port_value") && !s.has("named_port")) {
      s.error("", code::kMissing,
              "\"port_value\" is missing in envoy.config.core.v3.SocketAddress");
    }
    out.port_value = static_cast<uint16_t>(s.uint("port_value", 0, 65535));
    s.enumeration("protocol", {{"TCP", 0, 0}, {"UDP", 1, -1}}, 0);
    s.unsupported("resolver_name", "the system's resolver is used");
    s.ignore("ipv4_compat");
    if (use != AddressUse::Resolve && !out.address.empty() && !isIp(out.address)) {
      const bool listen = use == AddressUse::Listen;
      s.error("address", code::kWrongValue,
              "\"" + out.address + "\" is not an IP address; " +
                  (listen ? "a name cannot be listened on" : "a STATIC cluster resolves no names"),
              listen ? "write 0.0.0.0 for all interfaces, 127.0.0.1 for this machine only"
                     : "set the cluster's type to STRICT_DNS");
    }
  });
  r.message("pipe", [&](const TreeNode& n, const std::string& p) {
    Reader s(n, p, "envoy.config.core.v3.Pipe", d);
    s.required("path");
    out.is_pipe = true;
    out.path = s.text("path");
    out.mode = static_cast<unsigned>(s.uint("mode", 0, 0777));
    if (out.path.size() > 107) {
      s.error("path", code::kWrongValue, "a unix socket path has at most 107 bytes");
    }
  });
  return out;
}

Node parseNode(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Node out;
  Reader r(node, path, "envoy.config.core.v3.Node", d);
  out.id = r.text("id");
  out.cluster = r.text("cluster");
  r.message("locality", [&](const TreeNode& n, const std::string& p) {
    Reader l(n, p, "envoy.config.core.v3.Locality", d);
    out.region = l.text("region");
    out.zone = l.text("zone");
    out.sub_zone = l.text("sub_zone");
  });
  // Said to control planes only, of which there are none here.
  for (const std::string_view field :
       {"metadata", "build_version", "user_agent_name", "user_agent_version",
        "user_agent_build_version", "extensions", "client_features", "listening_addresses",
        "dynamic_parameters"}) {
    r.ignore(field);
  }
  return out;
}

std::shared_ptr<const base::Regex> parseRegex(const TreeNode& node, const std::string& path,
                                              Diagnostics& d, std::string* pattern) {
  Reader r(node, path, "envoy.type.matcher.v3.RegexMatcher", d);
  r.required("regex");
  r.ignore("google_re2");  // the only engine there is
  const std::string text = r.text("regex");
  if (pattern != nullptr) *pattern = text;
  auto regex = base::Regex::compile(text);
  if (!regex.ok()) {
    r.error("regex", code::kWrongValue, regex.error().context);
    return base::Regex::compile("").value();
  }
  return std::move(*regex);
}

base::StringMatcher parseStringMatcher(const TreeNode& node, const std::string& path,
                                       Diagnostics& d) {
  using Kind = base::StringMatcher::Kind;
  Reader r(node, path, "envoy.type.matcher.v3.StringMatcher", d);
  const bool ignore_case = r.boolean("ignore_case", false);
  const std::string kind = r.oneOf({"exact", "prefix", "suffix", "contains", "safe_regex"});
  r.unsupported("custom", "it matches nothing");
  base::Result<base::StringMatcher> made = base::StringMatcher();
  if (kind == "safe_regex") {
    std::string pattern;
    parseRegex(*r.node("safe_regex"), r.pathOf("safe_regex"), d, &pattern);
    made = base::StringMatcher::make(Kind::Regex, pattern);
  } else if (!kind.empty()) {
    const Kind k = kind == "exact"    ? Kind::Exact
                   : kind == "prefix" ? Kind::Prefix
                   : kind == "suffix" ? Kind::Suffix
                                      : Kind::Contains;
    made = base::StringMatcher::make(k, r.text(kind), ignore_case);
  } else if (!r.has("custom")) {
    r.error("", code::kMissing,
            "a StringMatcher needs exact, prefix, suffix, contains or safe_regex");
  }
  return made.ok() ? *made : base::StringMatcher();
}

Fraction parseFraction(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Fraction out;
  Reader r(node, path, "envoy.type.v3.FractionalPercent", d);
  out.numerator = static_cast<uint32_t>(r.uint("numerator", 0));
  out.denominator = static_cast<uint32_t>(r.enumeration(
      "denominator", {{"HUNDRED", 0, 100}, {"TEN_THOUSAND", 1, 10000}, {"MILLION", 2, 1000000}},
      100));
  return out;
}

Fraction parseRuntimeFraction(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Fraction out;
  Reader r(node, path, "envoy.config.core.v3.RuntimeFractionalPercent", d);
  r.ignore("runtime_key");  // its value took the default's place already (runtime_layers)
  r.message("default_value",
            [&](const TreeNode& n, const std::string& p) { out = parseFraction(n, p, d); });
  return out;
}

RegexRewrite parseRegexRewrite(const TreeNode& node, const std::string& path, Diagnostics& d) {
  RegexRewrite out;
  Reader r(node, path, "envoy.type.matcher.v3.RegexMatchAndSubstitute", d);
  r.required("pattern");
  r.message("pattern",
            [&](const TreeNode& n, const std::string& p) { out.regex = parseRegex(n, p, d); });
  if (out.regex == nullptr) out.regex = base::Regex::compile("").value();
  out.substitution = r.text("substitution");
  return out;
}

namespace {

Format formatOf(const TreeNode& node, const std::string& text, const std::string& path,
                Diagnostics& d) {
  auto format = parseFormat(text);
  if (format.ok()) return std::move(*format);
  if (format.error().kind == base::ErrorKind::Unsupported) {
    d.unsupported(node.origin, path, format.error().context, "the value is empty");
  } else {
    d.error(node.origin, path, code::kWrongValue, format.error().context);
  }
  return {};
}

HeaderValueOption parseHeaderOption(const TreeNode& node, const std::string& path, Diagnostics& d) {
  using Action = HeaderValueOption::Action;
  HeaderValueOption out;
  Reader r(node, path, "envoy.config.core.v3.HeaderValueOption", d);
  r.required("header");
  r.message("header", [&](const TreeNode& n, const std::string& p) {
    Reader h(n, p, "envoy.config.core.v3.HeaderValue", d);
    h.required("key");
    out.key = base::lowered(h.text("key"));
    h.unsupported("raw_value", "the value is empty");
    const std::string value = h.text("value");
    const TreeNode* at = h.node("value");
    out.value = formatOf(at == nullptr ? n : *at, value, h.pathOf("value"), d);
    if (const auto why = whyProtected(out.key); !why.empty()) {
      h.error("key", code::kWrongValue,
              "\"" + out.key + "\" cannot be added here: " + std::string(why));
    }
    for (const char c : value) {
      if (c == '\r' || c == '\n' || c == '\0') {
        h.error("value", code::kWrongValue, "a header value cannot hold a line break or NUL");
        break;
      }
    }
  });
  const int action = r.enumeration("append_action",
                                   {{"APPEND_IF_EXISTS_OR_ADD", 0, 0},
                                    {"ADD_IF_ABSENT", 1, 1},
                                    {"OVERWRITE_IF_EXISTS_OR_ADD", 2, 2},
                                    {"OVERWRITE_IF_EXISTS", 3, 3}},
                                   0);
  out.action = static_cast<Action>(action);
  // The older switch: append (default true) or overwrite.
  if (r.has("append") && !r.boolean("append", true)) out.action = Action::OverwriteIfExistsOrAdd;
  out.keep_empty_value = r.boolean("keep_empty_value", false);
  return out;
}

void parseRemovals(Reader& r, std::string_view field, std::vector<std::string>& out,
                   Diagnostics& d) {
  r.list(field, [&](const TreeNode& n, const std::string& p) {
    const std::string name = base::lowered(n.scalar);
    if (n.kind != TreeNode::Kind::String || name.empty()) {
      d.error(n.origin, p, code::kWrongType, "expected the name of a header here");
    } else if (const auto why = whyProtected(name); !why.empty()) {
      d.error(n.origin, p, code::kWrongValue,
              "\"" + name + "\" cannot be removed: " + std::string(why));
    } else {
      out.push_back(name);
    }
  });
}

}  // namespace

HeaderMutations parseMutations(Reader& r, Diagnostics& d) {
  HeaderMutations out;
  const auto add = [&](std::vector<HeaderValueOption>& to) {
    return
        [&](const TreeNode& n, const std::string& p) { to.push_back(parseHeaderOption(n, p, d)); };
  };
  r.list("request_headers_to_add", add(out.request_to_add));
  r.list("response_headers_to_add", add(out.response_to_add));
  parseRemovals(r, "request_headers_to_remove", out.request_to_remove, d);
  parseRemovals(r, "response_headers_to_remove", out.response_to_remove, d);
  return out;
}

std::string parseDataSource(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.DataSource", d);
  const std::string kind =
      r.oneOf({"inline_string", "inline_bytes", "filename", "environment_variable"});
  r.unsupported("inline_bytes", "it is empty");
  r.ignore("watched_directory");
  r.ignore(kInlinedFrom);
  if (kind == "inline_string") return r.text("inline_string");
  // Files and variables became inline_string before anything was parsed (inline_files).
  if (kind.empty()) r.error("", code::kMissing, "a DataSource needs inline_string or filename");
  return "";
}

}  // namespace convoy::config

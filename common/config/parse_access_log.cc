#include <algorithm>

#include "common/config/parse.h"
#include "common/config/upgrade.h"

namespace convoy::config {

namespace {

Format checkedFormat(const TreeNode& node, const std::string& text, const std::string& path,
                     Diagnostics& d) {
  auto format = parseFormat(text);
  if (format.ok()) return std::move(*format);
  if (format.error().kind == base::ErrorKind::Unsupported) {
    d.unsupported(node.origin, path, format.error().context, "the text is empty");
  } else {
    d.error(node.origin, path, code::kWrongValue, format.error().context);
  }
  return {};
}

JsonFormat jsonFormat(const TreeNode& node, const std::string& path, Diagnostics& d) {
  JsonFormat out;
  switch (node.kind) {
    case TreeNode::Kind::Null:
      out.kind = JsonFormat::Kind::Null;
      break;
    case TreeNode::Kind::Bool:
      out.kind = JsonFormat::Kind::Bool;
      out.literal = node.scalar;
      break;
    case TreeNode::Kind::Number:
      out.kind = JsonFormat::Kind::Number;
      out.literal = node.scalar;
      break;
    case TreeNode::Kind::String:
      out.kind = JsonFormat::Kind::Text;
      out.text = checkedFormat(node, node.scalar, path, d);
      break;
    case TreeNode::Kind::List:
      out.kind = JsonFormat::Kind::List;
      for (const TreeNode& item : node.list) out.fields.push_back({"", jsonFormat(item, path, d)});
      break;
    case TreeNode::Kind::Map:
      out.kind = JsonFormat::Kind::Object;
      for (const auto& [key, value] : node.members) {
        out.fields.push_back({key, jsonFormat(value, path + "." + key, d)});
      }
      break;
  }
  return out;
}

void setText(FormatString& out, const TreeNode& node, const std::string& text,
             const std::string& path, Diagnostics& d) {
  out.kind = FormatString::Kind::Text;
  out.text = checkedFormat(node, text, path, d);
}

void setJson(FormatString& out, const TreeNode& node, const std::string& path, bool typed,
             Diagnostics& d) {
  out.kind = FormatString::Kind::Json;
  out.typed_json = typed;
  out.json = jsonFormat(node, path, d);
}

void sortKeys(JsonFormat& format) {
  for (JsonField& field : format.fields) sortKeys(field.value);
  if (format.kind != JsonFormat::Kind::Object) return;
  std::stable_sort(format.fields.begin(), format.fields.end(),
                   [](const JsonField& a, const JsonField& b) { return a.key < b.key; });
}

// What these two add is known without them: REQ_WITHOUT_QUERY and METADATA.
void checkFormatter(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, "envoy.config.core.v3.TypedExtensionConfig", d);
  const std::string name = r.text("name");
  const TreeNode* config = r.node("typed_config");
  const std::string type = typeOf(config);
  const bool known = type == "ReqWithoutQuery" || type == "Metadata" ||
                     (type.empty() && (name == "envoy.formatter.req_without_query" ||
                                       name == "envoy.formatter.metadata"));
  if (known) return;
  d.unsupported(node.origin, path,
                "Convoy has no formatter \"" + (type.empty() ? name : type) + "\"",
                "its operators are unknown");
}

void parseConfig(const TreeNode& node, const std::string& path, AccessLog& out, Diagnostics& d) {
  const bool file = out.target == AccessLog::Target::File;
  Reader r(node, path,
           file ? "envoy.extensions.access_loggers.file.v3.FileAccessLog"
                : "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
           d);
  if (file) {
    r.required("path");
    out.path = r.text("path");
    if (out.path == "/dev/stdout") out.target = AccessLog::Target::Stdout;
    if (out.path == "/dev/stderr") out.target = AccessLog::Target::Stderr;
  }
  const std::string kind = r.oneOf({"format", "json_format", "typed_json_format", "log_format"});
  if (kind == "format") {
    setText(out, *r.node("format"), r.text("format"), r.pathOf("format"), d);
  } else if (kind == "log_format") {
    static_cast<FormatString&>(out) =
        parseFormatString(*r.node("log_format"), r.pathOf("log_format"), d);
  } else if (!kind.empty()) {
    setJson(out, *r.node(kind), r.pathOf(kind), kind == "typed_json_format", d);
  }
}

}  // namespace

FormatString parseFormatString(const TreeNode& node, const std::string& path, Diagnostics& d,
                               bool sorted) {
  FormatString out;
  Reader r(node, path, "envoy.config.core.v3.SubstitutionFormatString", d);
  const std::string kind = r.oneOf({"text_format", "json_format", "text_format_source"});
  out.omit_empty_values = r.boolean("omit_empty_values", false);
  out.content_type = r.text("content_type");
  r.list("formatters", [&](const TreeNode& n, const std::string& p) { checkFormatter(n, p, d); });
  r.message("json_format_options", [&](const TreeNode& n, const std::string& p) {
    Reader options(n, p, "envoy.config.core.v3.JsonFormatOptions", d);
    sorted |= options.boolean("sort_properties", false);
  });
  if (kind == "text_format") {
    setText(out, *r.node("text_format"), r.text("text_format"), r.pathOf("text_format"), d);
  } else if (kind == "json_format") {
    setJson(out, *r.node("json_format"), r.pathOf("json_format"), true, d);
    if (sorted) sortKeys(out.json);
  } else if (kind == "text_format_source") {
    const TreeNode& source = *r.node("text_format_source");
    setText(out, source, parseDataSource(source, r.pathOf("text_format_source"), d),
            r.pathOf("text_format_source"), d);
  } else {
    r.error("", code::kMissing, "a format needs text_format, json_format or text_format_source");
  }
  return out;
}

AccessLog parseAccessLog(const TreeNode& node, const std::string& path, Diagnostics& d) {
  AccessLog out;
  out.origin = node.origin;
  out.text = parseFormat(kDefaultAccessLogFormat).value();
  Reader r(node, path, "envoy.config.accesslog.v3.AccessLog", d);
  const std::string name(canonicalName(r.text("name")));
  r.message("filter", [&](const TreeNode& n, const std::string& p) {
    out.filter = std::make_shared<AccessLogFilter>(parseAccessLogFilter(n, p, d));
  });
  const TreeNode* config = r.node("typed_config");
  const std::string type = typeOf(config);
  if (type == "FileAccessLog" || (type.empty() && name == "envoy.access_loggers.file")) {
    out.target = AccessLog::Target::File;
  } else if (type == "StdoutAccessLog" || (type.empty() && name == "envoy.access_loggers.stdout")) {
    out.target = AccessLog::Target::Stdout;
  } else if (type == "StderrAccessLog" || (type.empty() && name == "envoy.access_loggers.stderr")) {
    out.target = AccessLog::Target::Stderr;
  } else {
    d.unsupported(node.origin, path,
                  "Convoy has no access logger \"" + (type.empty() ? name : type) + "\"",
                  "its lines are not written");
    out.target = AccessLog::Target::File;  // without a path: left out by the caller
    return out;
  }
  if (config != nullptr) {
    parseConfig(*config, r.pathOf("typed_config"), out, d);
  } else if (out.target == AccessLog::Target::File) {
    r.error("", code::kMissing, "a file access log needs typed_config with a path");
  }
  return out;
}

}  // namespace convoy::config

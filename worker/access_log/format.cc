#include "worker/access_log/format.h"

#include "common/base/text.h"
#include "worker/access_log/json_text.h"
#include "worker/access_log/value.h"

namespace convoy::worker {
namespace {

// One hostile header must not make a log line of 60 KiB.
constexpr size_t kMaxLoggedValue = 4096;

using config::Format;
using config::FormatOp;
using config::FormatPart;
using config::JsonFormat;

std::string_view cut(const Value& value) {
  return value.kind == Value::Kind::Peer ? value.text.substr(0, kMaxLoggedValue) : value.text;
}

void appendTextPart(const FormatPart& part, const FormatContext& context, bool log_escaping,
                    std::string_view unset, std::string& out) {
  Scratch scratch;
  const Value value = evaluate(part, context, scratch);
  if (value.kind == Value::Kind::Unset) {
    out += unset;
  } else if (log_escaping && value.kind == Value::Kind::Peer) {
    base::appendLogEscaped(out, cut(value));
  } else {
    out += value.text;
  }
}

// Writes one JSON document by walking the format; holds what all levels need.
class JsonWriter {
 public:
  // `whole`: values are not cut.
  JsonWriter(const config::FormatString& format, const FormatContext& context, bool whole,
             std::string& out)
      : format_(format), context_(context), whole_(whole), out_(out) {}

  // False if nothing was written since the value is unset and such values are left out.
  bool write(const JsonFormat& format) {
    switch (format.kind) {
      case JsonFormat::Kind::Object:
      case JsonFormat::Kind::List:
        writeFields(format);
        return true;
      case JsonFormat::Kind::Text:
        return writeText(format.text);
      case JsonFormat::Kind::Number:
      case JsonFormat::Kind::Bool:
        out_ += format.literal;
        return true;
      case JsonFormat::Kind::Null:
        return writeNull();
    }
    return false;
  }

 private:
  void writeFields(const JsonFormat& format) {
    const bool object = format.kind == JsonFormat::Kind::Object;
    out_ += object ? '{' : '[';
    bool first = true;
    for (const auto& [key, child] : format.fields) {
      const size_t before = out_.size();
      if (!first) out_ += ',';
      if (object) {
        appendJsonString(out_, key);
        out_ += ':';
      }
      if (write(child)) {
        first = false;
      } else {
        out_.resize(before);
      }
    }
    out_ += object ? '}' : ']';
  }

  bool writeText(const Format& format) {
    if (format.parts.size() == 1) return writeWhole(format.parts[0]);
    out_ += '"';
    for (const FormatPart& part : format.parts) {
      Scratch scratch;
      const Value value = evaluate(part, context_, scratch);
      if (value.kind != Value::Kind::Unset) {
        appendJsonEscaped(out_, textOf(value));
      } else if (!format_.omit_empty_values) {
        out_ += '-';
      }
    }
    out_ += '"';
    return true;
  }

  // Only an operator that is the whole value keeps its type (Envoy's rule).
  bool writeWhole(const FormatPart& part) {
    Scratch scratch;
    const Value value = evaluate(part, context_, scratch);
    if (value.kind == Value::Kind::Unset) {
      if (format_.omit_empty_values || format_.typed_json) return writeNull();
      out_ += "\"-\"";
    } else if (value.kind == Value::Kind::Number && format_.typed_json) {
      out_ += value.text;
    } else {
      appendJsonString(out_, textOf(value));
    }
    return true;
  }

  std::string_view textOf(const Value& value) const { return whole_ ? value.text : cut(value); }

  bool writeNull() {
    if (format_.omit_empty_values) return false;
    out_ += "null";
    return true;
  }

  const config::FormatString& format_;
  const FormatContext& context_;
  const bool whole_;
  std::string& out_;
};

}  // namespace

void appendFormat(const Format& format, const FormatContext& context, bool log_escaping,
                  std::string& out, std::string_view unset) {
  for (const FormatPart& part : format.parts) {
    if (part.op == FormatOp::Literal) {
      out += part.text;
    } else {
      appendTextPart(part, context, log_escaping, unset, out);
    }
  }
}

void appendFormatString(const config::FormatString& format, const FormatContext& context,
                        bool log_escaping, std::string& out) {
  if (format.kind == config::FormatString::Kind::Text) {
    appendFormat(format.text, context, log_escaping, out, format.omit_empty_values ? "" : "-");
    return;
  }
  JsonWriter writer(format, context, !log_escaping, out);
  if (!writer.write(format.json)) out += "null";
  out += '\n';
}

void appendLogLine(const config::AccessLog& log, const FormatContext& context, std::string& out) {
  appendFormatString(log, context, true, out);
}

}  // namespace convoy::worker

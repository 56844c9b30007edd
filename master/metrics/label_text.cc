#include "master/metrics/label_text.h"

#include "common/base/text.h"

namespace convoy::master {

namespace {

// Prometheus refuses a whole scrape for one byte that is not UTF-8.
void appendLabelValue(std::string_view value, std::string& out) {
  while (!value.empty()) {
    const size_t length = base::utf8Length(value);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (value[0] == '\n') {
      out += "\\n";
    } else {
      if (value[0] == '"' || value[0] == '\\') out += '\\';
      out += value.substr(0, length);
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace

void appendLabel(std::string_view name, std::string_view value, std::string& out) {
  if (!out.empty()) out += ',';
  out.append(name).append("=\"");
  appendLabelValue(value, out);
  out += '"';
}

}  // namespace convoy::master

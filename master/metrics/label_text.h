// label_text: labels as Prometheus' text has them: name="value". Master only.
#pragma once

#include <string>
#include <string_view>

namespace convoy::master {

// With a comma before it if `out` holds one already. Quotes, backslashes and line breaks are
// escaped; bytes that are not UTF-8 are replaced: Prometheus refuses a whole scrape for one.
void appendLabel(std::string_view name, std::string_view value, std::string& out);

}  // namespace convoy::master

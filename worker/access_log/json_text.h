// json_text: bytes of any origin as a JSON string. The result is valid JSON and valid UTF-8
// whatever goes in: control bytes are escaped, and a byte that is no part of well-formed UTF-8
// becomes \u00XX (its meaning in Latin-1), so that nothing is lost. No allocation beyond the
// string.
#pragma once

#include <string>
#include <string_view>

namespace convoy::worker {

void appendJsonString(std::string& out, std::string_view s);   // with its quotes
void appendJsonEscaped(std::string& out, std::string_view s);  // without

}  // namespace convoy::worker

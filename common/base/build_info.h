// build_info: what this program is: its version and the revision it was built from. Constant data.
#pragma once

namespace convoy::base {

inline constexpr const char* kVersion = "0.1.0";
const char* buildRevision();  // 40 hexadecimal digits; zeros when built outside a checkout

}  // namespace convoy::base

// JSON text <-> tree: the one place (with common/config) where jsoncpp is included. Strict RFC 8259
// in, compact text out. Control plane only: never on the request path. Any process.
#pragma once

#include <string>
#include <string_view>

#include <json/json.h>

#include "common/base/result.h"

namespace convoy::base {

// The error names the place ("Line 1, Column 3 ..."). Never throws, bounded nesting.
Result<Json::Value> parseJson(std::string_view text);
std::string writeJson(const Json::Value& value);        // one line, no trailing newline
std::string writePrettyJson(const Json::Value& value);  // one space of indentation per level

// Typed fields of an object: false, and *out untouched, if absent or of another type or range.
bool getUint(const Json::Value& object, const char* key, uint64_t* out);
bool getUint(const Json::Value& object, const char* key, uint32_t* out);
bool getInt(const Json::Value& object, const char* key, int64_t* out);
bool getString(const Json::Value& object, const char* key, std::string* out);
bool getBool(const Json::Value& object, const char* key, bool* out);

}  // namespace convoy::base

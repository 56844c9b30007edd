// json_text: JSON as Envoy's admin interface prints protocol buffers: one space of indentation,
// "key": value, empty lists as []. Master only.
#pragma once

#include <string>

#include "common/base/json.h"

namespace convoy::master {

std::string protoJson(const Json::Value& value);  // ends with a newline
std::string quotedJson(const std::string& text);  // "text", escaped

}  // namespace convoy::master

#include "master/config_changes.h"

#include <map>

#include "common/base/json.h"

namespace convoy::master {
namespace {

std::map<std::string, std::string> byName(const std::string& json, const char* kind) {
  std::map<std::string, std::string> out;
  const auto parsed = base::parseJson(json);
  if (!parsed.ok() || !parsed->isObject()) return out;
  const Json::Value& resources = (*parsed)["static_resources"];
  if (!resources.isObject() || !resources[kind].isArray()) return out;
  for (const Json::Value& item : resources[kind]) {
    out[item.get("name", "").asString()] = base::writeJson(item);
  }
  return out;
}

}  // namespace

ConfigChanges changesOf(const std::string& old_json, const std::string& new_json,
                        const char* kind) {
  ConfigChanges out;
  const auto before = byName(old_json, kind);
  const auto after = byName(new_json, kind);
  for (const auto& [name, text] : after) {
    const auto known = before.find(name);
    if (known == before.end()) {
      ++out.added;
    } else if (known->second != text) {
      ++out.modified;
    }
  }
  for (const auto& [name, text] : before) out.removed += after.count(name) == 0 ? 1 : 0;
  return out;
}

}  // namespace convoy::master

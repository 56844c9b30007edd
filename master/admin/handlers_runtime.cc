#include <map>

#include "common/base/json.h"
#include "common/config/disk_layer.h"
#include "common/config/runtime_layers.h"
#include "master/admin/endpoints.h"
#include "master/admin/json_text.h"

namespace convoy::master {

namespace {

using Values = std::map<std::string, std::string>;

std::string textOf(const Json::Value& value) {
  return value.isString() ? value.asString() : base::writeJson(value);
}

// {numerator, denominator} is a value; any other object is a level of names.
void flatten(const Json::Value& value, const std::string& key, Values& out) {
  const bool fraction =
      value.isObject() && (value.isMember("numerator") || value.isMember("denominator"));
  if (!value.isObject() || fraction) {
    out[key] = textOf(value);
    return;
  }
  for (const std::string& name : value.getMemberNames()) {
    flatten(value[name], key.empty() ? name : key + "." + name, out);
  }
}

Json::Value layersOf(const AdminContext& context) {
  auto config = base::parseJson(context.canonicalConfig());
  if (!config.ok() || !config.value().isObject()) return Json::Value(Json::arrayValue);
  const Json::Value layers = config.value()["layered_runtime"]["layers"];
  return layers.isArray() ? layers : Json::Value(Json::arrayValue);
}

Values valuesOf(const Json::Value& layer) {
  Values out;
  if (layer["static_layer"].isObject()) flatten(layer["static_layer"], "", out);
  for (const Json::Value* said : {&layer["disk_layer"][std::string(config::kDiskValues)],
                                  &layer["admin_layer"][std::string(config::kOverrides)]}) {
    if (!said->isObject()) continue;
    for (const std::string& key : said->getMemberNames()) out[key] = textOf((*said)[key]);
  }
  return out;
}

// A disk layer whose directory is not there.
bool isLeftOut(const Json::Value& layer) {
  const Json::Value& disk = layer["disk_layer"];
  const std::string values(config::kDiskValues);
  return disk.isObject() && disk.isMember(values) && disk[values].isNull();
}

bool hasAdminLayer(const AdminContext& context) {
  for (const Json::Value& layer : layersOf(context)) {
    if (layer.isMember("admin_layer")) return true;
  }
  return false;
}

}  // namespace

AdminResponse handleRuntime(AdminContext& context, const AdminRequest&) {
  Json::Value out(Json::objectValue);
  out["layers"] = Json::Value(Json::arrayValue);
  Json::Value& entries = out["entries"] = Json::Value(Json::objectValue);
  std::vector<Values> layers;
  for (const Json::Value& layer : layersOf(context)) {
    if (isLeftOut(layer)) continue;
    out["layers"].append(layer["name"]);
    layers.push_back(valuesOf(layer));
    for (const auto& [key, value] : layers.back()) entries[key] = Json::Value(Json::objectValue);
  }
  for (const std::string& key : entries.getMemberNames()) {
    Json::Value& entry = entries[key];
    for (const Values& layer : layers) {
      const auto found = layer.find(key);
      entry["layer_values"].append(found == layer.end() ? "" : found->second);
      if (found != layer.end()) entry["final_value"] = found->second;
    }
  }
  return AdminResponse::json(protoJson(out));
}

void handleRuntimeModify(AdminContext& context, const AdminRequest& request, Reply reply) {
  if (request.params.empty()) {
    return reply(
        AdminResponse::text("usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\n"
                            "       or send the parameters as form values\n"
                            "use an empty value to remove a previously added override",
                            400));
  }
  if (!hasAdminLayer(context)) {
    return reply(AdminResponse::text("No admin layer specified", 503));
  }
  context.modifyRuntime(request.params, [reply = std::move(reply)](const std::string& error) {
    if (error.empty()) return reply(AdminResponse::text("OK\n"));
    reply(AdminResponse::text(error.ends_with('\n') ? error : error + "\n", 409));
  });
}

}  // namespace convoy::master

#include "common/base/json.h"

#include <limits>
#include <memory>

namespace convoy::base {
namespace {

std::string write(const Json::Value& value, const char* indentation) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = indentation;
  builder["emitUTF8"] = true;
  return Json::writeString(builder, value);
}

const Json::Value* member(const Json::Value& object, const char* key) {
  if (!object.isObject() || !object.isMember(key)) return nullptr;
  return &object[key];
}

}  // namespace

Result<Json::Value> parseJson(std::string_view text) {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  builder["strictRoot"] = false;
  builder["stackLimit"] = 200;
  std::unique_ptr<Json::CharReader> reader(builder.newCharReader());
  Json::Value value;
  std::string errors;
  // jsoncpp throws beyond its stack limit and returns false for everything else.
  try {
    if (reader->parse(text.data(), text.data() + text.size(), &value, &errors)) return value;
  } catch (const std::exception& e) {
    errors = e.what();
  }
  return Error::make(ErrorKind::InvalidArgument, "not valid JSON: " + errors);
}

std::string writeJson(const Json::Value& value) {
  return write(value, "");
}
std::string writePrettyJson(const Json::Value& value) {
  return write(value, " ");
}

bool getUint(const Json::Value& object, const char* key, uint64_t* out) {
  const Json::Value* v = member(object, key);
  if (v == nullptr || !v->isUInt64()) return false;
  *out = v->asUInt64();
  return true;
}

bool getUint(const Json::Value& object, const char* key, uint32_t* out) {
  uint64_t wide = 0;
  if (!getUint(object, key, &wide) || wide > std::numeric_limits<uint32_t>::max()) return false;
  *out = static_cast<uint32_t>(wide);
  return true;
}

bool getInt(const Json::Value& object, const char* key, int64_t* out) {
  const Json::Value* v = member(object, key);
  if (v == nullptr || !v->isInt64()) return false;
  *out = v->asInt64();
  return true;
}

bool getString(const Json::Value& object, const char* key, std::string* out) {
  const Json::Value* v = member(object, key);
  if (v == nullptr || !v->isString()) return false;
  *out = v->asString();
  return true;
}

bool getBool(const Json::Value& object, const char* key, bool* out) {
  const Json::Value* v = member(object, key);
  if (v == nullptr || !v->isBool()) return false;
  *out = v->asBool();
  return true;
}

}  // namespace convoy::base

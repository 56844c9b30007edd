#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "common/config/disk_layer.h"
#include "common/config/inline_files.h"
#include "common/config/runtime_layers.h"
#include "master/admin/config_dump.h"

namespace convoy::master {

namespace {

constexpr const char* kRedacted = "[redacted]";

// Envoy's fields that are marked sensitive, and what else is a secret by its name.
constexpr std::array<std::string_view, 9> kSecretFields = {
    "private_key",   "password",     "session_ticket_keys", "pkcs12",      "generic_secret",
    "client_secret", "token_secret", "hmac_secret",         "access_token"};
constexpr std::array<std::string_view, 4> kSecretHeaders = {"authorization", "proxy-authorization",
                                                            "cookie", "x-api-key"};

template <typename List>
bool contains(const List& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

void blank(Json::Value& value) {
  if (value.isObject() || value.isArray()) {
    for (Json::Value& item : value) blank(item);
  } else if (!value.isNull()) {
    value = kRedacted;
  }
}

// HeaderValue{key, value} of a header that carries credentials.
bool isSecretHeader(const Json::Value& object) {
  return object["key"].isString() && object.isMember("value") &&
         contains(kSecretHeaders, base::lowered(object["key"].asString()));
}

}  // namespace

void showFileNames(Json::Value& value) {
  if (value.isObject() && value.isMember(config::kInlinedFrom.data())) {
    Json::Value source(Json::objectValue);
    source["filename"] = value[config::kInlinedFrom.data()];
    value = std::move(source);
    return;
  }
  if (value.isObject()) {
    value.removeMember(std::string(config::kOverrides));
    value.removeMember(std::string(config::kDiskValues));
  }
  if (value.isObject() || value.isArray()) {
    for (Json::Value& item : value) showFileNames(item);
  }
}

void redact(Json::Value& value) {
  if (value.isArray()) {
    for (Json::Value& item : value) redact(item);
  }
  if (!value.isObject()) return;
  if (isSecretHeader(value)) blank(value["value"]);
  for (const std::string& name : value.getMemberNames()) {
    if (contains(kSecretFields, name)) {
      blank(value[name]);
    } else {
      redact(value[name]);
    }
  }
}

}  // namespace convoy::master

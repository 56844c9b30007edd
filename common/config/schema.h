// schema: which fields Envoy's messages have (envoy_fields.def), whether or not Convoy reads them.
// Used to tell a field that is not done yet from one that does not exist, to bring camelCase names
// to one form, and to find what a typed_config holds. Constant data; both processes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace convoy::config {

struct FieldInfo {
  enum class Status : uint8_t { Current, Deprecated, Removed };
  std::string_view name;
  std::string_view type;  // without "repeated " and "map "
  bool repeated = false;
  bool map = false;
  Status status = Status::Current;
};

struct MessageInfo {
  std::string_view name;                      // "envoy.config.cluster.v3.Cluster"
  std::vector<FieldInfo> fields;              // sorted by name
  int indexOf(std::string_view field) const;  // -1: no such field
};

const MessageInfo* findMessage(std::string_view full_name);
// The extension message that a type URL means, whatever its version: "type.googleapis.com/
// envoy.config.filter.network.tcp_proxy.v2.TcpProxy" is extensions....tcp_proxy.v3.TcpProxy.
const MessageInfo* findExtension(std::string_view type_url);
// The message that the extension of that canonical name is configured with.
const MessageInfo* findConfigOf(std::string_view extension_name);
// The last part of the name of a message that has this field, or "": for a field set in the wrong
// place. Empty too if more than two have it.
std::string ownerOf(std::string_view field);
// The same text, but one that lives for ever, if some message has such a field; or "".
std::string_view fieldName(std::string_view text);

}  // namespace convoy::config

// framing_fields: what a head says in fields that the codec keeps as facts instead of fields
// (content-length, transfer-encoding, upgrade, connection), for matching and logging, which know
// them by name. Not for forwarding: the codec writes its own. Views into the head or `digits`.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/text.h"
#include "common/http/header_map.h"

namespace convoy::http {

// A field of `head`, RequestHead or ResponseHead; `name` is lower case.
template <typename Head>
std::optional<std::string_view> framingField(const Head& head, std::string_view name,
                                             char (&digits)[20]) {
  if (name == "content-length" && head.body == BodyKind::Length) {
    const char* end = base::formatUint(digits, head.content_length);
    return std::string_view(digits, static_cast<size_t>(end - digits));
  }
  if (name == "transfer-encoding" && head.body == BodyKind::Chunked) return "chunked";
  if (name == "upgrade" && !head.upgrade.empty()) return head.upgrade;
  if (name == "connection" && !head.upgrade.empty()) return "Upgrade";
  return std::nullopt;
}

}  // namespace convoy::http

// flags: the visible table of every command-line flag: Envoy 1.37's and ours. Constant data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace convoy::master {

struct Flag {
  enum class Effect : uint8_t {
    Works,
    Silent,  // has nothing to act on here (hot restart, threads): taken without a word
    Warns,   // would change something that Convoy does not do: taken, and said in the log
  };
  std::string_view name;    // without the dashes
  std::string_view letter;  // short form, or ""
  bool takes_value;
  Effect effect;
  std::string_view help;
  bool value_optional = false;  // alone it means "true"
};

const Flag* flags(size_t* count);
// By long name ("config-path") or letter ("c"); null if unknown.
const Flag* findFlag(std::string_view name);

}  // namespace convoy::master

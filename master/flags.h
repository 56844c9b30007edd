// flags: the visible table of every command-line flag, Envoy 1.37's and ours, and of the commands.
// Parsing, --help, the manual page and the shells' completion all come from it. Constant data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace convoy::master {

struct Flag {
  enum class Effect : uint8_t {
    Works,
    Silent,  // has nothing to act on here (hot restart, threads): taken without a word
    Warns,   // would change something that Convoy does not do: taken, and said in the log
  };
  enum class Group : uint8_t {
    Configuration,
    Workers,
    Stopping,
    Logging,
    Identity,
    Information,
    NoEffect,
    Unsupported,
  };
  std::string_view name;    // without the dashes
  std::string_view letter;  // short form, or ""
  std::string_view value;   // "" takes none; "FILE", "N", "SECONDS" ...; "a|b|c" one of these
  Effect effect;
  Group group;
  std::string_view help;
  bool value_optional = false;  // alone it means "true"
  bool takesValue() const { return !value.empty(); }
};
std::span<const Flag> flags();
// By long name ("config-path") or letter ("c"); null if unknown.
const Flag* findFlag(std::string_view name);
std::string_view titleOf(Flag::Group group);

// `convoy reload` and so on.
struct Subcommand {
  enum class Kind : uint8_t {
    Asks,     // a running convoy
    Checks,   // a configuration, and ends
    Answers,  // from what it knows itself
  };
  std::string_view name;
  std::string_view operand;  // "", "N", "FILE", "CODE", "SHELL"
  Kind kind;
  bool operand_required;
  std::string_view help;
};
std::span<const Subcommand> subcommands();
const Subcommand* findSubcommand(std::string_view name);

// A flag that only some commands have.
struct SubcommandFlag {
  std::string_view name;
  std::string_view value;
  std::string_view commands;  // their names between spaces: " reload drain "
  std::string_view help;
  bool belongsTo(std::string_view command) const;
};
std::span<const SubcommandFlag> subcommandFlags();

}  // namespace convoy::master

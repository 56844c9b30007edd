#include "master/completion.h"

#include <vector>

#include "common/base/text.h"
#include "common/config/error_pages.h"
#include "master/flags.h"

namespace convoy::master {
namespace {

constexpr std::string_view kLevels = "trace|debug|info|warning|error|critical|off";

// What may stand for a value: words to choose from, or "" where only a file or nothing fits.
std::vector<std::string_view> choicesOf(std::string_view value) {
  if (value == "LEVEL") value = kLevels;
  if (value.find('|') == std::string_view::npos) return {};
  return base::split(value, '|');
}

bool isFile(std::string_view value) {
  return value == "FILE" || value == "SOCKET";
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : " ") + std::string(word);
  return out;
}

std::string codes() {
  std::vector<std::string_view> all;
  for (const config::ErrorPage& page : config::errorPages()) all.push_back(page.code);
  return joined(all);
}

std::string operandWords(const Subcommand& command) {
  return command.operand == "CODE" ? codes() : joined(choicesOf(command.operand));
}

// For single quotes in any of the three shells.
std::string quoted(std::string_view text, std::string_view also = "") {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (also.find(c) != std::string_view::npos) {
      out += {'\\', c};
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// --- bash ---

struct BashCases {
  std::string text;
  void add(const std::string& names, std::string_view value) {
    const auto choices = choicesOf(value);
    std::string action = "return";
    if (!choices.empty()) action = "words='" + joined(choices) + "'";
    if (isFile(value)) action = "_convoy_files; return";
    text += "    " + names + ") " + action + " ;;\n";
  }
};

std::string bash() {
  std::string flag_words, command_words;
  BashCases values;
  for (const Flag& flag : flags()) {
    const std::string name = "--" + std::string(flag.name);
    flag_words += (flag_words.empty() ? "" : " ") + name;
    if (!flag.takesValue() || flag.value_optional) continue;
    values.add(flag.letter.empty() ? name : name + "|-" + std::string(flag.letter), flag.value);
  }
  std::string extra, operands;
  for (const SubcommandFlag& flag : subcommandFlags()) {
    if (!flag.value.empty()) values.add("--" + std::string(flag.name), flag.value);
  }
  for (const Subcommand& command : subcommands()) {
    const std::string name(command.name);
    command_words += (command_words.empty() ? "" : " ") + name;
    std::string own;
    for (const SubcommandFlag& flag : subcommandFlags()) {
      if (flag.belongsTo(name)) own += " --" + std::string(flag.name);
    }
    if (!own.empty()) extra += "    " + name + ") flags=\"$flags" + own + "\" ;;\n";
    if (command.operand == "FILE") operands += "      " + name + ") _convoy_files; return ;;\n";
    const std::string words = operandWords(command);
    if (!words.empty()) operands += "      " + name + ") words='" + words + "' ;;\n";
  }
  return R"(# bash completion of convoy, made by `convoy completion bash`.
_convoy_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\n'
  COMPREPLY=($(compgen -f -- "$current"))
}
_convoy() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words='' command='' i
  # bash makes three words of --flag=value.
  if [[ $current == = ]]; then
    current=''
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case " )" +
         command_words + R"( " in *" ${COMP_WORDS[i]} "*) command=${COMP_WORDS[i]}; break ;; esac
  done
  local flags=')" +
         flag_words + R"('
  case $command in
)" + extra +
         R"(  esac
  case $previous in
)" + values.text +
         R"(  esac
  if [[ -z $words && $current == -* ]]; then
    words=$flags
  elif [[ -z $words && -z $command ]]; then
    words=')" +
         command_words + R"('
  elif [[ -z $words ]]; then
    case $command in
)" + operands +
         R"(    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _convoy convoy
)";
}

// --- zsh ---

std::string zshValue(std::string_view name, std::string_view value) {
  std::string out = ":" + std::string(name) + ":";
  const auto choices = choicesOf(value);
  if (!choices.empty()) return out + "(" + joined(choices) + ")";
  return isFile(value) ? out + "_files" : out + " ";
}

std::string zshFlag(std::string_view name, std::string_view value, std::string_view help,
                    bool optional) {
  std::string out = "'--" + std::string(name);
  if (!value.empty()) out += optional ? "=-" : "=";
  out += "[" + quoted(help, "[]:") + "]";
  if (!value.empty()) out += (optional ? ":" : "") + zshValue(name, value);
  return out + "'";
}

std::string zsh() {
  std::string common, commands, operands;
  for (const Flag& flag : flags()) {
    common += "    " + zshFlag(flag.name, flag.value, flag.help, flag.value_optional) + "\n";
    if (flag.letter.empty()) continue;
    common += "    '-" + std::string(flag.letter) + "[" + quoted(flag.help, "[]:") + "]" +
              (flag.takesValue() ? zshValue(flag.name, flag.value) : "") + "'\n";
  }
  for (const Subcommand& command : subcommands()) {
    const std::string name(command.name);
    commands += "    '" + name + ":" + quoted(command.help, ":") + "'\n";
    std::string arguments;
    for (const SubcommandFlag& flag : subcommandFlags()) {
      if (flag.belongsTo(name)) arguments += " " + zshFlag(flag.name, flag.value, flag.help, false);
    }
    const std::string words = operandWords(command);
    if (command.operand == "FILE") arguments += " '1:file:_files'";
    if (!words.empty()) arguments += " '1:" + name + ":(" + words + ")'";
    if (command.operand == "N") arguments += " '1:number: '";
    operands += "    " + name + ") _arguments -s \"$flags[@]\"" + arguments + " ;;\n";
  }
  return R"(#compdef convoy
# zsh completion of convoy, made by `convoy completion zsh`.
_convoy() {
  local -a flags commands
  flags=(
)" + common +
         R"(  )
  commands=(
)" + commands +
         R"(  )
  local curcontext="$curcontext" state line
  _arguments -C -s "$flags[@]" '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
    case $words[1] in
)" + operands +
         R"(    esac ;;
  esac
}
if [[ $funcstack[1] == _convoy ]]; then _convoy "$@"; else compdef _convoy convoy; fi
)";
}

// --- fish ---

std::string fishValue(std::string_view value) {
  const auto choices = choicesOf(value);
  if (!choices.empty()) return " -x -a '" + joined(choices) + "'";
  return isFile(value) ? " -r -F" : " -x";
}

std::string fish() {
  std::string out =
      "# fish completion of convoy, made by `convoy completion fish`.\n"
      "complete -c convoy -f\n";
  std::string all;
  for (const Subcommand& command : subcommands()) {
    all += (all.empty() ? "" : " ") + std::string(command.name);
  }
  for (const Subcommand& command : subcommands()) {
    const std::string name(command.name);
    out += "complete -c convoy -n 'not __fish_seen_subcommand_from " + all + "' -a " + name +
           " -d '" + quoted(command.help) + "'\n";
    const std::string here = "complete -c convoy -n '__fish_seen_subcommand_from " + name + "'";
    if (command.operand == "FILE") out += here + " -F\n";
    const std::string words = operandWords(command);
    if (!words.empty()) out += here + " -a '" + words + "'\n";
    for (const SubcommandFlag& flag : subcommandFlags()) {
      if (!flag.belongsTo(name)) continue;
      out += here + " -l " + std::string(flag.name) +
             (flag.value.empty() ? "" : fishValue(flag.value)) + " -d '" + quoted(flag.help) +
             "'\n";
    }
  }
  for (const Flag& flag : flags()) {
    out += "complete -c convoy -l " + std::string(flag.name);
    if (!flag.letter.empty()) out += " -s " + std::string(flag.letter);
    if (flag.takesValue() && !flag.value_optional) out += fishValue(flag.value);
    out += " -d '" + quoted(flag.help) + "'\n";
  }
  return out;
}

}  // namespace

std::optional<std::string> completionFor(std::string_view shell) {
  if (shell == "bash") return bash();
  if (shell == "zsh") return zsh();
  if (shell == "fish") return fish();
  return std::nullopt;
}

}  // namespace convoy::master

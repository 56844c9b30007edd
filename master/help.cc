#include "master/help.h"

#include "common/base/text.h"
#include "master/style.h"

namespace convoy::master {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kColumn = 34;  // where the help of an option begins

std::string wrapped(std::string_view text, size_t indent) {
  std::string out;
  size_t used = indent;
  for (std::string_view word : base::split(text, ' ')) {
    if (used > indent && used + 1 + word.size() > kWidth) {
      out += "\n" + std::string(indent, ' ');
      used = indent;
    }
    if (used > indent) {
      out += ' ';
      ++used;
    }
    out += word;
    used += word.size();
  }
  return out + "\n";
}

// "  what      its help", the help below if `what` is long.
std::string entry(const std::string& what, std::string_view help) {
  std::string out = "  " + what;
  if (out.size() + 2 > kColumn) {
    out += "\n" + std::string(kColumn, ' ');
  } else {
    out.append(kColumn - out.size(), ' ');
  }
  return out + wrapped(help, kColumn);
}

std::string spelled(const Flag& flag) {
  std::string out = flag.letter.empty() ? "    " : "-" + std::string(flag.letter) + ", ";
  out += "--" + std::string(flag.name);
  if (flag.value_optional) return out + "[=" + std::string(flag.value) + "]";
  return flag.takesValue() ? out + " " + std::string(flag.value) : out;
}

std::string withOperand(const Subcommand& command) {
  std::string out(command.name);
  if (command.operand.empty()) return out;
  const std::string operand(command.operand);
  return out + " " + (command.operand_required ? operand : "[" + operand + "]");
}

std::string heading(const std::string& text, bool colour) {
  return "\n" + paint(text, Paint::Heading, colour) + "\n";
}

constexpr std::string_view kFooter =
    "Each flag of Envoy 1.37 is taken as \"--flag VALUE\", \"--flag=VALUE\", and both in one "
    "argument. "
    "Signals to the master: HUP reload, TERM and QUIT graceful stop, INT stop now, USR1 reopen "
    "logs, "
    "USR2 upgrade the program in place, TTIN and TTOU one worker more or less. Exit status: 0 "
    "done, 1 "
    "not done (wrong command line, wrong configuration, failed reload), 2 no running convoy "
    "answered, "
    "3 a stop that cut connections. See convoy(8) and convoy.yaml(5).";

}  // namespace

std::string helpText(bool colour) {
  std::string out =
      "Convoy, a reverse proxy that reads Envoy's configuration.\n\n"
      "Usage: convoy [-c FILE] [FLAG...]\n"
      "       convoy COMMAND [ARGUMENT] [FLAG...]\n\n"
      "Without -c the file is $ENVOY_CONFIG, else /etc/convoy/convoy.yaml.\n";
  out += heading("Commands", colour);
  for (const Subcommand& command : subcommands()) out += entry(withOperand(command), command.help);
  out += heading("Of these commands", colour);
  for (const SubcommandFlag& flag : subcommandFlags()) {
    const std::string name = "    --" + std::string(flag.name);
    out += entry(flag.value.empty() ? name : name + " " + std::string(flag.value), flag.help);
  }
  const Flag* previous = nullptr;
  for (const Flag& flag : flags()) {
    if (previous == nullptr || previous->group != flag.group) {
      out += heading(std::string(titleOf(flag.group)), colour);
    }
    previous = &flag;
    out += entry(spelled(flag), flag.help);
  }
  return out + "\n" + wrapped(kFooter, 0);
}

std::string helpOf(const Subcommand& command, bool colour) {
  std::string out = "Usage: convoy " + withOperand(command) + " [FLAG...]\n\n" +
                    wrapped(command.help, 0) + heading("Flags", colour);
  for (const SubcommandFlag& flag : subcommandFlags()) {
    if (!flag.belongsTo(command.name)) continue;
    const std::string name = "    --" + std::string(flag.name);
    out += entry(flag.value.empty() ? name : name + " " + std::string(flag.value), flag.help);
  }
  if (command.kind == Subcommand::Kind::Asks) {
    out += entry(spelled(*findFlag("control-path")), "the socket it was started with");
    out += entry(spelled(*findFlag("config-path")), "the file it was started with, to find it");
  }
  if (command.kind == Subcommand::Kind::Checks || command.name == "status") {
    out += entry(spelled(*findFlag("format")), "text, or JSON for programs");
  }
  return out + "\nSee convoy --help and convoy(8).\n";
}

}  // namespace convoy::master

#include "master/help.h"

#include <gtest/gtest.h>

#include "common/base/text.h"
#include "master/completion.h"

namespace convoy::master {
namespace {

TEST(Help, EveryFlagAndCommandIsInItUnderItsGroup) {
  const std::string text = helpText(false);
  size_t last = text.find("\nConfiguration\n");
  for (const Flag& flag : flags()) {
    const size_t at = text.find("--" + std::string(flag.name), last + 1);
    ASSERT_NE(at, std::string::npos) << flag.name;
    EXPECT_GT(at, text.find("\n" + std::string(titleOf(flag.group)) + "\n")) << flag.name;
    EXPECT_GT(at, last) << flag.name << ": flags of one group stand together";
    last = at;
  }
  for (const Subcommand& command : subcommands()) {
    EXPECT_NE(text.find("\n  " + std::string(command.name)), std::string::npos) << command.name;
  }
}

TEST(Help, NoLineIsWiderThanATerminal) {
  for (std::string_view line : base::split(helpText(false), '\n')) {
    EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(Help, ACommandHasItsOwn) {
  const std::string text = helpOf(*findSubcommand("upgrade"), false);
  EXPECT_NE(text.find("Usage: convoy upgrade [FLAG...]"), std::string::npos);
  EXPECT_NE(text.find("--binary FILE"), std::string::npos);
  EXPECT_EQ(text.find("--base-id"), std::string::npos);
}

TEST(Completion, EachShellKnowsEveryFlagAndCommandAndNoOtherShellIsKnown) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completionFor(shell).value_or("");
    for (const Flag& flag : flags()) {
      EXPECT_NE(script.find(flag.name), std::string::npos) << shell << " " << flag.name;
    }
    for (const Subcommand& command : subcommands()) {
      EXPECT_NE(script.find(command.name), std::string::npos) << shell << " " << command.name;
    }
  }
  EXPECT_FALSE(completionFor("ksh").has_value());
}

}  // namespace
}  // namespace convoy::master

#include "master/style.h"

#include <fcntl.h>
#include <map>

#include <gtest/gtest.h>

#include "common/base/unique_fd.h"

namespace convoy::master {
namespace {

constexpr const char* kText =
    "a.yaml:1:2: error[E0102]: unknown field \"x\"\n  1 | x: 1\n    | ^\n  help: try y\n  path: x\n"
    "a.yaml:3:1: warning[W0401]: old\n";

TEST(Style, WithoutColourTheTextStays) {
  EXPECT_EQ(paintDiagnostics(kText, false), kText);
  EXPECT_EQ(paint("x", Paint::Error, false), "x");
}

TEST(Style, ColourIsAddedAroundWordsAndChangesNone) {
  const std::string painted = paintDiagnostics(kText, true);
  EXPECT_NE(painted.find("\033[1;31merror[E0102]\033[0m"), std::string::npos) << painted;
  EXPECT_NE(painted.find("\033[1;33mwarning[W0401]\033[0m"), std::string::npos) << painted;
  std::string plain;
  for (size_t i = 0; i < painted.size(); ++i) {
    if (painted[i] == '\033') {
      i = painted.find('m', i);
    } else {
      plain.push_back(painted[i]);
    }
  }
  EXPECT_EQ(plain, kText);
}

TEST(Style, OnlyATerminalThatDoesNotRefuseIt) {
  const base::UniqueFd terminal(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  const base::UniqueFd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!terminal.valid()) GTEST_SKIP() << "no pseudo terminal can be opened here";
  const auto with = [](std::map<std::string, std::string> variables) {
    return [variables](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    };
  };
  EXPECT_TRUE(usesColour(terminal.get(), with({{"TERM", "xterm"}})));
  EXPECT_FALSE(usesColour(terminal.get(), with({{"NO_COLOR", "1"}})));
  EXPECT_FALSE(usesColour(terminal.get(), with({{"TERM", "dumb"}})));
  EXPECT_FALSE(usesColour(file.get(), with({{"TERM", "xterm"}})));
}

}  // namespace
}  // namespace convoy::master

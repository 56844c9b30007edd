// Every wrong configuration in golden/ gets exactly the messages of the .txt beside it. After a
// change of wording: CONVOY_WRITE_GOLDEN=1 build/tests/unit_common_config writes them anew; read
// the difference as the operator who will see it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "common/config/load.h"

namespace convoy::config {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = "tests/unit/common/config/golden";

std::vector<fs::path> wrongConfigurations() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".txt") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string textOf(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::string messagesOf(const fs::path& path) {
  Source source{path.filename(), textOf(path), formatOfPath(path.string())};
  std::string out;
  for (const Diagnostic& d : load({std::move(source)}, {}).diagnostics) out += render(d);
  return out;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, SaysExactlyWhatIsWrong) {
  const std::string messages = messagesOf(GetParam());
  const fs::path expected = GetParam().string() + ".txt";
  if (std::getenv("CONVOY_WRITE_GOLDEN") != nullptr) std::ofstream(expected) << messages;

  EXPECT_EQ(messages, textOf(expected));
  EXPECT_FALSE(messages.empty());
}

INSTANTIATE_TEST_SUITE_P(Wrong, Golden, testing::ValuesIn(wrongConfigurations()),
                         [](const auto& test) { return test.param.stem().string(); });

TEST(GoldenFolder, HoldsManyWrongConfigurations) {
  EXPECT_GE(wrongConfigurations().size(), 80u);
}

}  // namespace
}  // namespace convoy::config

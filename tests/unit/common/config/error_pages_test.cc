#include "common/config/error_pages.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "common/config/load.h"

namespace convoy::config {
namespace {

std::vector<std::string> codesOf(std::string_view yaml) {
  std::vector<std::string> out;
  const LoadResult loaded =
      load({{"example.yaml", std::string(yaml), Source::Format::Yaml}}, LoadOptions{});
  for (const Diagnostic& d : loaded.diagnostics) out.push_back(d.code);
  return out;
}

TEST(ErrorPages, EveryCodeHasAPageInTheOrderOfTheTable) {
  ASSERT_GE(errorPages().size(), 15u);
  for (const ErrorPage& page : errorPages()) EXPECT_FALSE(page.text.empty()) << page.code;
  EXPECT_EQ(errorPages().front().code, "E0101");
}

TEST(ErrorPages, TheWrongExampleGetsItsCodeAndTheRightOneDoesNot) {
  size_t examples = 0;
  for (const ErrorPage& page : errorPages()) {
    if (page.wrong.empty()) continue;
    ++examples;
    const auto wrong = codesOf(page.wrong);
    EXPECT_GE(std::count(wrong.begin(), wrong.end(), page.code), 1) << page.code;
    EXPECT_EQ(codesOf(page.right.empty() ? "admin: {}" : page.right), std::vector<std::string>{})
        << page.code;
  }
  EXPECT_GE(examples, 12u);
}

TEST(ErrorPages, ACodeIsFoundInAnyCase) {
  ASSERT_NE(findErrorPage("e0102"), nullptr);
  EXPECT_EQ(findErrorPage("e0102")->code, "E0102");
  EXPECT_EQ(findErrorPage("E9999"), nullptr);
}

TEST(ErrorPages, TheTextHasMeaningAdviceAndExample) {
  const std::string text = errorPageText(*findErrorPage("E0102"));
  EXPECT_EQ(text.substr(0, 13), "error E0102: ");
  EXPECT_NE(text.find("port: 9901"), std::string::npos);
  EXPECT_NE(text.find("Right is:"), std::string::npos);
}

}  // namespace
}  // namespace convoy::config

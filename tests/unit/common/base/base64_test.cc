#include "common/base/base64.h"

#include <gtest/gtest.h>

namespace convoy::base {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  appendBase64(bytes, out);
  return out;
}

std::string decoded(std::string_view text) {
  std::string out;
  return decodeBase64(text, out) ? out : "(refused)";
}

TEST(Base64, TheExamplesOfTheRfc) {
  const std::pair<std::string_view, std::string_view> examples[] = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(decoded(text), bytes);
  }
}

TEST(Base64, EveryByteSurvives) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(decoded(encoded(bytes)), bytes);
}

TEST(Base64, PiecesThatWereEncodedOneByOneAreOneText) {
  EXPECT_EQ(decoded("Zg==Zm8=Zm9v"), "ffofoo");
}

TEST(Base64, RefusesWhatIsNotIt) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zg= ", "====", "Z===", "=Zg=", "Zh==",
                                      "Zm9=", "Zm9-", "Zm9_", "Zm\n9", "Zm9\xff"}) {
    EXPECT_EQ(decoded(text), "(refused)") << text;
  }
}

}  // namespace
}  // namespace convoy::base

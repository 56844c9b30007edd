#include "common/http/path.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace convoy::http {
namespace {

using Change = PathChange (*)(std::string_view&, base::Arena&);
using Cases = std::vector<std::pair<std::string, std::string>>;

std::string after(Change change, const std::string& target) {
  base::Arena arena;
  std::string_view view = target;
  return change(view, arena) == PathChange::Refused ? "(refused)" : std::string(view);
}

void expectEach(Change change, const Cases& cases) {
  for (const auto& [target, wanted] : cases) EXPECT_EQ(after(change, target), wanted) << target;
}

TEST(Path, NothingIsCopiedWhereNothingChanges) {
  const std::string target = "/a/b.c/..d/.e/%20%2F%5c/x;y=1:2@3,$&'()*+=!~_-?q=/../%7e//";
  for (const Change change : {&normalizePath, &mergeSlashes}) {
    base::Arena arena;
    std::string_view view = target;
    EXPECT_EQ(change(view, arena), PathChange::None);
    EXPECT_EQ(view.data(), target.data());
    EXPECT_EQ(arena.bytesReserved(), 0u);
  }
}

TEST(Path, DotSegmentsAreResolved) {
  expectEach(&normalizePath, {{"/a/./b", "/a/b"},
                              {"/a/../b", "/b"},
                              {"/a/b/..", "/a/"},
                              {"/a/b/.", "/a/b/"},
                              {"/..", "/"},
                              {"/../../etc/passwd", "/etc/passwd"},
                              {"/a/%2e%2E/b", "/b"},
                              {"/a/.%2e/b", "/b"},
                              {"/a//../b", "/a/b"},
                              {"/a\\..\\b", "/b"},
                              {"/a/...", "/a/..."},
                              {"/a/..b", "/a/..b"},
                              {"/./", "/"}});
}

TEST(Path, NeedlessEscapesGoAndOthersStayAsTheyAre) {
  expectEach(&normalizePath, {{"/%41%7a%30%2d%5F%7E", "/Az0-_~"},
                              {"/a%2eb", "/a.b"},
                              {"/%2f%2F%3a", "/%2f%2F%3a"},
                              {"/%25%34%31", "/%2541"},
                              {"/a|b^{c}`", "/a%7Cb%5E%7Bc%7D%60"}});
}

TEST(Path, TheQueryIsLeftAlone) {
  expectEach(&normalizePath, {{"/a/../b?x=/../%7e", "/b?x=/../%7e"}, {"/a?b/./c", "/a?b/./c"}});
  expectEach(&mergeSlashes, {{"//a?b=//c", "/a?b=//c"}});
  expectEach(&unescapeSlashes, {{"/a%2Fb?c=%2F", "/a/b?c=%2F"}});
}

TEST(Path, AnEscapedNulIsRefused) {
  EXPECT_EQ(after(&normalizePath, "/a%00b"), "(refused)");
}

TEST(Path, WhatIsNoPathIsLeftAlone) {
  expectEach(&normalizePath, {{"*", "*"}, {"", ""}});
}

TEST(Path, SlashesAreMerged) {
  expectEach(&mergeSlashes, {{"//a///b//", "/a/b/"}, {"//", "/"}, {"/a/b", "/a/b"}});
}

TEST(Path, EscapedSlashesAreTakenOnce) {
  expectEach(
      &unescapeSlashes,
      {{"/a%2fb%2Fc", "/a/b/c"}, {"/a%5Cb", "/a\\b"}, {"/a%252fb", "/a%252fb"}, {"/%41", "/%41"}});
  expectEach(&unescapeSlashes, {{"/a%2", "/a%2"}, {"/%2%2F", "/%2/"}});
}

TEST(Path, WhatIsNormalChangesNoMore) {
  for (const std::string target :
       {"/a/../%2e/b//c%7e", "/%2e%2e/%2e/x|y", "/a/b/../../../c/./d/.."}) {
    const std::string once = after(&normalizePath, target);
    EXPECT_EQ(after(&normalizePath, once), once);
  }
}

}  // namespace
}  // namespace convoy::http

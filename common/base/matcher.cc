#include "common/base/matcher.h"

#include <algorithm>

#include <re2/re2.h>

#include "common/base/text.h"

namespace convoy::base {

namespace {

re2::StringPiece piece(std::string_view s) {
  return {s.data(), s.size()};
}

class Re2Regex final : public Regex {
 public:
  explicit Re2Regex(const std::string& pattern, const RE2::Options& options)
      : re_(pattern, options) {}
  bool fullMatch(std::string_view s) const override { return RE2::FullMatch(piece(s), re_); }
  bool partialMatch(std::string_view s) const override { return RE2::PartialMatch(piece(s), re_); }
  int groupCount() const override { return re_.NumberOfCapturingGroups(); }
  bool firstGroups(std::string_view s, std::string_view& one,
                   std::string_view& two) const override {
    re2::StringPiece groups[3];
    const int wanted = std::min(re_.NumberOfCapturingGroups(), 2) + 1;
    if (!re_.Match(piece(s), 0, s.size(), RE2::UNANCHORED, groups, wanted)) return false;
    one = {groups[1].data(), groups[1].size()};
    two = {groups[2].data(), groups[2].size()};
    return true;
  }
  std::string replaceAll(std::string_view s, const std::string& substitution) const override {
    std::string out(s);
    RE2::GlobalReplace(&out, re_, substitution);
    return out;
  }
  const RE2& re() const { return re_; }

 private:
  RE2 re_;
};

bool endsWithIgnoreCase(std::string_view s, std::string_view suffix) {
  return s.size() >= suffix.size() && equalsIgnoreCase(s.substr(s.size() - suffix.size()), suffix);
}

bool containsIgnoreCase(std::string_view s, std::string_view lowered_needle) {
  if (lowered_needle.empty()) return true;
  for (size_t i = 0; i + lowered_needle.size() <= s.size(); ++i) {
    if (equalsIgnoreCase(s.substr(i, lowered_needle.size()), lowered_needle)) return true;
  }
  return false;
}

}  // namespace

Result<std::shared_ptr<const Regex>> Regex::compile(const std::string& pattern) {
  RE2::Options options(RE2::Quiet);
  auto regex = std::make_shared<Re2Regex>(pattern, options);
  if (!regex->re().ok()) {
    return Error::make(ErrorKind::InvalidArgument,
                       "bad regular expression \"" + pattern + "\": " + regex->re().error());
  }
  return std::shared_ptr<const Regex>(std::move(regex));
}

Result<StringMatcher> StringMatcher::make(Kind kind, std::string pattern, bool ignore_case) {
  StringMatcher matcher;
  matcher.kind_ = kind;
  matcher.ignore_case_ = ignore_case;
  if (kind == Kind::Regex) {
    auto regex = Regex::compile(pattern);
    if (!regex.ok()) return regex.error();
    matcher.regex_ = std::move(*regex);
  }
  matcher.pattern_ = std::move(pattern);
  return matcher;
}

bool StringMatcher::matches(std::string_view s) const {
  switch (kind_) {
    case Kind::Exact:
      return ignore_case_ ? equalsIgnoreCase(s, pattern_) : s == pattern_;
    case Kind::Prefix:
      return ignore_case_ ? startsWithIgnoreCase(s, pattern_) : s.starts_with(pattern_);
    case Kind::Suffix:
      return ignore_case_ ? endsWithIgnoreCase(s, pattern_) : s.ends_with(pattern_);
    case Kind::Contains:
      return ignore_case_ ? containsIgnoreCase(s, pattern_)
                          : s.find(pattern_) != std::string_view::npos;
    case Kind::Regex:
      return regex_->fullMatch(s);
  }
  return false;
}

}  // namespace convoy::base

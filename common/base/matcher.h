// StringMatcher: exact, prefix, suffix, contains or regular expression (RE2, full match), with
// optional ASCII case folding: Envoy's type.matcher.v3.StringMatcher. Immutable, built at load.
// RE2 is fenced in matcher.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace convoy::base {

class Regex {  // RE2; linear time whatever the input
 public:
  static Result<std::shared_ptr<const Regex>> compile(const std::string& pattern);
  virtual ~Regex() = default;
  virtual bool fullMatch(std::string_view s) const = 0;
  virtual bool partialMatch(std::string_view s) const = 0;
  virtual int groupCount() const = 0;
  // Group 1 and group 2 of the first match, views into `s`; those that took no part are empty.
  // False: there is no match.
  virtual bool firstGroups(std::string_view s, std::string_view& one,
                           std::string_view& two) const = 0;
  // All matches replaced; `substitution` uses \0..\9 (RE2::GlobalReplace).
  virtual std::string replaceAll(std::string_view s, const std::string& substitution) const = 0;
};

class StringMatcher {
 public:
  enum class Kind : uint8_t { Exact, Prefix, Suffix, Contains, Regex };
  StringMatcher() = default;  // Exact ""
  // Fails only for Kind::Regex with a bad pattern.
  static Result<StringMatcher> make(Kind kind, std::string pattern, bool ignore_case = false);
  bool matches(std::string_view s) const;
  Kind kind() const { return kind_; }
  const std::string& pattern() const { return pattern_; }

 private:
  Kind kind_ = Kind::Exact;
  bool ignore_case_ = false;
  std::string pattern_;
  std::shared_ptr<const Regex> regex_;
};

}  // namespace convoy::base

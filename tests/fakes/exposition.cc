#include "tests/fakes/exposition.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <sstream>
#include <string_view>

namespace convoy::fakes {

namespace {

bool isNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

std::string_view takeName(std::string_view& s) {
  size_t n = 0;
  while (n < s.size() && (isNameStart(s[n]) || (n > 0 && s[n] >= '0' && s[n] <= '9'))) ++n;
  std::string_view name = s.substr(0, n);
  s.remove_prefix(n);
  return name;
}

bool takeChar(std::string_view& s, char c) {
  if (s.empty() || s[0] != c) return false;
  s.remove_prefix(1);
  return true;
}

bool takeQuoted(std::string_view& s, std::string* out) {
  if (!takeChar(s, '"')) return false;
  while (!s.empty() && s[0] != '"') {
    char c = s[0];
    s.remove_prefix(1);
    if (c == '\\') {
      if (s.empty() || (s[0] != '\\' && s[0] != '"' && s[0] != 'n')) return false;
      c = s[0] == 'n' ? '\n' : s[0];
      s.remove_prefix(1);
    }
    out->push_back(c);
  }
  return takeChar(s, '"');
}

class Reader {
 public:
  Exposition read(const std::string& text) {
    if (!text.empty() && text.back() != '\n') fail("the last line does not end");
    std::istringstream lines(text);
    while (std::getline(lines, line_)) {
      if (line_.starts_with("# TYPE ")) {
        typeLine(std::string_view(line_).substr(7));
      } else {
        sampleLine(line_);
      }
    }
    closeHistogram();
    return std::move(out_);
  }

 private:
  void fail(const std::string& why) { out_.errors.push_back(why + ": " + line_); }

  void typeLine(std::string_view rest) {
    closeHistogram();
    family_ = takeName(rest);
    if (family_.empty() || !takeChar(rest, ' ')) return fail("bad TYPE line");
    type_ = rest;
    static const std::set<std::string> kTypes = {"counter", "gauge", "histogram", "summary"};
    if (!kTypes.count(type_)) fail("unknown type");
    if (!out_.types.emplace(family_, type_).second) fail("family appears twice");
    out_.families.push_back(family_);
  }

  void sampleLine(std::string_view rest) {
    const std::string name(takeName(rest));
    const std::string suffix = name.starts_with(family_) ? name.substr(family_.size()) : "?";
    const bool complex = type_ == "histogram" || type_ == "summary";
    const bool known = suffix.empty() ? type_ != "histogram"
                                      : complex && (suffix == "_sum" || suffix == "_count" ||
                                                    (suffix == "_bucket" && type_ == "histogram"));
    if (family_.empty() || !known) return fail("sample outside its family");
    std::string le;
    std::string others;
    if (!labels(rest, &le, &others)) return fail("bad labels");
    const std::string key = line_.substr(0, line_.size() - rest.size());
    if (!takeChar(rest, ' ') || rest.empty()) return fail("no value");
    char* end = nullptr;
    const std::string number(rest);
    const double value = std::strtod(number.c_str(), &end);
    if (*end != '\0') return fail("bad value");
    if (!out_.samples.emplace(key, value).second) fail("series appears twice");
    if (type_ == "counter" && value < 0) fail("negative counter");
    if (type_ == "histogram") histogramSample(suffix, le, others, value);
  }

  bool labels(std::string_view& s, std::string* le, std::string* others) {
    if (!takeChar(s, '{')) return false;  // Envoy prints {} even without labels
    std::set<std::string> seen;
    while (!takeChar(s, '}')) {
      if (!seen.empty() && !takeChar(s, ',')) return false;
      const std::string name(takeName(s));
      std::string value;
      if (name.empty() || !seen.insert(name).second) return false;
      if (!takeChar(s, '=') || !takeQuoted(s, &value)) return false;
      if (name == "le") {
        *le = value;
      } else {
        *others += name + "=" + value + ",";
      }
    }
    return true;
  }

  void histogramSample(const std::string& suffix, const std::string& le, const std::string& others,
                       double value) {
    if (suffix == "_bucket") {
      if (others != series_) closeHistogram();
      series_ = others;
      const double bound =
          le == "+Inf" ? std::numeric_limits<double>::infinity() : std::strtod(le.c_str(), nullptr);
      if (bound <= bound_) fail("buckets out of order");
      if (value < count_) fail("buckets are not cumulative");
      bound_ = bound;
      count_ = value;
    } else if (suffix == "_count") {
      if (!std::isinf(bound_)) fail("no +Inf bucket");
      if (value != count_) fail("count is not the +Inf bucket");
      closeHistogram();
    }
  }

  void closeHistogram() {
    bound_ = -1;
    count_ = 0;
    series_ = "?";
  }

  Exposition out_;
  std::string line_, family_, type_, series_ = "?";
  double bound_ = -1;
  double count_ = 0;
};

}  // namespace

double Exposition::value(const std::string& sample) const {
  auto it = samples.find(sample);
  return it == samples.end() ? std::numeric_limits<double>::quiet_NaN() : it->second;
}

Exposition parseExposition(const std::string& text) {
  return Reader().read(text);
}

}  // namespace convoy::fakes

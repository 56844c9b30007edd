// exposition: a strict reader of the Prometheus text format, for tests: every line must be a "#
// TYPE" line or a sample of the family above it; a family appears once; no series twice; histograms
// are cumulative and agree with their count. The reference is prometheus.io's "text format
// details".
#pragma once

#include <map>
#include <string>
#include <vector>

namespace convoy::fakes {

struct Exposition {
  std::vector<std::string> families;         // in the order of the text
  std::map<std::string, std::string> types;  // family -> "counter"
  std::map<std::string, double> samples;     // the text before the value, exactly -> value
  std::vector<std::string> errors;           // with the line
  // The value of a sample, e.g. "envoy_server_live{}". NaN if there is none.
  double value(const std::string& sample) const;
};

Exposition parseExposition(const std::string& text);

}  // namespace convoy::fakes

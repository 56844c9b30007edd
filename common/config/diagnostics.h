// diagnostics: collects what is wrong or doubtful in a configuration, all of it, with places. Codes
// are stable and listed in diagnostic_codes.def. Owned by one load().
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/load.h"
#include "common/config/model/core.h"
#include "common/config/tree.h"

namespace convoy::config {

namespace code {
#define DIAGNOSTIC_CODE(constant, text, meaning) inline constexpr std::string_view constant = text;
#include "common/config/diagnostic_codes.def"
#undef DIAGNOSTIC_CODE
}  // namespace code

class Diagnostics {
 public:
  Diagnostics(const std::vector<Source>& sources, const LoadOptions& options);
  void error(Origin origin, std::string path, std::string_view code, std::string message,
             std::string help = "");
  void warning(Origin origin, std::string path, std::string_view code, std::string message,
               std::string help = "");
  void unsupported(Origin origin, std::string path, std::string message, std::string effect);
  // Fills in the paths of what was found in the model, where only places are left.
  void addPaths(const TreeNode& root);
  bool failed() const { return failed_; }
  // Nobody reads more than these: callers may save themselves the search for suggestions.
  bool full() const { return all_.size() >= kCollected; }
  const LoadOptions& options() const { return options_; }
  // Sorted by place, each once, at most kShown (errors before warnings) and then one that counts
  // the rest.
  std::vector<Diagnostic> take();

 private:
  void add(Diagnostic::Level level, Origin origin, std::string path, std::string_view code,
           std::string message, std::string help);
  static constexpr size_t kCollected = 2000;
  static constexpr size_t kShown = 100;
  void shorten();
  void addSourceLines();
  const std::vector<Source>& sources_;
  LoadOptions options_;
  std::vector<Diagnostic> all_;
  size_t uncollected_ = 0;
  bool failed_ = false;
};

// The nearest of `known` if it is near enough to be a slip of the hand; "" otherwise.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace convoy::config

// reader: typed access to the fields of one message in a Tree, by the proto3 JSON rules (config.md
// (d)): snake_case or camelCase names, durations, enums in any case or by number, wrappers, quoted
// numbers, one value in place of a list. It never stops at the first mistake: each goes to
// Diagnostics with its place, and the caller gets a default. Fields nobody asked for are reported
// when it is destroyed.
//
//   Reader r(node, "static_resources.clusters[0]", "envoy.config.cluster.v3.Cluster", d);
//   out.name = r.text("name");
//   r.unsupported("outlier_detection", "hosts are never ejected");
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/config/diagnostics.h"
#include "common/config/schema.h"
#include "common/config/tree.h"

namespace convoy::config {

struct EnumName {
  std::string_view name;  // upper case, as in the proto
  int number;
  int value;  // what the caller's enum calls it; -1: known to Envoy, not supported here
};

// A string that owns its text, or an expression of one.
template <typename Text>
concept MadeText = std::same_as<std::remove_cvref_t<Text>, std::string>;

class Reader {
 public:
  Reader(const TreeNode& node, std::string path, std::string_view type, Diagnostics& diagnostics);
  // It keeps node and type until it is destroyed, so neither may be a temporary: a type is the
  // schema's own text or a literal, never a string that somebody made.
  template <MadeText Text>
  Reader(const TreeNode&, std::string, Text&&, Diagnostics&) = delete;
  Reader(const TreeNode&&, std::string, std::string_view, Diagnostics&) = delete;
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool has(std::string_view field);
  const TreeNode* node(std::string_view field);  // null if absent or null
  std::string text(std::string_view field, std::string fallback = "");
  bool boolean(std::string_view field, bool fallback);  // also BoolValue
  uint64_t uint(std::string_view field, uint64_t fallback, uint64_t max = UINT32_MAX);
  std::optional<uint64_t> optionalUint(std::string_view field, uint64_t max = UINT32_MAX);
  int64_t integer(std::string_view field, int64_t fallback);
  double number(std::string_view field, double fallback);
  std::optional<uint64_t> durationMs(std::string_view field);
  int enumeration(std::string_view field, std::initializer_list<EnumName> names, int fallback);
  std::vector<std::string> texts(std::string_view field);
  // Calls `each` with the element and its path; a single value counts as a list of one (warned).
  void list(std::string_view field,
            const std::function<void(const TreeNode&, const std::string&)>& each);
  // Calls `read` with a sub-message.
  void message(std::string_view field,
               const std::function<void(const TreeNode&, const std::string&)>& read);
  // At most one of these may be present; returns its name or "".
  std::string oneOf(std::initializer_list<std::string_view> fields);

  void required(std::string_view field);
  // Envoy has it, Convoy does not: an error that says what will be missing. Present but equal to
  // nothing (null, false, {} or []) passes.
  void unsupported(std::string_view field, std::string_view effect);
  // Accepted without a word: it does nothing here, and nothing is missing without it.
  void ignore(std::string_view field);
  // Accepted, with a warning that says what does not happen.
  void noEffect(std::string_view field, std::string_view effect);
  void ignoreAll() { ignore_all_ = true; }

  void error(std::string_view field, std::string_view code, std::string message,
             std::string help = "");
  const std::string& path() const { return path_; }
  std::string pathOf(std::string_view field) const;
  Origin origin() const { return node_.origin; }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  const TreeNode* raw(std::string_view field);
  void reportUnread(const TreeNode::Member& member);
  std::string helpFor(std::string_view key) const;
  void typeError(const TreeNode& node, std::string_view field, std::string_view wanted);
  bool scalarUint(const TreeNode& node, std::string_view field, uint64_t max, uint64_t& out);

  const TreeNode& node_;
  std::string path_;
  std::string_view type_;
  Diagnostics& diagnostics_;
  std::vector<const TreeNode*> asked_;  // the members somebody read
  bool broken_ = false;                 // not a map: said once, and nothing more
  bool ignore_all_ = false;
};

// "0.25s" or {seconds, nanos} -> milliseconds, rounded up. False if it is neither.
bool parseDurationMs(const TreeNode& node, uint64_t& out);

}  // namespace convoy::config

#include "common/config/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/base/text.h"

namespace convoy::config {

namespace {

// BoolValue and UInt32Value may be written bare or as {value: x}.
const TreeNode& unwrap(const TreeNode& node) {
  if (node.isMap() && node.members.size() == 1 && node.members[0].first == "value") {
    return node.members[0].second;
  }
  return node;
}

bool isNothing(const TreeNode& node) {
  switch (node.kind) {
    case TreeNode::Kind::Null:
      return true;
    case TreeNode::Kind::Bool:
      return node.scalar == "false";
    case TreeNode::Kind::List:
      return node.list.empty();
    case TreeNode::Kind::Map:
    case TreeNode::Kind::Number:
    case TreeNode::Kind::String:
      return false;
  }
  return false;
}

bool parseDouble(std::string_view view, double& out) {
  const std::string text(view);
  // strtod takes more than JSON does: spaces, hexadecimal, "inf".
  if (text.find_first_not_of("0123456789+-.eE") != std::string::npos) return false;
  char* end = nullptr;
  out = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0' && std::isfinite(out);
}

}  // namespace

bool parseDurationMs(const TreeNode& node, uint64_t& out) {
  if (node.isMap()) {
    double seconds = 0, nanos = 0;
    for (const auto& [key, value] : node.members) {
      if (key != "seconds" && key != "nanos") return false;
      if (!parseDouble(value.scalar, key == "seconds" ? seconds : nanos)) return false;
    }
    if (seconds < 0 || nanos < 0 || nanos > 999999999 || seconds > 3e11) return false;
    out = static_cast<uint64_t>(std::ceil(seconds * 1000 + nanos / 1e6));
    return true;
  }
  std::string_view number = node.scalar;
  if (node.kind != TreeNode::Kind::String || number.size() < 2 || number.back() != 's') {
    return false;
  }
  number.remove_suffix(1);
  if (number.find_first_not_of("0123456789.") != std::string_view::npos) return false;
  double seconds = 0;
  if (!parseDouble(number, seconds) || seconds > 3e11) return false;
  out = static_cast<uint64_t>(std::ceil(seconds * 1000 - 1e-9));
  return true;
}

Reader::Reader(const TreeNode& node, std::string path, std::string_view type,
               Diagnostics& diagnostics)
    : node_(node), path_(std::move(path)), type_(type), diagnostics_(diagnostics) {
  asked_.reserve(node.members.size());
  if (!node.isMap() && !node.isNull()) {
    diagnostics_.error(node.origin, path_, code::kWrongType,
                       "expected the fields of " + std::string(type_) + " here");
    broken_ = ignore_all_ = true;
  }
}

Reader::~Reader() {
  if (ignore_all_) return;
  for (const TreeNode::Member& member : node_.members) {
    const bool asked = std::find(asked_.begin(), asked_.end(), &member.second) != asked_.end();
    if (!asked && member.first != "@type") reportUnread(member);
  }
}

void Reader::reportUnread(const TreeNode::Member& member) {
  const auto& [key, value] = member;
  const MessageInfo* info = findMessage(type_);
  const int index = info == nullptr ? -1 : info->indexOf(key);
  if (index >= 0 && info->fields[static_cast<size_t>(index)].status == FieldInfo::Status::Removed) {
    diagnostics_.unsupported(
        value.key_origin, pathOf(key),
        "\"" + key + "\" in " + std::string(type_) + " is of Envoy's v2 API; v3 removed it",
        "it does nothing");
    return;
  }
  if (index >= 0) {
    unsupported(key, "Envoy's default applies");
    return;
  }
  if (diagnostics_.full()) return;
  std::string message = "unknown field \"" + key + "\" in " + std::string(type_);
  if (diagnostics_.options().allow_unknown_fields) {
    diagnostics_.warning(value.key_origin, pathOf(key), code::kUnknownField, std::move(message),
                         helpFor(key));
  } else {
    diagnostics_.error(value.key_origin, pathOf(key), code::kUnknownField,
                       std::move(message) + " (unknown fields are refused)", helpFor(key));
  }
}

std::string Reader::helpFor(std::string_view key) const {
  std::vector<std::string> known;
  if (const MessageInfo* info = findMessage(type_)) {
    for (const FieldInfo& field : info->fields) known.emplace_back(field.name);
  }
  if (const std::string near = nearest(key, known); !near.empty()) {
    return "did you mean \"" + near + "\"?";
  }
  const std::string owner = ownerOf(key);
  return owner.empty()
             ? ""
             : "\"" + std::string(key) + "\" is a field of " + owner + "; check the nesting";
}

std::string Reader::pathOf(std::string_view field) const {
  return path_.empty() ? std::string(field) : path_ + "." + std::string(field);
}

const TreeNode* Reader::raw(std::string_view field) {
  const TreeNode* found = node_.find(field);
  if (found != nullptr) asked_.push_back(found);
  return found;
}

const TreeNode* Reader::node(std::string_view field) {
  const TreeNode* found = raw(field);
  return found == nullptr || found->isNull() ? nullptr : found;
}

bool Reader::has(std::string_view field) {
  return node(field) != nullptr;
}

void Reader::error(std::string_view field, std::string_view code, std::string message,
                   std::string help) {
  if (broken_) return;
  const TreeNode* at = field.empty() ? nullptr : raw(field);
  diagnostics_.error(at != nullptr ? at->origin : node_.origin,
                     field.empty() ? path_ : pathOf(field), code, std::move(message),
                     std::move(help));
}

void Reader::typeError(const TreeNode& node, std::string_view field, std::string_view wanted) {
  diagnostics_.error(node.origin, pathOf(field), code::kWrongType,
                     "\"" + std::string(field) + "\" must be " + std::string(wanted),
                     node.scalar.view().find('$') == std::string_view::npos
                         ? ""
                         : "placeholders are not filled in, here or in Envoy: run envsubst first");
}

std::string Reader::text(std::string_view field, std::string fallback) {
  const TreeNode* found = node(field);
  if (found == nullptr) return fallback;
  const TreeNode& value = unwrap(*found);
  if (value.kind == TreeNode::Kind::String) return value.scalar.str();
  typeError(value, field, value.isMap() || value.isList() ? "text" : "text: put it in quotes");
  return fallback;
}

bool Reader::boolean(std::string_view field, bool fallback) {
  const TreeNode* found = node(field);
  if (found == nullptr) return fallback;
  const TreeNode& value = unwrap(*found);
  if (value.kind == TreeNode::Kind::Bool || (value.kind == TreeNode::Kind::String &&
                                             (value.scalar == "true" || value.scalar == "false"))) {
    return value.scalar == "true";
  }
  typeError(value, field, "true or false");
  return fallback;
}

bool Reader::scalarUint(const TreeNode& node, std::string_view field, uint64_t max, uint64_t& out) {
  const TreeNode& value = unwrap(node);
  double number = 0;
  if ((value.kind == TreeNode::Kind::Number || value.kind == TreeNode::Kind::String) &&
      parseDouble(value.scalar, number) && number >= 0 && number == std::floor(number)) {
    if (number <= static_cast<double>(max)) {
      out = static_cast<uint64_t>(number);
      return true;
    }
    diagnostics_.error(value.origin, pathOf(field), code::kWrongValue,
                       "\"" + std::string(field) + "\" is " + value.scalar + ", but at most " +
                           std::to_string(max) + " is allowed");
    return false;
  }
  typeError(value, field, "a whole number from 0 up");
  return false;
}

uint64_t Reader::uint(std::string_view field, uint64_t fallback, uint64_t max) {
  return optionalUint(field, max).value_or(fallback);
}

std::optional<uint64_t> Reader::optionalUint(std::string_view field, uint64_t max) {
  const TreeNode* found = node(field);
  uint64_t value = 0;
  if (found == nullptr || !scalarUint(*found, field, max, value)) return std::nullopt;
  return value;
}

int64_t Reader::integer(std::string_view field, int64_t fallback) {
  const TreeNode* found = node(field);
  if (found == nullptr) return fallback;
  double number = 0;
  if (!parseDouble(found->scalar, number) || number != std::floor(number) ||
      std::fabs(number) > 9e18) {
    typeError(*found, field, "a whole number");
    return fallback;
  }
  return static_cast<int64_t>(number);
}

double Reader::number(std::string_view field, double fallback) {
  const TreeNode* found = node(field);
  if (found == nullptr) return fallback;
  double value = 0;
  if (parseDouble(unwrap(*found).scalar, value)) return value;
  typeError(*found, field, "a number");
  return fallback;
}

std::optional<uint64_t> Reader::durationMs(std::string_view field) {
  const TreeNode* found = node(field);
  if (found == nullptr) return std::nullopt;
  uint64_t ms = 0;
  if (parseDurationMs(*found, ms)) return ms;
  typeError(*found, field, "a duration such as \"0.25s\" (seconds, with the s)");
  return std::nullopt;
}

int Reader::enumeration(std::string_view field, std::initializer_list<EnumName> names,
                        int fallback) {
  const TreeNode* found = node(field);
  if (found == nullptr) return fallback;
  std::vector<std::string> known;
  for (const EnumName& name : names) {
    known.emplace_back(name.name);
    if (!base::equalsIgnoreCase(found->scalar, name.name) &&
        found->scalar != std::to_string(name.number)) {
      continue;
    }
    if (name.value >= 0) return name.value;
    diagnostics_.unsupported(
        found->origin, pathOf(field),
        "Envoy has " + std::string(field) + " " + std::string(name.name) + ", Convoy does not yet",
        "the default is used");
    return fallback;
  }
  std::string upper = found->scalar.str();
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  const std::string near = nearest(upper, known);
  std::string list;
  for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
  diagnostics_.error(found->origin, pathOf(field), code::kWrongValue,
                     "\"" + found->scalar + "\" is no value of " + std::string(field),
                     near.empty() ? "one of " + list : "did you mean " + near + "?");
  return fallback;
}

void Reader::list(std::string_view field,
                  const std::function<void(const TreeNode&, const std::string&)>& each) {
  const TreeNode* found = node(field);
  if (found == nullptr) return;
  if (!found->isList()) {
    diagnostics_.warning(found->origin, pathOf(field), code::kOldForm,
                         "\"" + std::string(field) +
                             "\" is a list; the one value counts as its only "
                             "element");
    each(*found, pathOf(field) + "[0]");
    return;
  }
  for (size_t i = 0; i < found->list.size(); ++i) {
    each(found->list[i], pathOf(field) + "[" + std::to_string(i) + "]");
  }
}

std::vector<std::string> Reader::texts(std::string_view field) {
  std::vector<std::string> out;
  list(field, [&](const TreeNode& item, const std::string& path) {
    if (item.kind == TreeNode::Kind::String) {
      out.push_back(item.scalar);
    } else {
      diagnostics_.error(item.origin, path, code::kWrongType, "expected text here");
    }
  });
  return out;
}

void Reader::message(std::string_view field,
                     const std::function<void(const TreeNode&, const std::string&)>& read) {
  const TreeNode* found = node(field);
  if (found != nullptr) read(*found, pathOf(field));
}

std::string Reader::oneOf(std::initializer_list<std::string_view> fields) {
  std::string first;
  for (const std::string_view field : fields) {
    if (!has(field)) continue;
    if (first.empty()) {
      first = field;
    } else {
      error(field, code::kConflict,
            "\"" + std::string(field) + "\" and \"" + first + "\" exclude each other");
    }
  }
  return first;
}

void Reader::required(std::string_view field) {
  const TreeNode* found = node(field);
  if (found == nullptr || (found->kind == TreeNode::Kind::String && found->scalar.empty()) ||
      (found->isList() && found->list.empty())) {
    error(found == nullptr ? "" : field, code::kMissing,
          "\"" + std::string(field) + "\" is missing in " + std::string(type_));
  }
}

void Reader::unsupported(std::string_view field, std::string_view effect) {
  const TreeNode* found = raw(field);
  if (found == nullptr || isNothing(*found)) return;
  diagnostics_.unsupported(
      found->key_origin, pathOf(field),
      "Envoy has \"" + std::string(field) + "\" in " + std::string(type_) + ", Convoy does not yet",
      std::string(effect));
}

void Reader::ignore(std::string_view field) {
  raw(field);
}

void Reader::noEffect(std::string_view field, std::string_view effect) {
  const TreeNode* found = raw(field);
  if (found == nullptr || isNothing(*found)) return;
  diagnostics_.warning(found->key_origin, pathOf(field), code::kNoEffect,
                       "\"" + std::string(field) + "\" has no effect yet: " + std::string(effect));
}

}  // namespace convoy::config

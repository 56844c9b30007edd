// The fence round yaml-cpp: text in, Tree out. Its events are taken and not its nodes, which need
// ten times the memory of ours. The form that nearly all large files have is read without it
// (simple_yaml), twenty times faster and to the same tree.
#include <algorithm>
#include <istream>
#include <set>
#include <streambuf>
#include <unordered_map>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "common/config/simple_yaml.h"
#include "common/config/tree.h"
#include "common/config/tree_builder.h"
#include "common/config/yaml_scalar.h"

namespace convoy::config {

namespace {

// Aliases are copied into our tree: a small text that names itself ten times on ten levels would
// become ten thousand million nodes.
// A node without aliases takes at least two bytes of text, so that this bounds only those.
size_t maxNodes(std::string_view text) {
  return 100000 + text.size() / 2;
}

Origin originOf(const YAML::Mark& mark) {
  return mark.is_null() ? Origin{} : Origin{mark.line + 1, mark.column + 1};
}

// A text as a stream, without a copy of it.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(const std::string& text) {
    char* begin = const_cast<char*>(text.data());  // only read from
    setg(begin, begin, begin + text.size());
  }
};

//             OnMapStart, OnSequenceStart            OnMapEnd, OnSequenceEnd
//   (none) ---------------------------------> frame ------------------------> child of the frame
//                                             |   ^                           below, or the root
//                                       key   |   |  value
//                                             v   |
//                                        has_key (maps only)
class TreeEvents : public YAML::EventHandler {
 public:
  TreeEvents(size_t max_nodes, TreeNode& root, std::vector<SyntaxError>* repeated)
      : max_nodes_(max_nodes), root_(root), repeated_(repeated) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (wantsKey()) refuseKey(mark);
    count(mark, 1, 0);
    TreeNode node;
    node.origin = node.key_origin = originOf(mark);
    finish(std::move(node), anchor, "", "", mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (wantsKey() && anchor == YAML::NullAnchor) return key(value, originOf(mark), tag);
    if (!wantsKey()) count(mark, 1, 0);
    finish(yamlScalar(value, tag == "!", originOf(mark)), anchor, value, tag, mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    // Inside of what it names: a tree of no end.
    if (found == anchors_.end()) fail(mark, kTooDeep);
    const Anchored& named = found->second;
    if (wantsKey()) {
      if (!named.is_scalar && named.tag != kIgnored) refuseKey(named.mark);
      return key(named.text, named.node.origin, named.tag);
    }
    count(mark, named.nodes, named.depth);
    attach(named.node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(TreeNode::Kind::List, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(TreeNode::Kind::Map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  static constexpr const char* kTooDeep = "nested deeper than 100 levels";
  static constexpr std::string_view kIgnored = "!ignore";  // a key of Envoy's: a place for anchors

  struct Frame {
    TreeNode node;
    YAML::Mark mark;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::string tag;
    size_t first_child = 0;  // in stack_
    size_t nodes_before = 0;
    int deepest = 0;  // the depth of what it holds, from the root
    MemberIndex index;
    std::set<size_t> merged;  // members by "<<"
    bool has_key = false;
    bool ignored = false;  // the key is tagged so
    std::string key;
    Place key_origin;
  };

  // What an alias stands for.
  struct Anchored {
    TreeNode node;
    std::string text;  // of a scalar, before it was typed
    std::string tag;
    YAML::Mark mark;
    bool is_scalar = false;
    size_t nodes = 1;
    int depth = 0;
  };

  [[noreturn]] static void fail(const YAML::Mark& mark, const std::string& message) {
    throw YAML::Exception(mark, message);
  }
  [[noreturn]] static void refuseKey(const YAML::Mark& mark) {
    fail(mark, "a field name must be text");
  }

  bool wantsKey() const {
    return !frames_.empty() && frames_.back().node.isMap() && !frames_.back().has_key;
  }

  // Nodes that come below the open frames, `depth` levels of them below the first.
  void count(const YAML::Mark& mark, size_t nodes, int depth) {
    const int lowest = static_cast<int>(frames_.size()) + depth;
    if (lowest > kMaxDepth) fail(mark, kTooDeep);
    nodes_ += nodes;
    if (nodes_ + copied_ > max_nodes_) {
      fail(mark, "the aliases expand to a hundred times what one writes by hand");
    }
    if (!frames_.empty()) frames_.back().deepest = std::max(frames_.back().deepest, lowest);
  }

  void open(TreeNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (wantsKey() && tag != kIgnored) refuseKey(mark);
    count(mark, 1, 0);
    Frame& frame = frames_.emplace_back();
    frame.node.kind = kind;
    frame.node.origin = frame.node.key_origin = originOf(mark);
    frame.mark = mark;
    frame.anchor = anchor;
    if (tag != "?") frame.tag = tag;
    frame.first_child = stack_.mark();
    frame.nodes_before = nodes_ - 1;
    frame.deepest = static_cast<int>(frames_.size()) - 1;
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.node.isMap()) {
      stack_.popMembers(frame.first_child, frame.node);
    } else {
      stack_.popElements(frame.first_child, frame.node);
    }
    if (frame.anchor != YAML::NullAnchor) remember(frame);
    if (!frames_.empty()) {
      frames_.back().deepest = std::max(frames_.back().deepest, frame.deepest);
    }
    if (wantsKey()) return key("", {}, std::string(kIgnored));
    attach(std::move(frame.node));
  }

  // Its copy counts as an alias would: anchors within anchors multiply, too.
  void remember(const Frame& frame) {
    const size_t nodes = nodes_ - frame.nodes_before;
    copied_ += nodes;
    count(frame.mark, 0, 0);
    const int depth = frame.deepest - static_cast<int>(frames_.size());
    anchors_[frame.anchor] = {frame.node, "", frame.tag, frame.mark, false, nodes, depth};
  }

  // A null or a scalar is complete.
  void finish(TreeNode node, YAML::anchor_t anchor, const std::string& text, const std::string& tag,
              const YAML::Mark& mark) {
    if (anchor != YAML::NullAnchor) {
      anchors_[anchor] = {node, text, tag, mark, !node.isNull(), 1, 0};
    }
    if (wantsKey()) return key(text, node.origin, tag);
    attach(std::move(node));
  }

  void key(const std::string& text, Place origin, const std::string& tag) {
    Frame& frame = frames_.back();
    frame.has_key = true;
    frame.ignored = tag == kIgnored;
    frame.key = text;
    frame.key_origin = origin;
  }

  void attach(TreeNode node) {
    if (frames_.empty()) {
      root_ = std::move(node);
    } else if (frames_.back().node.isMap()) {
      member(frames_.back(), std::move(node));
    } else {
      stack_.push({}, std::move(node));
    }
  }

  void member(Frame& frame, TreeNode value) {
    frame.has_key = false;
    if (frame.ignored) return;
    value.key_origin = frame.key_origin;
    if (value.origin.isNowhere()) value.origin = value.key_origin;
    // Later wins, as in Envoy; "<<" merges the anchors it names.
    if (frame.key == "<<" && value.isMap()) return merge(frame, std::move(value));
    const size_t at = frame.index.find(stack_.since(frame.first_child), frame.key);
    if (at == MemberIndex::kNone) {
      stack_.push(keyText(frame.key), std::move(value));
      return;
    }
    // A key beside "<<" is meant to win over the merged one; a second one by hand is a slip.
    if (frame.merged.erase(at) == 0 && repeated_ != nullptr) {
      repeated_->push_back(
          {value.key_origin, "\"" + frame.key + "\" stands twice in this map; this one counts"});
    }
    stack_.since(frame.first_child)[at].second = std::move(value);
  }

  void merge(Frame& frame, TreeNode value) {
    for (TreeNode::Member& one : value.members) {
      const auto members = stack_.since(frame.first_child);
      if (frame.index.find(members, one.first) != MemberIndex::kNone) continue;
      frame.merged.insert(members.size());
      stack_.push(std::move(one.first), std::move(one.second));
    }
  }

  size_t max_nodes_;
  TreeNode& root_;
  std::vector<SyntaxError>* repeated_;
  std::vector<Frame> frames_;
  TreeStack stack_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  size_t nodes_ = 0;   // of the tree
  size_t copied_ = 0;  // for the anchors
};

}  // namespace

bool parseYamlTree(const std::string& text, TreeNode& out, SyntaxError& error,
                   std::vector<SyntaxError>* repeated) {
  return parseSimpleYaml(text, out) || parseAnyYaml(text, out, error, repeated);
}

bool parseAnyYaml(const std::string& text, TreeNode& out, SyntaxError& error,
                  std::vector<SyntaxError>* repeated) {
  try {
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    TreeEvents events(maxNodes(text), out, repeated);
    parser.HandleNextDocument(events);
    return true;
  } catch (const YAML::Exception& e) {
    error.origin = originOf(e.mark);
    error.message = e.msg;
    return false;
  } catch (const std::exception& e) {
    error.message = e.what();
    return false;
  }
}

}  // namespace convoy::config

#include "common/config/error_pages.h"

#include <vector>

#include "common/base/text.h"

namespace convoy::config {

namespace {

struct Text {
  std::string_view code, text, wrong, right;
};

constexpr Text kTexts[] = {
    {"E0101",
     "The place is where reading stopped; the mistake is often a line above it. In YAML look at "
     "the "
     "indentation (spaces, never tabs), at text that holds `: ` and needs quotes, and at brackets "
     "that are not closed. A file is read as YAML if its name ends in `.yaml` or `.yml`, else as "
     "JSON, which knows no comments. The same code says that a file does not exist, may not be "
     "read, "
     "or is not text.",
     "static_resources:\n  clusters: [ { name: service, type: STATIC, load_assignment: { "
     "cluster_name: service } }\n",
     "static_resources:\n  clusters: [ { name: service, type: STATIC, load_assignment: { "
     "cluster_name: service } } ]\n"},
    {"E0102",
     "The message says in which of Envoy's messages the field was looked for; mostly the name is "
     "misspelt or the indentation puts it into the wrong place. `help` names the nearest field, or "
     "the message that has one of this name. `--allow-unknown-static-fields` turns it into a "
     "warning, "
     "as in Envoy.",
     "admin:\n  address:\n    socket_address: { address: 127.0.0.1, port: 9901 }\n",
     "admin:\n  address:\n    socket_address: { address: 127.0.0.1, port_value: 9901 }\n"},
    {"E0103",
     "Numbers, text, true and false, lists and maps are told apart as in proto3 JSON: numbers may "
     "be "
     "written in quotes, text that looks like a number must be. Placeholders like `${PORT}` are "
     "not "
     "filled in, here or in Envoy: run the file through `envsubst` first.",
     "admin:\n  address:\n    socket_address: { address: 127.0.0.1, port_value: ninety }\n",
     "admin:\n  address:\n    socket_address: { address: 127.0.0.1, port_value: 9090 }\n"},
    {"E0104",
     "The message says what is allowed: a range, the names of an enum, the form of a duration "
     "(`0.25s`), a regular expression that does not compile, an address that is none.",
     "admin:\n  address:\n    socket_address: { address: 127.0.0.1, port_value: 99010 }\n",
     "admin:\n  address:\n    socket_address: { address: 127.0.0.1, port_value: 9901 }\n"},
    {"E0105",
     "The place is the message that lacks the field. Envoy's API marks these fields as required, "
     "or "
     "cannot do without them.",
     "admin:\n  address:\n    socket_address: { port_value: 9901 }\n",
     "admin:\n  address:\n    socket_address: { address: 127.0.0.1, port_value: 9901 }\n"},
    {"E0106",
     "Two members of one `oneof` of Envoy's API, the same field in both its spellings (`portValue` "
     "and "
     "`port_value`), or the old and the new form of one thing. Remove one of them.",
     "static_resources:\n"
     "  clusters:\n"
     "  - name: service\n"
     "    type: STATIC\n"
     "    connectTimeout: 1s\n"
     "    connect_timeout: 2s\n"
     "    load_assignment: { cluster_name: service }\n",
     "static_resources:\n"
     "  clusters:\n"
     "  - name: service\n"
     "    type: STATIC\n"
     "    connect_timeout: 2s\n"
     "    load_assignment: { cluster_name: service }\n"},
    {"E0199",
     "Errors come first, so the ones that are shown are enough to go on with. Nearly always one "
     "mistake, such as a list that is indented wrongly, causes many.",
     "", ""},
    {"E0201",
     "The field or extension is right, and Envoy would do something that Convoy would not: so the "
     "configuration is refused rather than served differently. `help` says what would be missing. "
     "If "
     "you can do without, remove it, or start with `--allow-unsupported`: each of these becomes a "
     "warning. What is supported is listed in conf/docs/support.md.",
     "hds_config: { api_type: GRPC }\n", ""},
    {"E0202",
     "Neither Convoy nor Envoy has an extension of this name and type. `help` names the nearest "
     "one. "
     "A filter of your own, compiled into a build of Envoy, cannot be loaded.",
     "static_resources:\n"
     "  listeners:\n"
     "  - name: front\n"
     "    address: { socket_address: { address: 127.0.0.1, port_value: 10000 } }\n"
     "    filter_chains:\n"
     "    - filters:\n"
     "      - name: envoy.filters.network.htp_connection_manager\n",
     ""},
    {"E0301",
     "A route, a filter or a log names a cluster that `static_resources.clusters` does not have. "
     "Look "
     "for a slip in either name; both are compared as they stand.",
     "static_resources:\n"
     "  listeners:\n"
     "  - name: front\n"
     "    address: { socket_address: { address: 127.0.0.1, port_value: 10000 } }\n"
     "    filter_chains:\n"
     "    - filters:\n"
     "      - name: envoy.filters.network.tcp_proxy\n"
     "        typed_config:\n"
     "          \"@type\": "
     "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy\n"
     "          stat_prefix: tcp\n"
     "          cluster: servce\n"
     "  clusters:\n"
     "  - name: service\n"
     "    type: STATIC\n"
     "    load_assignment: { cluster_name: service }\n",
     ""},
    {"E0302",
     "Two clusters or listeners of one name, two virtual hosts with one domain, two listeners on "
     "one "
     "address: only one of them could ever be used.",
     "static_resources:\n"
     "  clusters:\n"
     "  - { name: service, type: STATIC, load_assignment: { cluster_name: service } }\n"
     "  - { name: service, type: STATIC, load_assignment: { cluster_name: service } }\n",
     "static_resources:\n"
     "  clusters:\n"
     "  - { name: service, type: STATIC, load_assignment: { cluster_name: service } }\n"
     "  - { name: service-2, type: STATIC, load_assignment: { cluster_name: service-2 } }\n"},
    {"W0401",
     "Envoy's API v2, and some forms before it, are read as what they became in v3. Nothing needs "
     "to "
     "be done for Convoy; a recent Envoy refuses them. `convoy --mode upgrade -c FILE` prints the "
     "file "
     "in the form of today.",
     "static_resources:\n"
     "  clusters:\n"
     "  - name: service\n"
     "    type: STATIC\n"
     "    hosts: [ { socket_address: { address: 127.0.0.1, port_value: 8002 } } ]\n",
     "static_resources:\n"
     "  clusters:\n"
     "  - name: service\n"
     "    type: STATIC\n"
     "    load_assignment:\n"
     "      cluster_name: service\n"
     "      endpoints:\n"
     "      - lb_endpoints:\n"
     "        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 8002 } } "
     "}\n"},
    {"W0402",
     "The field is understood, and serving without it is right: it is about reports, tuning or a "
     "way "
     "of doing something. The message says what does not happen.",
     "enable_dispatcher_stats: true\n", ""},
    {"W0403",
     "YAML allows it in no version, most programs read it: the last one counts, as in Envoy. "
     "Nearly "
     "always the first one was meant to stay: put both into one map.",
     "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } }\n"
     "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9902 } } }\n",
     "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9902 } } }\n"},
    {"W0404",
     "Envoy counts over all its threads. Convoy's workers are processes, and each keeps this limit "
     "for "
     "what it does itself: with N workers up to N times as much is let through. Divide the number "
     "by "
     "the number of workers where the sum matters.",
     "", ""},
};

std::vector<ErrorPage> makePages() {
  std::vector<ErrorPage> out = {
#define DIAGNOSTIC_CODE(constant, text, meaning) {text, meaning, "", "", ""},
#include "common/config/diagnostic_codes.def"
#undef DIAGNOSTIC_CODE
  };
  for (ErrorPage& page : out) {
    for (const Text& text : kTexts) {
      if (text.code != page.code) continue;
      page.text = text.text;
      page.wrong = text.wrong;
      page.right = text.right;
    }
  }
  return out;
}

std::string wrapped(std::string_view text, size_t width) {
  std::string out;
  size_t used = 0;
  for (const std::string_view word : base::split(text, ' ')) {
    if (used > 0 && used + 1 + word.size() > width) {
      out += "\n";
      used = 0;
    }
    if (used > 0) out += ' ';
    out += word;
    used += word.size() + 1;
  }
  return out + "\n";
}

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out += "    " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string levelOf(const ErrorPage& page) {
  return page.code.starts_with("E") ? "error" : "warning";
}

}  // namespace

std::span<const ErrorPage> errorPages() {
  static const std::vector<ErrorPage> kPages = makePages();
  return kPages;
}

const ErrorPage* findErrorPage(std::string_view code) {
  for (const ErrorPage& page : errorPages()) {
    if (base::equalsIgnoreCase(page.code, code)) return &page;
  }
  return nullptr;
}

std::string errorPageText(const ErrorPage& page) {
  std::string out = levelOf(page) + " " + std::string(page.code) + ": " +
                    std::string(page.meaning) + "\n\n" + wrapped(page.text, 78);
  if (!page.wrong.empty()) out += "\nFor example:\n\n" + indented(page.wrong);
  if (!page.right.empty()) out += "\nRight is:\n\n" + indented(page.right);
  return out;
}

std::string errorPagesMarkdown() {
  std::string out =
      "# What the codes mean\n\nMade of the program's own tables by `make docs`; `convoy explain "
      "CODE` "
      "prints one of them.\nE: the configuration is refused. W: it is taken.\n";
  for (const ErrorPage& page : errorPages()) {
    out += "\n## " + std::string(page.code) + "\n\n" + std::string(page.meaning) + "\n\n" +
           wrapped(page.text, 100);
    if (!page.wrong.empty()) out += "\n```yaml\n" + std::string(page.wrong) + "```\n";
    if (!page.right.empty()) out += "\nRight is:\n\n```yaml\n" + std::string(page.right) + "```\n";
  }
  return out;
}

}  // namespace convoy::config

#include <fmt/format.h>

#include "master/admin/dashboard_assets.h"
#include "master/admin/endpoints.h"

namespace convoy::master {

namespace {

// Nothing but the page's own files, and no text that becomes code.
constexpr std::string_view kDashboardPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Convoy: admin interface</title>
<style>
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td { padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td div { color: #888; font-size: 85%; }
button, a { font: inherit; }
form { margin: 0; }
</style></head><body>
<h1>Convoy: admin interface</h1>
<table>
<thead><tr><th align="left">Command</th><th align="left">Description</th></tr></thead>
<tbody>
)";

void appendRow(const Endpoint& endpoint, std::string& out) {
  auto to = std::back_inserter(out);
  const std::string_view path = endpoint.path;
  const std::string_view relative = path.substr(1);  // also right behind a path prefix
  out += "<tr><td>";
  if (endpoint.changes_state) {
    fmt::format_to(to, "<form action=\"{}\" method=\"post\"><button>{}</button></form>", relative,
                   relative);
  } else if (relative.empty()) {
    out += "<a href=\"./\">dashboard</a>";
  } else {
    fmt::format_to(to, "<a href=\"{}\">{}</a>", relative, relative);
  }
  fmt::format_to(to, "</td><td>{}", endpoint.help);
  for (std::string_view param : endpoint.params) fmt::format_to(to, "<div>{}</div>", param);
  out += "</td></tr>\n";
}

// Programs (curl, probes) say "*/*" or nothing; a browser that opens a page asks for HTML.
bool wantsPage(const AdminRequest& request) {
  return request.accept.find("text/html") != std::string::npos;
}

}  // namespace

std::string helpText() {
  std::string out = "admin commands are:\n";
  for (const Endpoint& e : endpoints()) {
    fmt::format_to(std::back_inserter(out), "  {}{}: {}\n", e.path,
                   e.changes_state ? " (POST)" : "", e.help);
    for (std::string_view param : e.params) {
      fmt::format_to(std::back_inserter(out), "      {}\n", param);
    }
  }
  return out;
}

AdminResponse handleHome(AdminContext&, const AdminRequest& request) {
  if (!wantsPage(request)) return AdminResponse::text(helpText());
  AdminResponse page{200, kHtmlType, std::string(dashboardPage()), nullptr};
  page.content_policy = kDashboardPolicy;
  return page;
}

AdminResponse handleHelp(AdminContext&, const AdminRequest& request) {
  if (!wantsPage(request)) return AdminResponse::text(helpText());
  std::string out(kHead);
  for (const Endpoint& endpoint : endpoints()) appendRow(endpoint, out);
  out += "</tbody></table></body></html>\n";
  return {200, kHtmlType, std::move(out), nullptr};
}

}  // namespace convoy::master

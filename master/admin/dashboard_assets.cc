#include "master/admin/dashboard_assets.h"

// Of the assembler (Makefile): no name of ours could be in a namespace there.
extern "C" {
extern const char asset_dashboard_html_begin[], asset_dashboard_html_end[];
extern const char asset_dashboard_js_begin[], asset_dashboard_js_end[];
extern const char asset_dashboard_css_begin[], asset_dashboard_css_end[];
extern const char asset_icon_svg_begin[], asset_icon_svg_end[];
}

namespace convoy::master {

std::string_view dashboardPage() {
  return {asset_dashboard_html_begin, asset_dashboard_html_end};
}
std::string_view dashboardScript() {
  return {asset_dashboard_js_begin, asset_dashboard_js_end};
}
std::string_view dashboardStyle() {
  return {asset_dashboard_css_begin, asset_dashboard_css_end};
}
std::string_view dashboardIcon() {
  return {asset_icon_svg_begin, asset_icon_svg_end};
}

}  // namespace convoy::master

// dashboard_assets: the files of master/admin/assets/ as they are in the source, inside the program
// (the Makefile makes an object of each). Constant data.
#pragma once

#include <string_view>

namespace convoy::master {

std::string_view dashboardPage();    // dashboard.html
std::string_view dashboardScript();  // dashboard.js
std::string_view dashboardStyle();   // dashboard.css
std::string_view dashboardIcon();    // icon.svg

}  // namespace convoy::master

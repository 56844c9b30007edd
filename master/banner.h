// banner: what the log tells the operator at the start: where to point curl and a browser, and what
// he may not expect (a listener that only this host can reach).
#pragma once

#include <string>
#include <vector>

#include "common/config/model/bootstrap.h"

namespace convoy::master {

struct BannerLine {
  bool warning = false;
  std::string text;
};

// `bootstrap` with the bound ports; `admin` is where the admin server really listens ("" =
// nowhere).
std::vector<BannerLine> banner(const config::Bootstrap& bootstrap,
                               const config::SocketAddress* admin);

}  // namespace convoy::master

// listen_address: an address of the command line to listen on: "127.0.0.1:9902", "[::]:9902", or
// the path of a unix socket ("@" before a name without a file). Master only.
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "common/net/address.h"

namespace convoy::master {

base::Result<net::Address> listenAddress(std::string_view text);

}  // namespace convoy::master

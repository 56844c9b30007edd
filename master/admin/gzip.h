// gzip: an answer of the admin interface, compressed as it is made (RFC 1952), for who asks for it:
// Prometheus does, and a scrape shrinks to a twentieth. zlib is fenced here. Master only.
#pragma once

#include <string_view>

#include "master/admin/message.h"

namespace convoy::master {

// By Accept-Encoding (RFC 9110, section 12.5.3).
bool acceptsGzip(std::string_view accept_encoding);

// Whether it is worth it: a short answer gets longer.
bool worthGzip(const AdminResponse& response);
AdminResponse gzipped(AdminResponse response);

}  // namespace convoy::master

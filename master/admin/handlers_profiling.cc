// What Envoy has of its allocator, its profilers and its symbol table. None of them is in this
// program, and that is what Envoy says of builds without them; scripts ask and go on.
#include "master/admin/endpoints.h"

namespace convoy::master {

namespace {

AdminResponse notSupported(const char* what) {
  return AdminResponse::text(std::string("The current build does not support ") + what + "\n", 501);
}

// "" if the parameter is right.
AdminResponse switched(const AdminRequest& request, const char* what) {
  const std::string* enable = request.param("enable");
  if (enable == nullptr || (*enable != "y" && *enable != "n")) {
    return AdminResponse::text("?enable=<y|n>\n", 400);
  }
  return notSupported(what);
}

}  // namespace

AdminResponse handleCpuProfiler(AdminContext&, const AdminRequest& request) {
  return switched(request, "cpu profiler");
}

AdminResponse handleHeapProfiler(AdminContext&, const AdminRequest& request) {
  return switched(request, "heap profiler");
}

AdminResponse handleAllocProfiler(AdminContext&, const AdminRequest& request) {
  return switched(request, "allocation profiler");
}

AdminResponse handleHeapDump(AdminContext&, const AdminRequest&) {
  return notSupported("heap dump");
}

AdminResponse handleTcmalloc(AdminContext&, const AdminRequest&) {
  return notSupported("tcmalloc");
}

// Names of stats are made once, when a configuration is loaded, and never looked up again.
AdminResponse handleRecentLookups(AdminContext&, const AdminRequest&) {
  return AdminResponse::text(
      "Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.\n\ntotal: 0\n");
}

AdminResponse handleRecentLookupsChange(AdminContext&, const AdminRequest&) {
  return AdminResponse::text("OK\n");
}

}  // namespace convoy::master

// edition: one loaded configuration with everything that serves it: model, sockets, log files,
// hosts, and (once started) its generation of workers. The Master holds the running one, at most
// one that is being prepared, and those whose workers still drain.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/config/load.h"
#include "master/generation.h"
#include "master/options.h"
#include "master/reload.h"
#include "master/upstream/host_sets.h"

namespace convoy::master {

class Edition;

class EditionCallbacks {
 public:
  virtual ~EditionCallbacks() = default;
  virtual void onEditionResolved(Edition& edition) = 0;
};

class Edition final : private HostSetsCallbacks {
 public:
  Edition(Aggregate& aggregate, EditionCallbacks& callbacks, Plan made,
          std::shared_ptr<const config::Bootstrap> as_bound);
  // Begins to ask for the names; `previous` (may be null) knows the answers of the last edition.
  void resolve(net::EventLoop& loop, Resolver& resolver, const HostSets* previous);

  Plan plan;
  // As loaded, with the ports that the kernel chose where the file says 0.
  std::shared_ptr<const config::Bootstrap> shown;
  Provenance provenance;
  base::UniqueFd admin_socket;  // bound anew for this edition; invalid = keep the running one
  std::unique_ptr<HostSets> hosts;
  // What its workers had under the program before, until the names are asked for again.
  std::optional<ipc::EndpointsPayload> inherited_endpoints;
  ipc::EndpointsPayload currentEndpoints() const;
  std::unique_ptr<Generation> generation;

 private:
  void onHostsReady() override;
  void onHostsChanged(const ipc::EndpointsPayload& changed) override;
  void onHostsCount(const std::string& raw_name) override;
  uint64_t counted(const std::string& raw_name) override;

  Aggregate& aggregate_;
  EditionCallbacks& callbacks_;
};

// The sources that the options name, each read once; and what they say.
base::Result<std::vector<config::Source>> readSources(const Options& options);
config::LoadResult loadSources(const std::vector<config::Source>& sources, const Options& options,
                               const std::map<std::string, std::string>& runtime_overrides = {});
Provenance provenanceOf(const std::vector<config::Source>& sources,
                        const config::LoadResult& loaded);
std::string renderAll(const std::vector<config::Diagnostic>& diagnostics);
// How messages call the configuration: its path, or "<config-yaml>".
std::string configurationName(const Options& options);
std::shared_ptr<const config::Bootstrap> withBoundPorts(const config::Bootstrap& bootstrap,
                                                        const ListenerSet& listeners);

}  // namespace convoy::master

#include "master/edition.h"

#include <set>

#include "common/net/tls_digest.h"

namespace convoy::master {

Edition::Edition(Aggregate& aggregate, EditionCallbacks& callbacks, Plan made,
                 std::shared_ptr<const config::Bootstrap> as_bound)
    : plan(std::move(made)),
      shown(std::move(as_bound)),
      aggregate_(aggregate),
      callbacks_(callbacks) {}

void Edition::resolve(net::EventLoop& loop, Resolver& resolver, const HostSets* previous) {
  HostSetsCallbacks& callbacks = *this;
  hosts = std::make_unique<HostSets>(loop, resolver, callbacks, plan.bootstrap);
  if (previous != nullptr) hosts->inherit(*previous);
  if (inherited_endpoints) hosts->inherit(*inherited_endpoints);
  hosts->start();
}

ipc::EndpointsPayload Edition::currentEndpoints() const {
  if (inherited_endpoints) return *inherited_endpoints;
  return hosts == nullptr ? ipc::EndpointsPayload{} : hosts->all();
}

void Edition::onHostsReady() {
  if (inherited_endpoints) {
    inherited_endpoints.reset();
    if (generation != nullptr) generation->sendEndpoints(hosts->all());
  }
  callbacks_.onEditionResolved(*this);
}

void Edition::onHostsChanged(const ipc::EndpointsPayload& changed) {
  if (generation != nullptr) generation->sendEndpoints(changed);
}

void Edition::onHostsCount(const std::string& raw_name) {
  aggregate_.addCounter(raw_name, 1);
}

uint64_t Edition::counted(const std::string& raw_name) {
  return aggregate_.counted(raw_name);
}

base::Result<std::vector<config::Source>> readSources(const Options& options) {
  std::vector<config::Source> sources;
  if (!options.config_path.empty()) {
    auto file = config::readSource(options.config_path);
    if (!file.ok()) return file.error();
    sources.push_back(std::move(file).value());
  }
  if (!options.config_yaml.empty()) {
    sources.push_back({"<config-yaml>", options.config_yaml, config::Source::Format::Yaml});
  }
  return sources;
}

config::LoadResult loadSources(const std::vector<config::Source>& sources, const Options& options,
                               const std::map<std::string, std::string>& runtime_overrides) {
  config::LoadOptions how;
  how.allow_unsupported = options.allow_unsupported;
  how.allow_unknown_fields = options.allow_unknown_fields;
  how.runtime_overrides = runtime_overrides;
  how.service_cluster = options.service_cluster;
  return config::load(sources, how);
}

Provenance provenanceOf(const std::vector<config::Source>& sources,
                        const config::LoadResult& loaded) {
  Provenance out;
  for (const config::Source& source : sources) {
    out.files.push_back({source.name, net::sha256Hex(source.text), source.text.size()});
  }
  out.warnings = loaded.diagnostics;
  return out;
}

std::string renderAll(const std::vector<config::Diagnostic>& diagnostics) {
  std::string out;
  for (const config::Diagnostic& diagnostic : diagnostics) {
    out += config::render(diagnostic);
    if (out.empty() || out.back() != '\n') out += '\n';
  }
  return out;
}

std::string configurationName(const Options& options) {
  return options.config_path.empty() ? "<config-yaml>" : options.config_path;
}

std::shared_ptr<const config::Bootstrap> withBoundPorts(const config::Bootstrap& bootstrap,
                                                        const ListenerSet& listeners) {
  auto out = std::make_shared<config::Bootstrap>(bootstrap);
  std::set<uint32_t> seen;
  for (const ListenerSet::Entry& entry : listeners.entries()) {
    config::SocketAddress& address = out->listeners[entry.index].address;
    // The first entry of a listener is its own address, the others are additional ones.
    const bool first = seen.insert(entry.index).second;
    if (first && entry.bound->address().isIp()) address.port_value = entry.bound->address().port();
  }
  return out;
}

}  // namespace convoy::master

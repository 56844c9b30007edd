#include "worker/listener/chain_match.h"

#include <algorithm>
#include <cstring>

#include "common/base/text.h"

namespace convoy::worker {

namespace {

constexpr int kCriteria = 9;
constexpr int kNone = -1;  // the chain does not take it
constexpr int kAny = 0;    // it does not ask
constexpr int kExactName = 1 << 20;

int nameScore(const std::vector<std::string>& names, std::string_view name) {
  if (names.empty()) return kAny;
  int found = kNone;
  for (const std::string& wanted : names) {
    if (wanted.front() != '.') {
      if (wanted == name) return kExactName;
    } else if (name.size() > wanted.size() && name.ends_with(wanted)) {
      found = std::max(found, static_cast<int>(wanted.size()));
    }
  }
  return found;
}

// The client's order counts.
int protocolScore(const std::vector<std::string>& wanted, const ConnectionTraits& connection) {
  if (wanted.empty()) return kAny;
  const ClientHello* hello = connection.hello;
  if (hello == nullptr && !connection.http_protocol.empty()) {
    const bool same =
        std::find(wanted.begin(), wanted.end(), connection.http_protocol) != wanted.end();
    return same ? 1 : kNone;
  }
  for (size_t i = 0; hello != nullptr && i < hello->protocol_count; ++i) {
    if (std::find(wanted.begin(), wanted.end(), hello->protocols[i]) != wanted.end()) {
      return static_cast<int>(ClientHello::kMaxProtocols - i);
    }
  }
  return kNone;
}

int sourceTypeScore(config::FilterChainMatch::SourceType wanted,
                    const ConnectionTraits& connection) {
  using Source = config::FilterChainMatch::SourceType;
  if (wanted == Source::Any) return kAny;
  const bool local =
      connection.peer.isLoopback() || connection.peer.octets() == connection.local.octets();
  return local == (wanted == Source::SameIpOrLoopback) ? 1 : kNone;
}

int yes(bool matches) {
  return matches ? 1 : kNone;
}

}  // namespace

std::vector<ChainMatch::Range> ChainMatch::rangesOf(const std::vector<config::CidrRange>& ranges) {
  std::vector<Range> out;
  for (const config::CidrRange& range : ranges) {
    auto address = net::Address::fromIp(range.address, 0);
    if (address.ok()) out.push_back({*address, range.prefix});
  }
  return out;
}

ChainMatch::ChainMatch(const config::Listener& listener) {
  const size_t count = listener.chainCount();
  if (listener.has_default_chain) default_ = count - 1;
  for (size_t i = 0; i < count - (default_ ? 1 : 0); ++i) {
    const config::FilterChainMatch& match = listener.chain(i).match;
    chains_.push_back({&match, rangesOf(match.prefix_ranges),
                       rangesOf(match.direct_source_prefix_ranges),
                       rangesOf(match.source_prefix_ranges)});
  }
  const auto asksNothing = [](const config::FilterChainMatch& m) {
    return !m.destination_port && m.prefix_ranges.empty() &&
           m.direct_source_prefix_ranges.empty() &&
           m.source_type == config::FilterChainMatch::SourceType::Any &&
           m.source_prefix_ranges.empty() && m.source_ports.empty() && !m.wantsClientHello();
  };
  trivial_ = count == 1 && (default_ || asksNothing(listener.chain(0).match));
}

int ChainMatch::best(const std::vector<Range>& ranges, const net::Address& address) {
  if (ranges.empty()) return kAny;
  int found = kNone;
  for (const Range& range : ranges) {
    if (!address.isWithin(range.address, range.bits)) continue;
    found = std::max(found, static_cast<int>(range.bits) + 1);
  }
  return found;
}

int ChainMatch::score(const Chain& chain, int criterion, const ConnectionTraits& connection,
                      std::string_view server_name) {
  const config::FilterChainMatch& match = *chain.match;
  switch (criterion) {
    case 0:
      return match.destination_port ? yes(*match.destination_port == connection.local.port())
                                    : kAny;
    case 1:
      return best(chain.destinations, connection.local);
    case 2:
      return nameScore(match.server_names, server_name);
    case 3:
      return match.transport_protocol.empty()
                 ? kAny
                 : yes((match.transport_protocol == "tls") == (connection.hello != nullptr));
    case 4:
      return protocolScore(match.application_protocols, connection);
    case 5:
      return best(chain.direct_sources,
                  connection.direct == nullptr ? connection.peer : *connection.direct);
    case 6:
      return sourceTypeScore(match.source_type, connection);
    case 7:
      return best(chain.sources, connection.peer);
    default:
      return match.source_ports.empty()
                 ? kAny
                 : yes(std::find(match.source_ports.begin(), match.source_ports.end(),
                                 connection.peer.port()) != match.source_ports.end());
  }
}

std::optional<size_t> ChainMatch::find(const ConnectionTraits& connection) const {
  if (trivial_) return 0;
  const std::string server_name =
      connection.hello == nullptr ? "" : base::lowered(connection.hello->server_name);
  std::vector<size_t> left(chains_.size());
  for (size_t i = 0; i < left.size(); ++i) left[i] = i;
  for (int criterion = 0; criterion < kCriteria && !left.empty(); ++criterion) {
    int top = kNone;
    std::vector<size_t> kept;
    for (const size_t i : left) {
      const int value = score(chains_[i], criterion, connection, server_name);
      if (value > top) {
        top = value;
        kept.clear();
      }
      if (value == top && value != kNone) kept.push_back(i);
    }
    left = std::move(kept);
  }
  return left.empty() ? default_ : std::optional<size_t>(left.front());
}

}  // namespace convoy::worker

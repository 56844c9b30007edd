// stat_tables: the enums and tables made of stat_defs.def: ListenerStat, HttpStat,
// ListenerHttpStat, TcpStat, ClusterStat, ServerStat and those of small filters, and StatTable<E>,
// which says at compile time where in a block a stat lives. All constexpr; any process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/stats/counters.h"

namespace convoy::stats {

enum class ServerStat : uint16_t {
#define SERVER(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class ListenerStat : uint16_t {
#define LISTENER(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class HttpStat : uint16_t {
#define HTTP(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class ListenerHttpStat : uint16_t {
#define LISTENER_HTTP(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class TcpStat : uint16_t {
#define TCP(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class ProxyProtoStat : uint16_t {
#define PROXY_PROTO(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class ConnectionLimitStat : uint16_t {
#define CONNECTION_LIMIT(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class ConnectionRateStat : uint16_t {
#define CONNECTION_RATE(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class GrpcStat : uint16_t {
#define GRPC(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class ListenerTlsStat : uint16_t {
#define LISTENER_TLS(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class ClusterTlsStat : uint16_t {
#define CLUSTER_TLS(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class NetworkRbacStat : uint16_t {
#define NETWORK_RBAC(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class HttpRateStat : uint16_t {
#define HTTP_RATE(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class ClusterStat : uint16_t {
#define CLUSTER(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};
enum class VhostStat : uint16_t {
#define VHOST(id, raw, type, unit, help) id,
#include "common/stats/stat_defs.def"
};

namespace detail {

constexpr std::string_view rawName(std::string_view id, std::string_view raw) {
  return raw.empty() ? id : raw;
}
#define CONVOY_STAT_ROW(id, raw, type, unit, help) \
  StatDef{rawName(#id, raw), StatType::type, unit, help},

inline constexpr auto kServerDefs = std::to_array<StatDef>({
#define SERVER CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kListenerDefs = std::to_array<StatDef>({
#define LISTENER CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kHttpDefs = std::to_array<StatDef>({
#define HTTP CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kListenerHttpDefs = std::to_array<StatDef>({
#define LISTENER_HTTP CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kTcpDefs = std::to_array<StatDef>({
#define TCP CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kProxyProtoDefs = std::to_array<StatDef>({
#define PROXY_PROTO CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kConnectionLimitDefs = std::to_array<StatDef>({
#define CONNECTION_LIMIT CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kConnectionRateDefs = std::to_array<StatDef>({
#define CONNECTION_RATE CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kNetworkRbacDefs = std::to_array<StatDef>({
#define NETWORK_RBAC CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kHttpRateDefs = std::to_array<StatDef>({
#define HTTP_RATE CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kGrpcDefs = std::to_array<StatDef>({
#define GRPC CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kClusterDefs = std::to_array<StatDef>({
#define CLUSTER CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kListenerTlsDefs = std::to_array<StatDef>({
#define LISTENER_TLS CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kClusterTlsDefs = std::to_array<StatDef>({
#define CLUSTER_TLS CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
inline constexpr auto kVhostDefs = std::to_array<StatDef>({
#define VHOST CONVOY_STAT_ROW
#include "common/stats/stat_defs.def"
});
#undef CONVOY_STAT_ROW

// offsets[i] is the first cell of stat i; offsets[N] the size of the block.
template <size_t N>
constexpr std::array<uint16_t, N + 1> offsetsOf(const std::array<StatDef, N>& defs) {
  std::array<uint16_t, N + 1> offsets{};
  for (size_t i = 0; i < N; ++i) {
    offsets[i + 1] = static_cast<uint16_t>(offsets[i] + cellsOf(defs[i].type));
  }
  return offsets;
}

template <typename E, const auto& Defs, Scope S>
struct Table {
  static constexpr Scope scope() { return S; }
  static constexpr const auto& defs() { return Defs; }
  static constexpr size_t offset(E e) { return kOffsets[static_cast<size_t>(e)]; }
  static constexpr StatType type(E e) { return Defs[static_cast<size_t>(e)].type; }
  static constexpr size_t cells() { return kOffsets.back(); }

 private:
  static constexpr auto kOffsets = offsetsOf(Defs);
};

}  // namespace detail

template <>
struct StatTable<ServerStat> : detail::Table<ServerStat, detail::kServerDefs, Scope::Server> {};
template <>
struct StatTable<ListenerStat>
    : detail::Table<ListenerStat, detail::kListenerDefs, Scope::Listener> {};
template <>
struct StatTable<HttpStat> : detail::Table<HttpStat, detail::kHttpDefs, Scope::Http> {};
template <>
struct StatTable<ListenerHttpStat>
    : detail::Table<ListenerHttpStat, detail::kListenerHttpDefs, Scope::ListenerHttp> {};
template <>
struct StatTable<TcpStat> : detail::Table<TcpStat, detail::kTcpDefs, Scope::Tcp> {};
template <>
struct StatTable<ProxyProtoStat>
    : detail::Table<ProxyProtoStat, detail::kProxyProtoDefs, Scope::ProxyProto> {};
template <>
struct StatTable<ConnectionLimitStat>
    : detail::Table<ConnectionLimitStat, detail::kConnectionLimitDefs, Scope::ConnectionLimit> {};
template <>
struct StatTable<ConnectionRateStat>
    : detail::Table<ConnectionRateStat, detail::kConnectionRateDefs, Scope::ConnectionRate> {};
template <>
struct StatTable<NetworkRbacStat>
    : detail::Table<NetworkRbacStat, detail::kNetworkRbacDefs, Scope::NetworkRbac> {};
template <>
struct StatTable<HttpRateStat>
    : detail::Table<HttpRateStat, detail::kHttpRateDefs, Scope::HttpRate> {};
template <>
struct StatTable<GrpcStat> : detail::Table<GrpcStat, detail::kGrpcDefs, Scope::Grpc> {};
template <>
struct StatTable<ClusterStat> : detail::Table<ClusterStat, detail::kClusterDefs, Scope::Cluster> {};
template <>
struct StatTable<ListenerTlsStat>
    : detail::Table<ListenerTlsStat, detail::kListenerTlsDefs, Scope::ListenerTls> {};
template <>
struct StatTable<ClusterTlsStat>
    : detail::Table<ClusterTlsStat, detail::kClusterTlsDefs, Scope::ClusterTls> {};
// Of Scope::VhostRoute too.
template <>
struct StatTable<VhostStat> : detail::Table<VhostStat, detail::kVhostDefs, Scope::VirtualCluster> {
};

}  // namespace convoy::stats

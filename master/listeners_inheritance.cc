// How listening sockets go on under another program in the same process.
#include "master/listeners.h"

namespace convoy::master {

Json::Value BoundAddress::save(Bequest& bequest) const {
  Json::Value out(Json::objectValue);
  out["ip"] = address_.ip();
  out["port"] = address_.port();
  out["path"] = address_.isUnix() ? address_.toString() : "";
  out["own_group"] = own_group_;
  out["active"] = active_;
  out["retired"] = retired_;
  out["path_removed"] = path_removed_;
  Json::Value& sockets = out["sockets"] = Json::Value(Json::arrayValue);
  for (const base::UniqueFd& fd : sockets_) sockets.append(bequest.give(fd.get()));
  return out;
}

std::shared_ptr<BoundAddress> BoundAddress::restore(const Json::Value& saved) {
  std::string ip, path;
  uint32_t port = 0;
  bool own_group = false;
  if (!saved.isObject() || !base::getString(saved, "ip", &ip) ||
      !base::getString(saved, "path", &path) || !base::getUint(saved, "port", &port) ||
      !base::getBool(saved, "own_group", &own_group) || !saved["sockets"].isArray() ||
      port > 65535) {
    return nullptr;
  }
  auto address = path.empty() ? net::Address::fromIp(ip, static_cast<uint16_t>(port))
                              : net::Address::fromUnixPath(path);
  if (!address.ok()) return nullptr;
  std::vector<base::UniqueFd> sockets;
  for (const Json::Value& fd : saved["sockets"]) {
    sockets.push_back(takeFd(fd));
    if (!sockets.back().valid()) return nullptr;
  }
  if (sockets.empty()) return nullptr;
  auto out = std::make_shared<BoundAddress>(*address, std::move(sockets), own_group);
  base::getUint(saved, "active", &out->active_);
  base::getBool(saved, "retired", &out->retired_);
  base::getBool(saved, "path_removed", &out->path_removed_);
  return out;
}

Json::Value ListenerSockets::save(const std::vector<const BoundAddress*>& addresses,
                                  const NamesOf& names, Bequest& bequest) const {
  Json::Value out(Json::arrayValue);
  for (const BoundAddress* address : addresses) {
    Json::Value one = address->save(bequest);
    for (const auto& [key, bound] : bound_) {
      if (bound.lock().get() == address) one["key"] = key;
    }
    Json::Value& list = one["names"] = Json::Value(Json::arrayValue);
    for (const std::string& name : names(*address)) list.append(name);
    out.append(std::move(one));
  }
  return out;
}

base::Status ListenerSockets::restore(const Json::Value& saved,
                                      std::vector<std::shared_ptr<BoundAddress>>* out) {
  for (const Json::Value& one : saved) {
    auto address = BoundAddress::restore(one);
    if (address == nullptr) {
      return base::Error::make(base::ErrorKind::Protocol,
                               "a listening address of the old program does not parse");
    }
    std::vector<std::string> names;
    for (const Json::Value& name : one["names"]) {
      if (name.isString()) names.push_back(name.asString());
    }
    address->setInheritedNames(std::move(names));
    if (one["key"].isString()) bound_[one["key"].asString()] = address;
    out->push_back(std::move(address));
  }
  return {};
}

}  // namespace convoy::master

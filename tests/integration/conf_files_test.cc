// Promise: every file in conf/ loads: the examples, what is embedded in the Kubernetes manifests,
// and the unit for systemd.
#include <filesystem>

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/other_programs.h"

namespace convoy::fakes {
namespace {

namespace fs = std::filesystem;

void expectLoads(const std::string& file, const std::string& what) {
  const Ended check = Child::run({ConvoyProcess::binary(), "--mode", "validate", "-c", file});
  EXPECT_EQ(check.status, 0) << what << "\n" << check.err;
  EXPECT_EQ(check.out, "configuration '" + file + "' OK\n") << what;
  EXPECT_EQ(check.err.find("warning"), std::string::npos) << what << "\n" << check.err;
}

TEST(ConfFiles, EveryExampleLoadsWithoutAWarning) {
  int loaded = 0;
  for (const char* folder : {"conf", "conf/examples"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".yaml" && extension != ".json") continue;
      expectLoads(entry.path(), entry.path());
      ++loaded;
    }
  }
  EXPECT_GE(loaded, 6);
}

// The comments of the example, tried: one port is replaced by a free one.
TEST(ConfFiles, TheRedirectsGoWhereTheirCommentsSay) {
  const uint16_t port = freePort();
  std::string text = readFile("conf/examples/redirects.yaml");
  const std::string fixed = "port_value: 10000";
  ASSERT_NE(text.find(fixed), std::string::npos);
  text.replace(text.find(fixed), fixed.size(), "port_value: " + std::to_string(port));
  ConvoyProcess::Options options;
  options.wait_ready = false;
  const ConvoyProcess convoy(text, freePort(), options);
  const auto location = [&](const std::string& host, const std::string& path) {
    RawClient client(port);
    client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    const HttpMessage redirect = client.readFinal();
    return std::to_string(redirect.status) + " " + redirect.header("location");
  };
  ASSERT_TRUE(eventually([&] { return RawClient(port).connected(); })) << convoy.log();
  EXPECT_EQ(location("example.com", "/a?b"), "301 https://www.example.com/a?b");
  EXPECT_EQ(location("www.example.com", "/blog/2020/x"),
            "308 http://www.example.com/articles/2020/x");
  EXPECT_EQ(location("www.example.com", "/item-7.html?utm=x"),
            "302 http://www.example.com/products/7");
  EXPECT_EQ(location("www.example.com", "/shop/a"), "307 https://www.example.com:8443/shop/a");
  EXPECT_EQ(location("www.example.com", "/shopping"), "404 ");
  EXPECT_EQ(location("else.example.com", "/x"), "301 https://else.example.com/x");
}

TEST(ConfFiles, TheConfigurationsThatKustomizePutsIntoConfigMapsLoad) {
  for (const char* folder : {"base", "overlays/production"}) {
    expectLoads(std::string("conf/kubernetes/") + folder + "/convoy.yaml", folder);
  }
}

TEST(ConfFiles, TheConfigurationsInsideTheKubernetesManifestsLoad) {
  const TempDir dir;
  int loaded = 0;
  for (const char* file : {"conf/kubernetes/sidecar.yaml", "conf/kubernetes/daemonset.yaml"}) {
    for (const YAML::Node& document : YAML::LoadAllFromFile(file)) {
      if (document["kind"].as<std::string>() != "ConfigMap") continue;
      for (const auto& entry : document["data"]) {
        const auto name = entry.first.as<std::string>();
        expectLoads(dir.write(name, entry.second.as<std::string>()),
                    std::string(file) + " " + name);
        ++loaded;
      }
    }
  }
  EXPECT_EQ(loaded, 2);
}

// The containers of all Pods of a manifest, the native sidecars included.
std::vector<YAML::Node> convoyContainers(const std::string& file) {
  std::vector<YAML::Node> found;
  for (const YAML::Node& document : YAML::LoadAllFromFile(file)) {
    YAML::Node pod = document["spec"];
    if (!pod) continue;
    if (pod["template"]) pod = pod["template"]["spec"];
    for (const char* list : {"containers", "initContainers"}) {
      for (const YAML::Node& container : pod[list]) {
        if (container["name"].as<std::string>() == "convoy") found.push_back(container);
      }
    }
  }
  return found;
}

TEST(ConfFiles, EveryConvoyContainerIsProbedAndHasNoPrivileges) {
  int containers = 0;
  for (const char* file :
       {"conf/kubernetes/sidecar.yaml", "conf/kubernetes/daemonset.yaml",
        "conf/kubernetes/base/deployment.yaml", "conf/kubernetes/overlays/node/daemonset.yaml"}) {
    for (const YAML::Node& container : convoyContainers(file)) {
      ++containers;
      const YAML::Node security = container["securityContext"];
      EXPECT_EQ(security["runAsUser"].as<int>(), 65532) << file;
      EXPECT_TRUE(security["runAsNonRoot"].as<bool>()) << file;
      EXPECT_TRUE(security["readOnlyRootFilesystem"].as<bool>()) << file;
      EXPECT_FALSE(security["allowPrivilegeEscalation"].as<bool>()) << file;
      EXPECT_EQ(security["capabilities"]["drop"][0].as<std::string>(), "ALL") << file;
      EXPECT_EQ(security["seccompProfile"]["type"].as<std::string>(), "RuntimeDefault") << file;
      EXPECT_EQ(container["startupProbe"]["httpGet"]["path"].as<std::string>(), "/ready") << file;
      EXPECT_EQ(container["readinessProbe"]["httpGet"]["path"].as<std::string>(), "/ready") << file;
      EXPECT_EQ(container["livenessProbe"]["httpGet"]["path"].as<std::string>(), "/live") << file;
    }
  }
  EXPECT_EQ(containers, 5);
}

TEST(ConfFiles, SystemdAcceptsTheUnitAndRatesItsSandbox) {
  if (const std::string why = missing("systemd-analyze"); !why.empty()) GTEST_SKIP() << why;
  const TempDir dir;
  std::string unit = readFile("conf/systemd/convoy.service");
  ASSERT_NE(unit.find("/usr/local/bin/convoy"), std::string::npos);
  for (size_t at; (at = unit.find("/usr/local/bin/convoy")) != std::string::npos;) {
    unit.replace(at, 21, "/bin/true");  // verify wants a program that exists
  }
  const std::string file = dir.write("convoy.service", unit);
  const Ended verify = Child::run({findProgram("systemd-analyze"), "--man=no", "verify", file});
  EXPECT_EQ(verify.status, 0) << verify.err;
  EXPECT_EQ(verify.err, "");
  // The threshold is in tenths: 1.6 of 10.
  const Ended security = Child::run(
      {findProgram("systemd-analyze"), "security", "--offline=true", "--threshold=16", file});
  EXPECT_EQ(security.status, 0) << security.out << security.err;
}

}  // namespace
}  // namespace convoy::fakes

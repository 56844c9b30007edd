#include "tests/fakes/other_programs.h"

#include "tests/fakes/raw_client.h"

namespace convoy::fakes {

std::string missing(const std::string& program) {
  return findProgram(program).empty() ? program + " is not installed; run: make deps" : "";
}

Nginx::Nginx(const std::string& location, uint16_t port) : port_(port ? port : freePort()) {
  const std::string config = dir_.write(
      "nginx.conf",
      "daemon off; master_process off; pid " + dir_.path("pid") + "; error_log stderr;\n" +
          "events { worker_connections 1024; }\nhttp { access_log off; client_body_temp_path " +
          dir_.path("body") + "; proxy_temp_path " + dir_.path("proxy") + "; fastcgi_temp_path " +
          dir_.path("fcgi") + "; uwsgi_temp_path " + dir_.path("uwsgi") + "; scgi_temp_path " +
          dir_.path("scgi") +
          "; keepalive_timeout 3600s; keepalive_requests 100000000; keepalive_time 10h;\n"
          "client_max_body_size 0; server { listen 127.0.0.1:" +
          std::to_string(port_) + " backlog=4096; location / { " + location + " } } }\n");
  child_ = std::make_unique<Child>(std::vector<std::string>{
      findProgram("nginx"), "-p", dir_.path(""), "-c", config, "-e", "stderr"});
  ready_ = eventually([&] { return httpGet(port_, "/").ok() || !child_->running(); }) &&
           child_->running();
  if (!ready_) fprintf(stderr, "nginx: %s\n", child_->err().c_str());
}

Redis::Redis() : port_(freePort()) {
  child_ = std::make_unique<Child>(
      std::vector<std::string>{findProgram("redis-server"), "--port", std::to_string(port_),
                               "--bind", "127.0.0.1", "--save", "", "--dir", dir_.path("")});
  ready_ = eventually([&] {
    RawClient client(port_);
    return client.connected() && client.send("PING\r\n") && client.readExactly(7) == "+PONG\r\n";
  });
}

Prometheus::Prometheus(uint16_t target_port) : port_(freePort()) {
  const std::string config = dir_.write(
      "prometheus.yml",
      "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: convoy\n"
      "  metrics_path: /stats/prometheus\n  static_configs: [{targets: ['127.0.0.1:" +
          std::to_string(target_port) + "']}]\n");
  child_ = std::make_unique<Child>(
      std::vector<std::string>{findProgram("prometheus"), "--config.file=" + config,
                               "--storage.tsdb.path=" + dir_.path("data"),
                               "--web.listen-address=127.0.0.1:" + std::to_string(port_)});
  ready_ = eventually([&] { return httpGet(port_, "/-/ready").status == 200; }, Millis(20000));
}

std::string Prometheus::api(const std::string& path) const {
  return httpGet(port_, path).body;
}

}  // namespace convoy::fakes

// How the Master takes new certificates: by a message to the workers that run, instead of by new
// workers; and how it hears of them.
#include <algorithm>

#include "common/base/log.h"
#include "common/config/tls_material.h"
#include "master/master.h"

namespace convoy::master {

bool Master::rekey(const config::LoadResult& loaded) {
  const bool same_workers = running_ != nullptr && target_.starting() == running_->plan.concurrency;
  if (state_ != State::Serving || !same_workers || drain_command_.quiet() ||
      !config::differOnlyInTlsMaterial(running_->plan.canonical_json, loaded.canonical_json)) {
    return false;
  }
  Plan& plan = running_->plan;
  plan.bootstrap = loaded.bootstrap;
  plan.canonical_json = loaded.canonical_json;
  // Where that fails the workers keep what they have; a reload that starts new ones will say more.
  if (!running_->generation->rekey(plan).ok()) return false;
  base::logger("main").info("new certificates, keys or CAs: the workers are told");
  return true;
}

bool Master::keysPending() const {
  return running_ != nullptr && running_->generation->keysPending();
}

void Master::onGenerationRekeyed(Generation& generation) {
  if (running_ != nullptr && running_->generation.get() == &generation) reload_.rekeyed();
}

// What /certs and the other pages show is what is served.
void Master::adoptKeys() {
  const Plan& plan = running_->plan;
  running_->shown = withBoundPorts(*plan.bootstrap, *plan.listeners);
  shown_ = running_->shown;
  canonical_ = plan.canonical_json;
  base::logger("main").info("new certificates, keys or CAs: every worker serves them");
}

// Files of secrets are followed whatever --watch says, as Envoy does, and what they name with them;
// so are the roots of disk layers.
void Master::watchSecrets(const std::vector<config::FileRead>& files) {
  if (watch_ != nullptr) return;  // it follows all files
  std::vector<config::FileRead> followed;
  std::copy_if(files.begin(), files.end(), std::back_inserter(followed),
               [](const config::FileRead& file) { return file.always; });
  if (followed.empty()) {
    secret_watch_.reset();
    return;
  }
  if (secret_watch_ == nullptr) {
    secret_watch_ = std::make_unique<Watch>(loop_, "", [this] { reload_.request({}); });
  }
  secret_watch_->noteFiles(followed);
}

}  // namespace convoy::master

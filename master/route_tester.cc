#include "master/route_tester.h"

#include <unistd.h>
#include <utility>

#include "common/ipc/channel.h"

namespace convoy::master {

void RouteTester::ask(const std::string& config, const Json::Value& request, Done done) {
  if (waiting_.size() >= kMaxWaiting) {
    return refuse(std::move(done), "too many questions about routes at once: ask again");
  }
  Json::Value asked(Json::objectValue);
  asked["config"] = config;
  asked["request"] = request;
  auto question = ipc::sealedMemfd("convoy-explain", base::writeJson(asked));
  if (!question.ok()) return refuse(std::move(done), question.error().context);
  ::lseek(question->get(), 0, SEEK_SET);
  waiting_.push_back({std::move(question).value(), std::move(done)});
  if (child_ == nullptr) next();
}

void RouteTester::refuse(Done done, const std::string& why) {
  loop_.post([done = std::move(done), why] { done({false, why}); });
}

void RouteTester::next() {
  if (waiting_.empty()) return;
  Waiting first = std::move(waiting_.front());
  waiting_.pop_front();
  const Program program{"/proc/self/exe", {"convoy: explain", kExplainFlag}, first.question.get()};
  child_ = std::make_unique<ChildCheck>(
      loop_, processes_, program, kLimitMs,
      [this, done = std::move(first.done)](const ChildCheck::Answer& answer) {
        child_.reset();
        done(answer);
        next();
      });
}

}  // namespace convoy::master

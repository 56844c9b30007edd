#include "master/check.h"

#include <cstdio>
#include <cstring>
#include <unistd.h>

#include "common/base/json.h"
#include "common/ipc/channel.h"
#include "master/edition.h"

namespace convoy::master {

base::Result<Question> makeQuestion(const std::string& image,
                                    const std::vector<config::Source>& sources,
                                    const Options& options) {
  Json::Value asked(Json::objectValue);
  asked["inheritance"] = kInheritanceVersion;
  asked["allow_unsupported"] = options.allow_unsupported;
  asked["allow_unknown_fields"] = options.allow_unknown_fields;
  Json::Value& list = asked["sources"] = Json::Value(Json::arrayValue);
  for (const config::Source& source : sources) {
    Json::Value one(Json::objectValue);
    one["name"] = source.name;
    one["text"] = source.text;
    one["yaml"] = source.format == config::Source::Format::Yaml;
    list.append(std::move(one));
  }
  auto input = ipc::sealedMemfd("convoy-check", base::writeJson(asked));
  if (!input.ok()) return input.error();
  ::lseek(input->get(), 0, SEEK_SET);
  Question out;
  out.program = {image, {"convoy: check", kCheckFlag}, input->get()};
  out.input = std::move(input).value();
  return out;
}

ChildCheck::Answer readAnswer(ChildCheck::Answer answer) {
  if (answer.text.rfind(kCheckToken, 0) == 0) {
    answer.text.erase(0, std::strlen(kCheckToken));
  } else {
    if (answer.ok) answer.text = "it does not answer as a convoy of this kind does";
    answer.ok = false;
  }
  return answer;
}

namespace {

int refuse(const std::string& why) {
  std::fputs((why + "\n").c_str(), stdout);
  return 1;
}

}  // namespace

int runCheck() {
  auto text = ipc::readAll(STDIN_FILENO);
  if (!text.ok()) return refuse("--check is for convoy's own use: use `convoy validate`");
  auto asked = base::parseJson(*text);
  uint32_t inheritance = 0;
  if (!asked.ok() || !base::getUint(*asked, "inheritance", &inheritance) ||
      !(*asked)["sources"].isArray()) {
    return refuse("--check: the question does not parse");
  }
  std::fputs(kCheckToken, stdout);
  if (inheritance != kInheritanceVersion) {
    return refuse("this program cannot take over from one of that version: restart it instead");
  }
  config::LoadOptions how;
  base::getBool(*asked, "allow_unsupported", &how.allow_unsupported);
  base::getBool(*asked, "allow_unknown_fields", &how.allow_unknown_fields);
  std::vector<config::Source> sources;
  for (const Json::Value& one : (*asked)["sources"]) {
    bool yaml = false;
    config::Source source;
    if (!base::getString(one, "name", &source.name) ||
        !base::getString(one, "text", &source.text) || !base::getBool(one, "yaml", &yaml)) {
      return refuse("--check: the question does not parse");
    }
    source.format = yaml ? config::Source::Format::Yaml : config::Source::Format::Json;
    sources.push_back(std::move(source));
  }
  const config::LoadResult loaded = config::load(sources, how);
  std::fputs(renderAll(loaded.diagnostics).c_str(), stdout);
  return loaded.ok() ? 0 : 1;
}

}  // namespace convoy::master

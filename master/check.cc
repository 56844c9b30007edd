#include "master/check.h"

#include <algorithm>
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
  asked["list_files"] = true;
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

CheckAnswer readAnswer(ChildCheck::Answer raw) {
  CheckAnswer answer{std::move(raw), {}};
  if (answer.text.rfind(kCheckToken, 0) != 0) {
    if (answer.ok) answer.text = "it does not answer as a convoy of this kind does";
    answer.ok = false;
    return answer;
  }
  answer.text.erase(0, std::strlen(kCheckToken));
  if (answer.text.empty() || answer.text[0] != '[') return answer;  // of an older program
  const size_t end = std::min(answer.text.find('\n'), answer.text.size() - 1);
  const auto list = base::parseJson(std::string_view(answer.text).substr(0, end));
  answer.text.erase(0, end + 1);
  if (!list.ok() || !list->isArray()) return answer;
  for (const Json::Value& one : *list) {
    config::FileRead file;
    if (base::getString(one, "path", &file.path) &&
        base::getUint(one, "fingerprint", &file.fingerprint)) {
      answer.files.push_back(std::move(file));
    }
  }
  return answer;
}

namespace {

int refuse(const std::string& why) {
  std::fputs((why + "\n").c_str(), stdout);
  return 1;
}

void printFiles(const std::vector<config::FileRead>& files) {
  Json::Value list(Json::arrayValue);
  for (const config::FileRead& file : files) {
    Json::Value one(Json::objectValue);
    one["path"] = file.path;
    one["fingerprint"] = Json::UInt64{file.fingerprint};
    list.append(std::move(one));
  }
  std::fputs((base::writeJson(list) + "\n").c_str(), stdout);
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
  bool list_files = false;
  if (base::getBool(*asked, "list_files", &list_files) && list_files) printFiles(loaded.files);
  std::fputs(renderAll(loaded.diagnostics).c_str(), stdout);
  return loaded.ok() ? 0 : 1;
}

}  // namespace convoy::master

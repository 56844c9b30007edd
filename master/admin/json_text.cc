#include "master/admin/json_text.h"

namespace convoy::master {

namespace {

void write(const Json::Value& value, size_t depth, std::string& out);

void writeObject(const Json::Value& value, size_t depth, std::string& out) {
  out += '{';
  const char* separator = "\n";
  for (auto it = value.begin(); it != value.end(); ++it) {
    out.append(separator).append(depth + 1, ' ').append(quotedJson(it.name())).append(": ");
    write(*it, depth + 1, out);
    separator = ",\n";
  }
  if (!value.empty()) out.append("\n").append(depth, ' ');
  out += '}';
}

void writeArray(const Json::Value& value, size_t depth, std::string& out) {
  out += '[';
  const char* separator = "\n";
  for (const Json::Value& item : value) {
    out.append(separator).append(depth + 1, ' ');
    write(item, depth + 1, out);
    separator = ",\n";
  }
  if (!value.empty()) out.append("\n").append(depth, ' ');
  out += ']';
}

void write(const Json::Value& value, size_t depth, std::string& out) {
  if (value.isObject()) return writeObject(value, depth, out);
  if (value.isArray()) return writeArray(value, depth, out);
  out += base::writeJson(value);
}

}  // namespace

std::string protoJson(const Json::Value& value) {
  std::string out;
  write(value, 0, out);
  out += '\n';
  return out;
}

std::string quotedJson(const std::string& text) {
  return base::writeJson(Json::Value(text));
}

}  // namespace convoy::master

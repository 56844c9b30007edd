// check: whether a configuration loads, found out in a process of its own, so that bytes which
// crash or hang the parser do not take the master with them; and whether another program could take
// over from this one. The asking side makes a Program for ChildCheck, the answering side is this
// image started with kCheckFlag: it reads one JSON object from its input and prints kCheckToken,
// then what people need to know. Exit status 0: yes.
//
//   {"inheritance": 1, "sources": [{"name", "text", "yaml"}], "allow_unsupported",
//   "allow_unknown_fields", "list_files"}
//
// Asked to, it prints between the token and the text a line of JSON, [{"path", "fingerprint"}]: the
// files that the configuration names, so that a rejected one can be tried again when they change.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/config/load.h"
#include "master/child_check.h"
#include "master/options.h"

namespace convoy::master {

inline constexpr const char* kCheckFlag = "--check";
inline constexpr const char* kCheckToken = "convoy-check 1\n";
// Of master/inheritance.h: an image takes over only from one of the same version.
inline constexpr uint32_t kInheritanceVersion = 1;

// `image`: the program to ask. `input` is to live as long as the Program.
struct Question {
  Program program;
  base::UniqueFd input;
};
base::Result<Question> makeQuestion(const std::string& image,
                                    const std::vector<config::Source>& sources,
                                    const Options& options);
struct CheckAnswer : ChildCheck::Answer {
  std::vector<config::FileRead> files;
};
// Takes the token and the files off. Without a token it was not a Convoy that answered: ok is false
// then.
CheckAnswer readAnswer(ChildCheck::Answer raw);

// The answering side: the exit status.
int runCheck();

}  // namespace convoy::master

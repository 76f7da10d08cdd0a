// nDPI's files of custom rules. nDPI skips, half reads or crashes on a line that is none, so that every line is checked before it sees one.
#pragma once

#include <cstddef>
#include <string>

#include "engine/dissect/dissector.h"

struct ndpi_detection_module_struct;

namespace nfstream::ndpi {

// What a release of nDPI understands beyond the rules of 4.2.
struct RuleGrammar {
  bool ipv6 = false;          // ipv6:[address] in protocols, IPv6 addresses in categories
  bool filters = false;       // nbpf:"filter"
  bool numbers = false;       // name=number
  unsigned categories = 107;  // category numbers are below this
};

// `text` says what is wrong; empty for a file whose lines are all rules. Lines count from 1.
struct BadLine {
  size_t line = 0;
  std::string text;
};

// `rules` gets the lines as nDPI wants them: without comments and carriage returns, the last one ended.
BadLine check_protocols(const std::string& file, const RuleGrammar& grammar, std::string& rules);
BadLine check_categories(const std::string& file, const RuleGrammar& grammar, std::string& rules);

// `code` is a FlowError code, empty when all went well.
struct RuleProblem {
  std::string code;
  std::string text;
};

class Memory;

// Loads the files that the options name, if any. With the modules' mutex held and `memory` in use; before the module is finished. Throws
// std::bad_alloc without memory.
RuleProblem load_rules(ndpi_detection_module_struct* module, const DissectorOptions& options, Memory& memory);

}  // namespace nfstream::ndpi

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <set>

#include "engine/dissect/ndpi/ndpi_compat.h"
#include "engine/dissect/ndpi/ndpi_memory.h"
#include "engine/dissect/ndpi/rule_files.h"

namespace nfstream::ndpi {

namespace {

// What nDPI takes for a byte of rules, at most: names of hosts need most, 70 bytes.
constexpr size_t reserve_per_byte = 192;

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

RuleGrammar grammar_here() {
  RuleGrammar grammar;
  grammar.ipv6 = NFSTREAM_NDPI_AT(4, 10);
  grammar.filters = NFSTREAM_NDPI_AT(4, 6);
  grammar.numbers = NFSTREAM_NDPI_AT(4, 8);
  grammar.categories = NDPI_PROTOCOL_NUM_CATEGORIES;
  return grammar;
}

RuleProblem unreadable(const std::string& option, const std::string& path) {
  if (errno == ENOMEM) throw std::bad_alloc();
  const char* code = errno == ENOENT || errno == ENOTDIR ? "ERR_NFSTREAM_NO_SUCH_FILE"
                     : errno == EISDIR                   ? "ERR_NFSTREAM_IS_DIRECTORY"
                     : errno == EACCES || errno == EPERM ? "ERR_NFSTREAM_PERMISSION"
                                                         : "ERR_NFSTREAM_READ";
  return {code, "The file " + path + " of the option " + option + " cannot be read: " + std::strerror(errno) + "."};
}

RuleProblem read_file(const std::string& option, const std::string& path, std::string& content) {
  const File file(std::fopen(path.c_str(), "r"), std::fclose);
  if (file == nullptr) return unreadable(option, path);
  char block[65536];
  size_t size;
  do {
    size = std::fread(block, 1, sizeof block, file.get());
    content.append(block, size);
  } while (size == sizeof block);
  return std::ferror(file.get()) == 0 ? RuleProblem() : unreadable(option, path);
}

// nDPI opens a path: what was checked, and nothing else, is put where only it has one.
template <typename Load>
RuleProblem load_checked(const std::string& option, const std::string& rules, Memory& memory, Load load) {
  const File copy(std::tmpfile(), std::fclose);
  if (copy == nullptr || std::fwrite(rules.data(), 1, rules.size(), copy.get()) != rules.size() || std::fseek(copy.get(), 0, SEEK_SET) != 0) {
    if (errno == ENOMEM) throw std::bad_alloc();
    return {"ERR_NFSTREAM_READ", "The rules of the option " + option + " could not be copied for nDPI: " + std::strerror(errno) + "."};
  }
  memory.set_reserve(memory.reserve() + rules.size() * reserve_per_byte);
  const std::string path = "/dev/fd/" + std::to_string(fileno(copy.get()));
  errno = 0;
  const bool loaded = load(path.c_str());
  memory.check();
  if (loaded) return {};
  if (errno == ENOMEM) throw std::bad_alloc();
  return {"ERR_NFSTREAM_RULES", "nDPI did not take the rules of the option " + option + "."};
}

// Checks a file's lines; `rules` gets them.
template <typename Check>
RuleProblem check_file(const std::string& option, const char* path, Check check, std::string& rules) {
  std::string content;
  RuleProblem problem = read_file(option, path, content);
  if (!problem.code.empty()) return problem;
  const BadLine bad = check(content, grammar_here(), rules);
  if (bad.text.empty()) return {};
  return {"ERR_NFSTREAM_RULES", "Line " + std::to_string(bad.line) + " of " + path + " is no rule for " + option + ": " + bad.text + "."};
}

std::string small_letters(std::string name) {
  for (char& letter : name) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return name;
}

// The names of protocols, as nDPI changes and compares them.
std::set<std::string> protocols_of(const std::string& rules) {
  std::set<std::string> names;
  for (size_t from = 0; from < rules.size();) {
    const size_t end = rules.find('\n', from);
    const size_t at = rules.rfind('@', end);
    std::string name = at == std::string::npos || at < from ? "" : rules.substr(at + 1, end - at - 1);
    from = end + 1;
    name = name.substr(0, name.find('='));
    for (char& letter : name) {
      if (std::strchr("/&^:;'\"", letter) != nullptr) letter = '_';
    }
    if (!name.empty()) names.insert(small_letters(name));
  }
  return names;
}

// nDPI skips the rules of a protocol that it has no room for, and prints that.
RuleProblem check_room(Module* module, const std::string& rules) {
  std::set<std::string> added = protocols_of(rules);
  for (uint32_t id = 0; id < application_count(module); id++) {
    const char* name = ndpi_get_proto_name(module, static_cast<uint16_t>(id));
    if (name != nullptr) added.erase(small_letters(name));
  }
  if (added.size() <= most_custom_protocols) return {};
  return {"ERR_NFSTREAM_RULES", "protocolsFile has " + std::to_string(added.size()) + " new protocols; nDPI " + std::string(ndpi_revision()) +
                                    " has room for " + std::to_string(most_custom_protocols) + "."};
}

RuleProblem load_protocols_file(Module* module, const char* path, Memory& memory) {
  const std::string option = "protocolsFile";
  std::string rules;
  RuleProblem problem = check_file(option, path, check_protocols, rules);
  if (problem.code.empty()) problem = check_room(module, rules);
  if (!problem.code.empty()) return problem;
  return load_checked(option, rules, memory, [&](const char* copy) { return ndpi_load_protocols_file(module, copy) >= 0; });
}

RuleProblem load_categories_file(Module* module, const char* path, Memory& memory) {
  const std::string option = "categoriesFile";
  std::string rules;
  RuleProblem problem = check_file(option, path, check_categories, rules);
  if (!problem.code.empty()) return problem;
  return load_checked(option, rules, memory, [&](const char* copy) { return load_categories(module, copy); });
}

}  // namespace

RuleProblem load_rules(Module* module, const DissectorOptions& options, Memory& memory) {
  RuleProblem problem;
  if (options.protocols_file != nullptr) problem = load_protocols_file(module, options.protocols_file, memory);
  if (problem.code.empty() && options.categories_file != nullptr) problem = load_categories_file(module, options.categories_file, memory);
  return problem;
}

}  // namespace nfstream::ndpi

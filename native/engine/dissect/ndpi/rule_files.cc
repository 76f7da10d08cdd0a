#include "engine/dissect/ndpi/rule_files.h"

#include <arpa/inet.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace nfstream::ndpi {

namespace {

// nDPI reads a line of categories, and keeps a rule's beginning, in buffers of 512 and 256 bytes.
constexpr size_t longest_category_line = 510;

bool number(std::string_view text, uint64_t most, uint64_t& value) {
  if (text.empty() || text.size() > 20) return false;
  value = 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9' || value > most) return false;
    value = value * 10 + static_cast<uint64_t>(digit - '0');
  }
  return value <= most;
}

bool number(std::string_view text, uint64_t most) {
  uint64_t value;
  return number(text, most, value);
}

bool starts(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

bool is_address(int family, std::string_view text) {
  uint8_t address[16];
  return inet_pton(family, std::string(text).c_str(), address) == 1;
}

// An address with an optional length of its prefix.
bool is_network(int family, std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_address(family, text);
  return is_address(family, text.substr(0, slash)) && number(text.substr(slash + 1), family == AF_INET ? 32 : 128);
}

bool is_quoted(std::string_view text) {
  return text.size() > 2 && text.front() == '"' && text.back() == '"' && text.substr(1, text.size() - 2).find('"') == std::string_view::npos;
}

bool has_space(std::string_view text) { return text.find_first_of(" \t") != std::string_view::npos; }

bool is_port(std::string_view text) {
  uint64_t value;
  return number(text, 65535, value) && value > 0;
}

bool are_ports(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return is_port(text);
  uint64_t low = 0;
  uint64_t high = 0;
  return number(text.substr(0, dash), 65535, low) && number(text.substr(dash + 1), 65535, high) && low > 0 && low <= high;
}

// address, address/length, address:port, address/length:port
bool is_ipv4_rule(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return is_network(AF_INET, text);
  return is_network(AF_INET, text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

// The same with the address in brackets.
bool is_ipv6_rule(std::string_view text) {
  const size_t bracket = text.find(']');
  if (text.empty() || text.front() != '[' || bracket == std::string_view::npos) return false;
  std::string network(text.substr(1, bracket - 1));
  std::string_view rest = text.substr(bracket + 1);
  const size_t colon = rest.find(':');
  network += rest.substr(0, colon);
  return is_network(AF_INET6, network) && (colon == std::string_view::npos || is_port(rest.substr(colon + 1)));
}

std::string wrong(std::string_view what, std::string_view value, std::string_view expected) {
  return std::string(what) + " has \"" + std::string(value) + "\" where " + std::string(expected) + " should be";
}

// One of the conditions before the @ of a protocol.
std::string check_condition(std::string_view condition, const RuleGrammar& grammar) {
  const size_t colon = condition.find(':');
  const std::string_view kind = condition.substr(0, colon);
  const std::string_view value = colon == std::string_view::npos ? std::string_view() : condition.substr(colon + 1);
  if (kind == "tcp" || kind == "udp") return are_ports(value) ? "" : wrong(kind, value, "a port from 1 to 65535 or two with a - between");
  if (kind == "ip") return is_ipv4_rule(value) ? "" : wrong(kind, value, "an IPv4 address, address/length, either with :port,");
  if (kind == "host") return is_quoted(value) && !has_space(value) ? "" : wrong(kind, value, "a name in quotation marks");
  if (kind == "ipv6" && grammar.ipv6) return is_ipv6_rule(value) ? "" : wrong(kind, value, "an IPv6 address in brackets, with /length and :port at will,");
  if (kind == "nbpf" && grammar.filters) return is_quoted(value) ? "" : wrong(kind, value, "a filter in quotation marks");
  return "a rule of a protocol begins with tcp:, udp:, ip: or host:" + std::string(grammar.ipv6 ? ", ipv6: or nbpf:" : "") + ", not with \"" +
         std::string(condition) + "\"";
}

std::string check_protocol(std::string_view line, size_t at, const RuleGrammar& grammar) {
  std::string_view name = line.substr(at + 1);
  const size_t equal = name.find('=');
  if (equal != std::string_view::npos) {
    if (!grammar.numbers) return "this nDPI takes no number behind a protocol's name";
    if (!is_port(name.substr(equal + 1))) return "a protocol's number is from 1 to 65535";
    name = name.substr(0, equal);
  }
  if (name.empty()) return "there is no name of a protocol behind the @";
  if (has_space(name)) return "the name of a protocol has no blanks";
  std::string_view conditions = line.substr(0, at);
  // A comma in a filter does not divide: nDPI takes one filter a line.
  if (grammar.filters && starts(conditions, "nbpf:")) return check_condition(conditions, grammar);
  for (;;) {
    const size_t comma = conditions.find(',');
    const std::string problem = check_condition(conditions.substr(0, comma), grammar);
    if (!problem.empty() || comma == std::string_view::npos) return problem;
    conditions.remove_prefix(comma + 1);
  }
}

// ip_risk_mask:address=mask, host_risk_mask:"name"=mask
std::string check_mask(std::string_view rule, bool host) {
  const size_t equal = rule.rfind('=');
  if (equal == std::string_view::npos || !number(rule.substr(equal + 1), INT64_MAX)) return "a risk mask ends with = and a number";
  const std::string_view key = rule.substr(0, equal);
  if (host) return is_quoted(key) && !has_space(key) ? "" : wrong("host_risk_mask", key, "a name in quotation marks");
  return is_network(AF_INET, key) ? "" : wrong("ip_risk_mask", key, "an IPv4 address or address/length");
}

std::string check_rule(std::string_view line, const RuleGrammar& grammar) {
  constexpr std::string_view issuer = "trusted_issuer_dn:";
  constexpr std::string_view ip_mask = "ip_risk_mask:";
  constexpr std::string_view host_mask = "host_risk_mask:";
  const size_t at = line.rfind('@');
  if (at != std::string_view::npos) return check_protocol(line, at, grammar);
  if (starts(line, issuer))
    return is_quoted(line.substr(issuer.size())) ? "" : wrong("trusted_issuer_dn", line.substr(issuer.size()), "a name in quotation marks");
  if (starts(line, ip_mask)) return check_mask(line.substr(ip_mask.size()), false);
  if (starts(line, host_mask)) return check_mask(line.substr(host_mask.size()), true);
  return "it has no @ and a protocol's name, and is no trusted_issuer_dn, ip_risk_mask or host_risk_mask";
}

std::string check_category(std::string_view line, const RuleGrammar& grammar) {
  if (line.size() > longest_category_line) return "it is longer than " + std::to_string(longest_category_line) + " bytes";
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos) return "it is not a host or an address, a tab and the number of a category";
  const std::string_view name = line.substr(0, tab);
  uint64_t category = 0;
  if (!number(line.substr(tab + 1), grammar.categories - 1, category) || category == 0) {
    return wrong("it", line.substr(tab + 1), "the number of a category, 1 to " + std::to_string(grammar.categories - 1) + ",");
  }
  if (name.empty() || has_space(name)) return wrong("it", name, "a host or an address");
  // nDPI takes what it can't read as an address for a name, which then never matches.
  const bool ipv6 = name.find(':') != std::string_view::npos;
  if (ipv6 && !grammar.ipv6) return "this nDPI has no categories of IPv6 addresses";
  if ((ipv6 || name.find('/') != std::string_view::npos) && !is_network(ipv6 ? AF_INET6 : AF_INET, name))
    return wrong("it", name, "a host, an address or address/length");
  return "";
}

template <typename Check>
BadLine check_lines(const std::string& file, std::string& rules, Check check) {
  if (file.find('\0') != std::string::npos) return {1, "the file is not text"};
  size_t number = 0;
  for (size_t from = 0; from < file.size();) {
    const size_t end = file.find('\n', from);
    std::string_view line = std::string_view(file).substr(from, end == std::string::npos ? end : end - from);
    from = end == std::string::npos ? file.size() : end + 1;
    number++;
    const size_t last = line.find_last_not_of(" \t\r");
    if (last == std::string_view::npos || line.front() == '#') continue;
    line = line.substr(0, last + 1);
    const std::string problem = check(line);
    if (!problem.empty()) return {number, problem};
    rules.append(line) += '\n';
  }
  return {};
}

}  // namespace

BadLine check_protocols(const std::string& file, const RuleGrammar& grammar, std::string& rules) {
  return check_lines(file, rules, [&](std::string_view line) { return check_rule(line, grammar); });
}

BadLine check_categories(const std::string& file, const RuleGrammar& grammar, std::string& rules) {
  return check_lines(file, rules, [&](std::string_view line) { return check_category(line, grammar); });
}

}  // namespace nfstream::ndpi

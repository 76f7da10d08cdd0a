// A libpcap filter expression, compiled for each link type that it meets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct bpf_program;

namespace nfstream {

class PacketFilter {
 public:
  // An empty expression keeps every packet.
  explicit PacketFilter(std::string expression) : expression_(std::move(expression)) {}

  bool empty() const { return expression_.empty(); }

  enum class Result { keep, drop, invalid };  // invalid: error() says why
  Result apply(uint16_t link_type, const uint8_t* bytes, uint32_t captured, uint32_t wire);
  const std::string& error() const { return error_; }

  // What is wrong with an expression whatever it is applied to, or "" when it is good for at least one link type.
  static std::string check(const std::string& expression);

 private:
  struct Free {
    void operator()(bpf_program* program) const;
  };
  using Program = std::unique_ptr<bpf_program, Free>;

  static Program compile(int dlt, const std::string& expression, std::string& error);
  const bpf_program* program_for(int dlt);

  std::string expression_;
  std::vector<std::pair<int, Program>> programs_;
  std::string error_;
};

}  // namespace nfstream

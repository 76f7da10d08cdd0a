// A libpcap filter expression, compiled for each link type that it meets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

struct bpf_program;

namespace nfstream {

// What libpcap makes of an expression: compiled once for a link type, by whoever needs it first, which takes seconds for hundreds of hosts
// and asks the name service for those that are names. For any thread.
class FilterPrograms {
 public:
  // An empty expression keeps every packet.
  explicit FilterPrograms(std::string expression) : expression_(std::move(expression)) {}

  bool empty() const { return expression_.empty(); }

  // Null when there is none: `error` says why. Valid as long as this.
  const bpf_program* find(int dlt, std::string& error);

  // What is wrong with the expression whatever it is applied to, or "" when it is good for at least one link type.
  std::string check();

 private:
  struct Free {
    void operator()(bpf_program* program) const;
  };
  using Program = std::unique_ptr<bpf_program, Free>;
  struct Compiled {
    int dlt;
    Program program;  // null when it does not compile
    std::string error;
  };

  Program compile(int dlt, std::string& error) const;
  Program compile_with_stack(int dlt, std::string& error) const;

  std::string expression_;
  std::mutex mutex_;
  std::vector<Compiled> compiled_;
};

// The filter of one capture.
class PacketFilter {
 public:
  // Without programs every packet is kept.
  explicit PacketFilter(std::shared_ptr<FilterPrograms> programs) : programs_(std::move(programs)) {}

  bool empty() const { return programs_ == nullptr || programs_->empty(); }

  enum class Result { keep, drop, invalid };  // invalid: error() says why
  Result apply(uint16_t link_type, const uint8_t* bytes, uint32_t captured, uint32_t wire);
  const std::string& error() const { return error_; }

 private:
  const bpf_program* program_for(int dlt);

  std::shared_ptr<FilterPrograms> programs_;
  std::vector<std::pair<int, const bpf_program*>> met_;
  std::string error_;
};

}  // namespace nfstream

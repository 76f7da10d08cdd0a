// What nDPI calls its numbers, read once from a module.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dissect/ndpi/ndpi_compat.h"

namespace nfstream::ndpi {

class Names {
 public:
  // Custom protocols must be loaded before: their names are read with the others.
  explicit Names(Module* module);

  std::string_view application(uint16_t id) const;
  std::string_view category(uint16_t id) const;
  std::string_view breed(uint16_t application) const;
  // nfstream's code of a confidence, and nDPI's name by that code.
  uint8_t confidence_code(size_t id) const;
  std::string_view confidence(uint8_t code) const;

 private:
  std::vector<std::string> applications_;
  std::vector<std::string> breeds_;
  std::vector<std::string> categories_;
  std::vector<std::pair<uint8_t, std::string>> confidences_;
};

// Names of the cipher suites that nDPI knows. nDPI writes those of others to a buffer that all threads share, so that it is asked only
// here, where modules are made one at a time.
class CipherNames {
 public:
  CipherNames();
  // The IANA name, or "0x1234".
  std::string name(uint16_t cipher) const;

 private:
  std::vector<std::pair<uint16_t, const char*>> known_;
};

}  // namespace nfstream::ndpi

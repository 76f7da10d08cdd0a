#include "engine/dissect/ndpi/ndpi_names.h"

#include <algorithm>
#include <cstdio>

#include "engine/dissect/dissector.h"
#include "engine/dissect/ndpi/ndpi_dissector.h"

namespace nfstream::ndpi {

namespace {

std::string or_else(const char* name, const char* fallback) { return name == nullptr || *name == '\0' ? fallback : name; }

std::string_view at_or_else(const std::vector<std::string>& names, size_t id, std::string_view fallback) {
  return id < names.size() ? std::string_view(names[id]) : fallback;
}

}  // namespace

Names::Names(Module* module) {
  for (uint32_t id = 0; id < application_count(module); id++) {
    const auto application = static_cast<uint16_t>(id);
    applications_.push_back(or_else(ndpi_get_proto_name(module, application), "Unknown"));
    breeds_.push_back(or_else(breed_name(module, application), "Unrated"));
  }
  for (int id = 0; id < NDPI_PROTOCOL_NUM_CATEGORIES; id++) {
    categories_.push_back(or_else(ndpi_category_get_name(module, static_cast<ndpi_protocol_category_t>(id)), "Unspecified"));
  }
  for (int id = 0; id < NDPI_CONFIDENCE_MAX; id++) {
    const char* name = ndpi_confidence_get_name(static_cast<ndpi_confidence_t>(id));
    confidences_.emplace_back(ndpi::confidence_code(name), or_else(name, "Unknown"));
  }
}

std::string_view Names::application(uint16_t id) const { return at_or_else(applications_, id, "Unknown"); }

std::string_view Names::category(uint16_t id) const { return at_or_else(categories_, id, "Unspecified"); }

std::string_view Names::breed(uint16_t application) const { return at_or_else(breeds_, application, "Unrated"); }

uint8_t Names::confidence_code(size_t id) const { return id < confidences_.size() ? confidences_[id].first : ndpi::confidence_code(nullptr); }

std::string_view Names::confidence(uint8_t code) const {
  if (code == hello_confidence) return "DPI (hello)";
  for (const auto& [known, name] : confidences_) {
    if (known == code) return name;
  }
  return "Unknown";
}

CipherNames::CipherNames() {
  // First bytes of the suites that were ever given out; asking for all 65,536 takes longer than making the module.
  for (const unsigned first : {0x00, 0x13, 0x16, 0x56, 0xc0, 0xc1, 0xcc, 0xd0, 0xfe, 0xff}) {
    for (unsigned second = 0; second < 256; second++) {
      const auto cipher = static_cast<uint16_t>(first << 8 | second);
      if (const char* name = cipher_name(cipher)) known_.emplace_back(cipher, name);
    }
  }
}

std::string CipherNames::name(uint16_t cipher) const {
  const auto found = std::lower_bound(known_.begin(), known_.end(), cipher, [](const auto& known, uint16_t wanted) { return known.first < wanted; });
  if (found != known_.end() && found->first == cipher) return found->second;
  char hex[8];
  std::snprintf(hex, sizeof hex, "0x%04x", cipher);
  return hex;
}

}  // namespace nfstream::ndpi

// Reads what nDPI found out about a flow beside its label.
#pragma once

#include <memory>
#include <string>

#include "engine/dissect/facts.h"
#include "engine/dissect/ndpi/ndpi_compat.h"
#include "engine/dissect/ndpi/ndpi_names.h"

namespace nfstream::ndpi {

class FactReader {
 public:
  // `wanted`: facts that cost something are read only when they are among these.
  explicit FactReader(FactMask wanted);

  // Whether the server's name was found, or a hello that has none.
  static bool knows_hello(const Flow& flow);
  // The texts are valid until the next read and until the flow is released. `dissected`: the label was not guessed.
  void read(const Flow& flow, const Label& label, bool dissected, Facts& facts);

 private:
  bool wants(FactMask some) const { return (wanted_ & some) != 0; }
  void read_as_nfstream(const Flow& flow, const Label& label, Facts& facts) const;
  void read_risks(const Flow& flow, const Label& label, Facts& facts);
  void read_tls(const Flow& flow, Facts& facts);
  void read_http(const Flow& flow, const Label& label, Facts& facts) const;
  void read_dns(const Flow& flow, Facts& facts);
  void read_dhcp(const Flow& flow, Facts& facts) const;

  FactMask wanted_;
  std::unique_ptr<CipherNames> ciphers_;
  // Texts that are made here.
  std::string risks_;
  std::string cipher_;
  char version_[32];
  char address_[48];
};

}  // namespace nfstream::ndpi

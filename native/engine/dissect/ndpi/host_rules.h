// Asks nDPI's rules about hosts and addresses, for flows whose hello the engine's own parser has read.
#pragma once

#include "engine/dissect/dissector.h"
#include "engine/dissect/ndpi/ndpi_compat.h"

namespace nfstream::ndpi {

class HostRules {
 public:
  explicit HostRules(Module* module) : module_(module) {}

  // What nDPI noted of a flow's addresses at its first packet.
  static AddressRules of_addresses(const Flow& flow);
  // As Dissector says it.
  FlowLabel label_of_hello(const FlowLabel& found, const ReadHello& hello) const;

 private:
  struct Answer {
    Label label;        // unknown where no rule knows the host
    uint16_t category;  // 0 where no rule gives one
  };
  Answer ask(uint16_t master, const ReadHello& hello) const;

  Module* module_;
};

}  // namespace nfstream::ndpi

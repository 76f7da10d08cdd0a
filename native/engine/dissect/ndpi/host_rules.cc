#include "engine/dissect/ndpi/host_rules.h"

#include <memory>
#include <string>

#include "engine/dissect/ndpi/ndpi_dissector.h"

namespace nfstream::ndpi {

namespace {

constexpr uint16_t unknown = NDPI_PROTOCOL_UNKNOWN;

uint16_t protocol_of(ReadHello::Kind kind) {
  switch (kind) {
    case ReadHello::Kind::dtls: return NDPI_PROTOCOL_DTLS;
    case ReadHello::Kind::quic: return NDPI_PROTOCOL_QUIC;
    default: return NDPI_PROTOCOL_TLS;
  }
}

// What nDPI calls TLS on the ports of mail.
uint16_t protocol_on_ports(uint16_t protocol, const uint16_t (&ports)[2]) {
  const auto on = [&](uint16_t port) { return ports[0] == port || ports[1] == port; };
  if (protocol != NDPI_PROTOCOL_TLS) return protocol;
  if (on(465) || on(587)) return NDPI_PROTOCOL_MAIL_SMTPS;
  if (on(993)) return NDPI_PROTOCOL_MAIL_IMAPS;
  if (on(995)) return NDPI_PROTOCOL_MAIL_POPS;
  return protocol;
}

// nDPI keeps a protocol that stands alone in one way, we in another.
Label label_with(uint16_t master, uint16_t application) {
  if (application == unknown || application == master) return {unknown, master, 0};
  return {master, application, 0};
}

}  // namespace

AddressRules HostRules::of_addresses(const Flow& flow) { return {*application_by_address(flow, 0), static_cast<uint16_t>(flow.guessed_header_category)}; }

// nDPI writes its answer into a flow. The flow's own is not there any more, or holds what another dissector found.
HostRules::Answer HostRules::ask(uint16_t master, const ReadHello& hello) const {
  const auto flow = std::make_unique<Flow>();
  *application_by_address(*flow, 0) = hello.by_address.application;
  std::string name(hello.server_name);
  const bool known = !name.empty() && ndpi_match_hostname_protocol(module_, flow.get(), master, name.data(), static_cast<unsigned>(name.size())) != 0;
  const Answer answer{known ? label_with(flow->detected_protocol_stack[1], flow->detected_protocol_stack[0]) : Label{}, static_cast<uint16_t>(flow->category)};
  ndpi_free_flow_data(flow.get());
  return answer;
}

FlowLabel HostRules::label_of_hello(const FlowLabel& found, const ReadHello& hello) const {
  const uint16_t protocol = protocol_of(hello.kind);
  const Label before{found.master, found.application, found.category};
  const bool is_found = before.known() && !found.guessed;
  const bool is_quic = protocol == NDPI_PROTOCOL_QUIC;
  const bool agrees = is_found && (is_quic ? before.is(protocol) : is_tls(before));
  // A custom rule's label stays whatever the flow is.
  if (is_found && !agrees && !(is_quic && by_dissection(found.confidence))) return found;

  const uint16_t master = protocol_on_ports(protocol, hello.ports);
  const Answer answer = ask(mail_has_hosts ? master : protocol, hello);
  Label label = answer.label;
  if (!label.known()) {
    if (agrees) return found;
    const bool by_address = address_names_application && master == protocol;
    label = label_with(master, by_address ? hello.by_address.application : unknown);
  }
  uint16_t category = answer.category;
  if (category == 0) category = hello.by_address.category;
  if (category == 0) category = category_of(module_, label.master, label.application);
  const bool same = agrees && label.master == before.master && label.application == before.application;
  return {label.master, label.application, category, false, same ? found.confidence : hello_confidence};
}

}  // namespace nfstream::ndpi

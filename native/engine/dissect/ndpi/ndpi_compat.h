// The differences between the releases of nDPI, 4.2 to 5.x. For the files of this folder only: nDPI's headers define short macros.
#pragma once

#include <cstdint>

#include "ndpi_define.h"

// The NDPI_..._RELEASE macros cannot be used for this: in some packages they are strings.
#define NFSTREAM_NDPI_AT(major, minor) (NDPI_MAJOR > (major) || (NDPI_MAJOR == (major) && NDPI_MINOR >= (minor)))

// The module's own struct is in the headers of 4.2, for nDPI's sources alone. Later releases change it, or have it in a header that is not installed.
#define NFSTREAM_NDPI_IS_OPEN !NFSTREAM_NDPI_AT(4, 3)
#if NFSTREAM_NDPI_IS_OPEN
#define NDPI_LIB_COMPILATION
#endif

#include "ndpi_api.h"

#if NDPI_MAJOR >= 6
#error "This nDPI is too new: nfstream builds with nDPI 4.2 to 5.x. Point PKG_CONFIG_PATH at one of these."
#elif !NFSTREAM_NDPI_AT(4, 2)
#error "This nDPI is too old: nfstream builds with nDPI 4.2 to 5.x. Point PKG_CONFIG_PATH at one of these."
#endif

namespace nfstream::ndpi {

using Module = ndpi_detection_module_struct;
using Flow = ndpi_flow_struct;

// Two functions at first, with which nDPI does the rest; between 4.11 and 5.x one that takes all of them, so that the header is asked and not the version.
template <class Take, class GiveBack, class TakeZeros, class TakeAgain>
auto set_memory_functions(Take take, GiveBack give_back, TakeZeros, TakeAgain, int) -> decltype(set_ndpi_malloc(take), set_ndpi_free(give_back)) {
  set_ndpi_malloc(take);
  set_ndpi_free(give_back);
}
template <class Take, class GiveBack, class TakeZeros, class TakeAgain>
void set_memory_functions(Take take, GiveBack give_back, TakeZeros take_zeros, TakeAgain take_again, long) {
  ndpi_set_memory_alloction_functions(take, give_back, take_zeros, take_again, nullptr, nullptr, take, give_back);
}

// What nDPI says about a flow after a packet. The library's own struct has grown to several times this.
struct Label {
  uint16_t master;
  uint16_t application;
  uint16_t category;
  bool known() const { return application != NDPI_PROTOCOL_UNKNOWN; }
  bool is(uint16_t protocol) const { return master == protocol || application == protocol; }
};

// The protocols whose flows have the union's member of TLS.
constexpr uint16_t tls_protocols[] = {NDPI_PROTOCOL_TLS,        NDPI_PROTOCOL_DTLS,       NDPI_PROTOCOL_QUIC,
                                      NDPI_PROTOCOL_MAIL_SMTPS, NDPI_PROTOCOL_MAIL_IMAPS, NDPI_PROTOCOL_MAIL_POPS};

inline bool is_tls(const Label& label) {
  for (uint16_t protocol : tls_protocols) {
    if (label.is(protocol)) return true;
  }
  return false;
}

// Some releases give a flow with one protocol as its own master, others as a master without an application.
inline Label label_of(const ndpi_protocol& found) {
#if NFSTREAM_NDPI_AT(4, 11)
  Label label = {found.proto.master_protocol, found.proto.app_protocol, static_cast<uint16_t>(found.category)};
#else
  Label label = {found.master_protocol, found.app_protocol, static_cast<uint16_t>(found.category)};
#endif
  if (!label.known()) label.application = label.master;
  if (label.master == label.application) label.master = NDPI_PROTOCOL_UNKNOWN;
  return label;
}

inline Module* new_module() {
#if NFSTREAM_NDPI_AT(4, 10)
  return ndpi_init_detection_module(nullptr);
#else
  return ndpi_init_detection_module(ndpi_no_prefs);
#endif
}

// Registers every dissector; without it nothing is ever detected. From 5.0 on all are registered to begin with.
inline bool enable_all(Module* module) {
#if NFSTREAM_NDPI_AT(5, 0)
  (void)module;
  return true;
#else
  NDPI_PROTOCOL_BITMASK all;
  NDPI_BITMASK_SET_ALL(all);
#if NFSTREAM_NDPI_AT(4, 6)
  return ndpi_set_protocol_detection_bitmask2(module, &all) == 0;
#else
  ndpi_set_protocol_detection_bitmask2(module, &all);
  return true;
#endif
#endif
}

// How many protocols rule files may add.
#ifdef NDPI_MAX_NUM_CUSTOM_PROTOCOLS
constexpr size_t most_custom_protocols = NDPI_MAX_NUM_CUSTOM_PROTOCOLS - 1;
#else
constexpr size_t most_custom_protocols = UINT16_MAX;
#endif

inline bool load_categories(Module* module, const char* path) {
#if NFSTREAM_NDPI_AT(4, 4)
  return ndpi_load_categories_file(module, path, nullptr) >= 0;
#else
  return ndpi_load_categories_file(module, path) >= 0;
#endif
}

// Rule files are loaded before this.
inline bool finish(Module* module) {
#if NFSTREAM_NDPI_AT(4, 10)
  return ndpi_finalize_initialization(module) == 0;
#else
  ndpi_finalize_initialization(module);
  return true;
#endif
}

// Whether the rules for addresses name the application of a flow of TLS or QUIC whose host says nothing. Later releases tell that apart.
constexpr bool address_names_application = !NFSTREAM_NDPI_AT(4, 6);

// Whether the rules for hosts stand behind SMTPS, IMAPS and POPS too, and not only behind TLS.
constexpr bool mail_has_hosts = NFSTREAM_NDPI_AT(4, 6);

// What the rules say of a flow's addresses: the member has had two names.
template <class AnyFlow>
auto application_by_address(AnyFlow& flow, int) -> decltype(&flow.guessed_host_protocol_id) {
  return &flow.guessed_host_protocol_id;
}
template <class AnyFlow>
auto application_by_address(AnyFlow& flow, long) -> decltype(&flow.guessed_protocol_id_by_ip) {
  return &flow.guessed_protocol_id_by_ip;
}

inline uint16_t category_of(Module* module, uint16_t master, uint16_t application) {
  ndpi_protocol both = {};
#if NFSTREAM_NDPI_AT(4, 11)
  both.proto.master_protocol = master;
  both.proto.app_protocol = application;
#else
  both.master_protocol = master;
  both.app_protocol = application;
#endif
  return static_cast<uint16_t>(ndpi_get_proto_category(module, both));
}

// Whether a module makes its caches when they are first written to, so that one without any has learnt nothing. Later releases make them all at first.
constexpr bool has_lazy_caches = !NFSTREAM_NDPI_AT(4, 5);

inline uint32_t application_count(Module* module) {
#if NFSTREAM_NDPI_AT(5, 0)
  return ndpi_get_num_protocols(module);
#else
  return ndpi_get_num_supported_protocols(module);
#endif
}

inline ndpi_protocol process(Module* module, Flow* flow, const uint8_t* packet, uint16_t size, uint64_t time_ms) {
#if NFSTREAM_NDPI_AT(4, 6)
  ndpi_flow_input_info unknown_direction = {};
  return ndpi_detection_process_packet(module, flow, packet, size, time_ms, &unknown_direction);
#else
  return ndpi_detection_process_packet(module, flow, packet, size, time_ms);
#endif
}

// Guessing by port and address is on: an argument at first, then the default of dpi.guess_on_giveup.
inline ndpi_protocol give_up(Module* module, Flow* flow) {
#if NFSTREAM_NDPI_AT(5, 0)
  return ndpi_detection_giveup(module, flow);
#else
  uint8_t guessed = 0;
#if NFSTREAM_NDPI_AT(4, 10)
  return ndpi_detection_giveup(module, flow, &guessed);
#else
  return ndpi_detection_giveup(module, flow, 1, &guessed);
#endif
#endif
}

// Whether more packets can tell more about a flow that has a label.
inline bool more_to_come(Module* module, Flow* flow, const ndpi_protocol& found) {
#if NFSTREAM_NDPI_AT(5, 0)
  (void)module, (void)flow;
  return found.state != NDPI_STATE_CLASSIFIED;
#else
  (void)found;
  return !flow->fail_with_unknown && ndpi_extra_dissection_possible(module, flow) != 0;
#endif
}

// A flow that nDPI looks at no more: it would only return at once.
inline bool has_failed(const Flow& flow) {
#if NFSTREAM_NDPI_AT(5, 0)
  (void)flow;
  return false;
#else
  return flow.fail_with_unknown != 0;
#endif
}

inline const char* breed_name(Module* module, uint16_t application) {
  const ndpi_protocol_breed_t breed = ndpi_get_proto_breed(module, application);
#if NFSTREAM_NDPI_AT(4, 10)
  return ndpi_get_proto_breed_name(breed);
#else
  return ndpi_get_proto_breed_name(module, breed);
#endif
}

// Null for a cipher suite that nDPI does not know. Not for two threads at the same time.
inline const char* cipher_name(uint16_t cipher) {
#if NFSTREAM_NDPI_AT(4, 6)
  char unknown[8];
  const char* name = ndpi_cipher2str(cipher, unknown);
  return name == unknown ? nullptr : name;
#else
  constexpr uint32_t no_cipher = 0xfffff;
  const char* name = ndpi_cipher2str(cipher);
  return name == ndpi_cipher2str(no_cipher) ? nullptr : name;
#endif
}

// JA3 of clients was removed between 4.12 and 5.0, so that its presence is asked of the struct and not of the version.
template <class Tls>
auto ja3_client(const Tls& tls, int) -> decltype(&tls.ja3_client[0]) {
  return tls.ja3_client;
}
template <class Tls>
const char* ja3_client(const Tls&, long) {
  return "";
}

// The protocols that the client offers; one list with the server's choice at first.
template <class Tls>
auto alpn(const Tls& tls, int) -> decltype(static_cast<const char*>(tls.advertised_alpns)) {
  return tls.advertised_alpns;
}
template <class Tls>
auto alpn(const Tls& tls, long) -> decltype(static_cast<const char*>(tls.alpn)) {
  return tls.alpn;
}

template <class Http>
auto http_server(const Http& http, int) -> decltype(static_cast<const char*>(http.server)) {
  return http.server;
}
template <class Http>
const char* http_server(const Http&, long) {
  return nullptr;
}

// One address at first, then a list.
template <class Dns>
auto first_answer(const Dns& dns, int) -> decltype(static_cast<const void*>(&dns.rsp_addr[0])) {
  return &dns.rsp_addr[0];
}
template <class Dns>
const void* first_answer(const Dns& dns, long) {
  return &dns.rsp_addr;
}

}  // namespace nfstream::ndpi

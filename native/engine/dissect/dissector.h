// What the engine knows of deep packet inspection. The implementation is a loadable module, so that the engine runs without it
// and several releases of a library can be offered side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "engine/dissect/facts.h"
#include "engine/text/text_view.h"

namespace nfstream {

// No dissector looks at more of a packet.
constexpr size_t most_dissected_bytes = 65000;

struct DissectInput {
  const uint8_t* ip = nullptr;  // innermost IP header; captured bytes to the end of the frame, of which no more are read than a dissector looks at
  size_t size = 0;
  uint64_t time_ms = 0;  // never goes back
  uint8_t protocol = 0;  // transport protocol as our decoder read it
};

enum class DissectProgress : uint8_t {
  searching,  // no label yet
  partial,    // a label; more facts may come
  finished,   // a label, or none will ever come
};

struct FlowLabel {
  uint16_t master = 0;  // for application_name(); 0 is unknown
  uint16_t application = 0;
  uint16_t category = 0;   // for category_name()
  bool guessed = false;    // give_up() made the label
  uint8_t confidence = 0;  // nfstream's codes: 0 unknown ... 6 DPI, 7 by IP, from 100 others
};

// The confidence of a label that follows from what the engine's own parser read: beyond nfstream's codes and those of nDPI.
constexpr uint8_t hello_confidence = 110;

// What the dissector's rules say of a flow's addresses alone.
struct AddressRules {
  uint16_t application = 0;
  uint16_t category = 0;
};

// What was found. The facts' texts are valid until the next call.
struct Verdict : FlowLabel {
  AddressRules by_address;
  Facts facts;
};

// What the engine's own parser read of a flow: a ClientHello, or an Initial packet of QUIC without a whole one.
struct ReadHello {
  enum class Kind : uint8_t { tls, dtls, quic } kind = Kind::tls;
  TextView server_name;  // in small letters, empty without one
  uint16_t ports[2] = {};
  AddressRules by_address;
};

struct DissectorOptions {
  FactMask facts = 0;                    // those that are needed; others may be left out
  const char* protocols_file = nullptr;  // path of a file of custom rules, null without one
  const char* categories_file = nullptr;
};

// One detection module: used by one thread at a time. A flow's state is `state_size()` bytes that the caller owns.
//
// Module and engine may have been built with different C++ libraries. So nothing of a library's own layout crosses between them, and nothing is thrown
// through: what overrides is noexcept, and the want of memory is thrown on the caller's side.
class Dissector {
 public:
  virtual ~Dissector() = default;
  virtual size_t state_size() const noexcept = 0;
  virtual void start(void* state) noexcept = 0;
  // These four throw std::bad_alloc without memory; from then on states can only be released.
  DissectProgress feed(void* state, const DissectInput& packet) { return checked(try_feed(state, packet)); }
  // Makes the best guess for a flow without a label; does nothing for one that has a label. No packet is touched.
  void give_up(void* state) {
    try_give_up(state);
    checked(0);
  }
  Verdict verdict(void* state) { return checked(try_verdict(state)); }
  // The label of a flow without a name of its own, once a hello was read: what the rules for hosts and addresses say of it. A label that a
  // dissection found stays where these say nothing, and where it is of another protocol than the hello's; but what was opened as QUIC is QUIC.
  FlowLabel label_of_hello(const FlowLabel& found, const ReadHello& hello) { return checked(try_label_of_hello(found, hello)); }
  // Whether a name of the server was found, or a hello without one, so that the engine need not look for it.
  virtual bool knows_hello(const void* state) const noexcept = 0;
  // Frees what the state owns; the state's own memory stays the caller's. Once for each start().
  virtual void release(void* state) noexcept = 0;
  // Valid for the dissector's life; "Unknown" and "Unspecified" for numbers that it never gave.
  virtual TextView application_name(uint16_t application) const noexcept = 0;
  virtual TextView category_name(uint16_t category) const noexcept = 0;
  // "Unrated" and "Unknown" for numbers that it never gave.
  virtual TextView breed_name(uint16_t application) const noexcept = 0;
  virtual TextView confidence_name(uint8_t confidence) const noexcept = 0;
  // Begins a run of its own, with every state released. False when what was fed before could change its labels, or memory failed: then it takes a new one.
  virtual bool renew() noexcept = 0;

 protected:
  virtual DissectProgress try_feed(void* state, const DissectInput& packet) noexcept = 0;
  virtual void try_give_up(void* state) noexcept = 0;
  virtual Verdict try_verdict(void* state) noexcept = 0;
  virtual FlowLabel try_label_of_hello(const FlowLabel& found, const ReadHello& hello) noexcept = 0;
  // True once memory has failed.
  virtual bool out_of_memory() const noexcept { return false; }

 private:
  template <typename Answer>
  Answer checked(const Answer& answer) const {
    if (out_of_memory()) throw std::bad_alloc();
    return answer;
  }
};

constexpr int dissector_abi = 4;

}  // namespace nfstream

// The module's exports, found by name. create() gives nullptr and a sentence in `error` (code and text, tab between) when it can't, also
// for a rule file that is not there or has a line that is none.
extern "C" {
typedef int (*nfstream_dissector_abi_fn)();
typedef const char* (*nfstream_dissector_version_fn)();
typedef nfstream::Dissector* (*nfstream_dissector_create_fn)(const nfstream::DissectorOptions& options, char* error, size_t error_size);
typedef void (*nfstream_dissector_destroy_fn)(nfstream::Dissector* dissector);
}

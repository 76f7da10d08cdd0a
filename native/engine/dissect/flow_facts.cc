#include "engine/dissect/flow_facts.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "engine/text/utf8.h"

namespace nfstream {

namespace {

// Each of the longest_long_text bytes of a text may become a three-byte U+FFFD.
constexpr size_t longest_utf8 = 3 * longest_long_text;
static_assert(longest_utf8 <= UINT16_MAX, "a length has two bytes");

Fact fact_at(size_t number) { return static_cast<Fact>(number); }

void append_text(std::string& out, std::string_view text) {
  const size_t at = out.size();
  out.append(sizeof(uint16_t), '\0');
  append_utf8(out, text.data(), text.size(), longest_utf8);
  const auto length = static_cast<uint16_t>(out.size() - at - sizeof(uint16_t));
  std::memcpy(&out[at], &length, sizeof length);
}

}  // namespace

FlowFacts* FlowFacts::make(const Facts& facts, FactMask wanted) {
  const FactMask present = facts.present() & wanted;
  if (present == 0) return nullptr;
  std::string bytes;
  bytes.reserve(256);  // most flows' facts have room in it
  for (size_t i = 0; i < static_cast<size_t>(Fact::count); i++) {
    const Fact fact = fact_at(i);
    if ((present & bit(fact)) == 0) continue;
    if (is_text(fact)) {
      append_text(bytes, facts.text(fact));
    } else {
      const int64_t number = facts.number(fact);
      bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
  }
  auto* made = static_cast<FlowFacts*>(std::malloc(sizeof(FlowFacts) + bytes.size()));
  if (made == nullptr) throw std::bad_alloc();
  for (size_t i = 0; i < mask_bytes; i++) made->present_[i] = static_cast<uint8_t>(present >> (8 * i));
  std::memcpy(made->bytes_, bytes.data(), bytes.size());
  return made;
}

void FlowFacts::free(FlowFacts* facts) { std::free(facts); }

// Where a fact that is there begins.
const char* FlowFacts::find(Fact fact) const {
  const char* at = bytes_;
  for (FactMask before = present() & (bit(fact) - 1); before != 0; before &= before - 1) {
    if (!is_text(fact_at(static_cast<size_t>(__builtin_ctzll(before))))) {
      at += sizeof(int64_t);
      continue;
    }
    uint16_t length;
    std::memcpy(&length, at, sizeof length);
    at += sizeof length + length;
  }
  return at;
}

std::string_view FlowFacts::text(Fact fact) const {
  const char* at = find(fact);
  uint16_t length;
  std::memcpy(&length, at, sizeof length);
  return {at + sizeof length, length};
}

int64_t FlowFacts::number(Fact fact) const {
  int64_t number;
  std::memcpy(&number, find(fact), sizeof number);
  return number;
}

Facts FlowFacts::all() const {
  Facts facts;
  for (size_t i = 0; i < static_cast<size_t>(Fact::count); i++) {
    const Fact fact = fact_at(i);
    if (!has(fact)) continue;
    if (is_text(fact)) facts.set(fact, text(fact));
    else facts.set_number(fact, number(fact));
  }
  return facts;
}

}  // namespace nfstream

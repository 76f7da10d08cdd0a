// Optional parts of a flow, kept behind its record. A run has those that its columns need.
#pragma once

#include <cstdint>

namespace nfstream {

enum class Facet : uint8_t {
  statistics,
  splt,
  identity,
  activity,
  payload,
  client_hello,
  key_exchange,
  tcp_state,
  tcp_quality,
  tcp_window,
  tcp_closing,
  ttl,
  icmp,
  beyond,
  count
};

// A set of facets, a bit for each.
using FacetSet = uint32_t;

constexpr FacetSet no_facet = 0;
constexpr FacetSet only(Facet facet) { return FacetSet{1} << static_cast<unsigned>(facet); }

}  // namespace nfstream

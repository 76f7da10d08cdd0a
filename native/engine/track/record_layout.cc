#include "engine/track/record_layout.h"

#include <type_traits>

namespace nfstream {

namespace {

template <class T>
constexpr uint32_t size_of_facet() {
  static_assert(std::is_trivial_v<T>, "a facet begins as zeros and is never destroyed");
  static_assert(alignof(T) <= 8 && sizeof(T) % 8 == 0, "facets stand one behind the other");
  return sizeof(T);
}

// In the order of the enumeration.
constexpr uint32_t sizes[] = {size_of_facet<FlowStatistics>(),   size_of_facet<Splt>(),       size_of_facet<Identity>(),
                              size_of_facet<Activity>(),         size_of_facet<Payload>(),    size_of_facet<tls::HelloSearch>(),
                              size_of_facet<ssh::HasshSearch>(), size_of_facet<TcpState>(),   size_of_facet<TcpQuality>(),
                              size_of_facet<TcpWindow>(),        size_of_facet<TcpClosing>(), size_of_facet<FlowTtl>(),
                              size_of_facet<FlowIcmp>(),         size_of_facet<Beyond>()};
static_assert(sizeof sizes / sizeof *sizes == static_cast<size_t>(Facet::count));
static_assert(sizeof(FlowRecord) % 8 == 0);

}  // namespace

RecordLayout::RecordLayout(FacetSet facets, size_t metric_bytes) {
  for (size_t i = 0; i < static_cast<size_t>(Facet::count); i++) {
    if ((facets & only(static_cast<Facet>(i))) == 0) continue;
    offsets_[i] = static_cast<uint32_t>(sizeof(FlowRecord) + bytes_);
    bytes_ += sizes[i];
  }
  metrics_ = static_cast<uint32_t>(sizeof(FlowRecord) + bytes_);
  bytes_ += metric_bytes;
}

}  // namespace nfstream

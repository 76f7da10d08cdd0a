// The first packets of a flow, one after the other: direction, size and gap.
#include <algorithm>
#include <cstdint>

#include "engine/columns/column_table.h"

namespace nfstream {

namespace {

constexpr TrackSet needed = only(Track::splt);

template <class Item, class Of>
void fill(const FlowView& view, void* items, Of of) {
  const Splt& splt = view.layout.splt(view.flow);
  auto* to = static_cast<Item*>(items);
  for (uint16_t i = 0; i < splt.count; i++) to[i] = static_cast<Item>(of(splt.packets[i]));
}

}  // namespace

std::vector<Column> splt_columns() {
  return {
      list_column(
          "splt_direction", ColumnType::list8,
          [](const FlowView& view, int, void* items) { fill<int8_t>(view, items, [](const SpltPacket& packet) { return packet.direction; }); }, 0, needed),
      list_column(
          "splt_ps", ColumnType::list32,
          [](const FlowView& view, int, void* items) { fill<int32_t>(view, items, [](const SpltPacket& packet) { return packet.size; }); }, 0, needed),
      list_column(
          "splt_piat", ColumnType::list32,
          [](const FlowView& view, int, void* items) {
            fill<int32_t>(view, items, [](const SpltPacket& packet) { return std::min<int64_t>(packet.gap, INT32_MAX); });
          },
          0, needed),
      // 32 bits hold 36 minutes of microseconds.
      list_column(
          "splt_piat_fine", ColumnType::list64,
          [](const FlowView& view, int, void* items) { fill<int64_t>(view, items, [](const SpltPacket& packet) { return packet.gap; }); }, 0, needed),
  };
}

}  // namespace nfstream

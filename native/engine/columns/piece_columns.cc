// What stitching needs of each piece of a flow, besides the columns that it merges.
#include "engine/columns/column_table.h"
#include "engine/columns/format.h"
#include "engine/digest/sha1.h"

namespace nfstream {

namespace {

constexpr const char* ways[] = {"piece_src2dst", "piece_dst2src"};

// 128 bits over what makes packets belong to one flow, the same in both directions.
void key(const FlowView& view, int, std::string& out) {
  DigestBytes bytes;
  for (const uint64_t word : view.flow.key.words) bytes.number(word, 8);
  append_hex(out, sha1(bytes.data(), bytes.size()).data(), 16);
}

int64_t touches(const FlowView& view, int) {
  return (view.layout.piece(view.flow).early ? 1 : 0) | (view.reason == EndReason::end_of_source ? 2 : 0);
}

// The argument of a sum of squares: which one, of sizes or of gaps, and whether its upper half.
const SumOfSquares& squares(const FlowView& view, int argument) {
  const PieceSums& sums = view.layout.piece_sums(view.flow);
  const int which = argument / 2;
  return which < 2 ? sums.sizes[which] : sums.gaps[which - 2];
}
int64_t half_of_squares(const FlowView& view, int argument) {
  const SumOfSquares& sum = squares(view, argument);
  return static_cast<int64_t>(argument % 2 == 1 ? sum.high : sum.low);
}

}  // namespace

std::vector<Column> piece_columns() {
  constexpr TrackSet piece = only(Track::piece);
  std::vector<Column> columns = {
      text_column("piece_key", key),
      integer_column("piece_larger", [](const FlowView& view, int) -> int64_t { return view.flow.source_is_larger ? 1 : 0; }),
      integer_column("piece_touches", touches, 0, piece),
      integer_column("piece_last_packet", [](const FlowView& view, int) { return static_cast<int64_t>(view.flow.last_packet); }),
      integer_column("piece_dissected", [](const FlowView& view, int) -> int64_t { return view.flow.dissected_packets; }),
      integer_column(
          "piece_undecided", [](const FlowView& view, int) -> int64_t { return view.layout.piece(view.flow).undecided ? 1 : 0; }, 0, piece),
  };
  for (int way = 0; way < 2; way++) {
    const std::string name = ways[way];
    columns.push_back(integer_column(name + "_packets", [](const FlowView& view, int of) { return static_cast<int64_t>(view.flow.packets[of]); }, way));
    columns.push_back(integer_column(name + "_bytes", [](const FlowView& view, int of) { return static_cast<int64_t>(view.flow.bytes[of]); }, way));
    columns.push_back(integer_column(name + "_first_ns", [](const FlowView& view, int of) { return view.flow.first_ns[of]; }, way));
    columns.push_back(integer_column(name + "_last_ns", [](const FlowView& view, int of) { return view.flow.last_ns[of]; }, way));
  }
  constexpr const char* sums[] = {"src2dst_ps", "dst2src_ps", "bidirectional_piat", "src2dst_piat", "dst2src_piat"};
  for (int which = 0; which < 5; which++) {
    const std::string name = std::string("piece_") + sums[which] + "_squares";
    columns.push_back(integer_column(name, half_of_squares, 2 * which, only(Track::piece_sums)));
    columns.push_back(integer_column(name + "_high", half_of_squares, 2 * which + 1, only(Track::piece_sums)));
  }
  return columns;
}

}  // namespace nfstream

// What nDPI's rules say of an address. It asks for both addresses of each flow, and walks a tree of 10,000 nodes for the answer, most of them
// far from the processor; the addresses of a capture's hosts come again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/dissect/ndpi/in_use.h"
#include "engine/dissect/ndpi/ndpi_compat.h"

namespace nfstream::ndpi {

#if NFSTREAM_NDPI_AT(5, 0)

class AddressAnswers {};  // nDPI's trees are its own

#else

// The answers for the IPv4 addresses that were asked for last, of one module's trees, which do not change once it is set up. One thread at a time.
class AddressAnswers {
 public:
  using Tree = ndpi_patricia_tree_t;
  using Node = ndpi_patricia_node_t;

  AddressAnswers();
  Node* find(Tree* tree, ndpi_prefix_t* address);

 private:
  struct Answer {
    const Tree* tree;
    Node* node;
    uint32_t address;
  };
  static constexpr size_t answer_bits = 11;

  std::unique_ptr<Answer[]> answers_;
};

#endif

using AddressAnswersUse = InUse<AddressAnswers>;

}  // namespace nfstream::ndpi

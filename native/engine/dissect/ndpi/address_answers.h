// What nDPI's rules say of an address. It asks for both addresses of each flow, and walks a tree of 10,000 nodes for the answer, most of them
// far from the processor. Most private networks are in no rule, and the addresses of a capture's servers come again and again.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/dissect/ndpi/in_use.h"
#include "engine/dissect/ndpi/ndpi_compat.h"

namespace nfstream::ndpi {

#if NFSTREAM_NDPI_AT(5, 0)

class AddressAnswers {};  // nDPI's trees are its own

#else

// Of IPv4 addresses, in one module's trees, which do not change once it is set up: the networks that have no rule, and the answers for the addresses that
// were asked for last. One thread at a time.
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
  // Of the networks that addresses begin with, by 16 bits, those that a rule is for or in.
  struct Networks {
    const Tree* tree = nullptr;
    std::bitset<1 << 16> with_rules;
  };
  static constexpr size_t answer_bits = 11;
  static constexpr size_t most_trees = 4;

  bool may_have(Tree* tree, uint32_t address);

  std::unique_ptr<Networks[]> networks_;
  std::unique_ptr<Answer[]> answers_;
};

#endif

using AddressAnswersUse = InUse<AddressAnswers>;

}  // namespace nfstream::ndpi

#include "engine/dissect/ndpi/address_answers.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <sys/socket.h>

#if !NFSTREAM_NDPI_AT(5, 0)

namespace nfstream::ndpi {

namespace {

using Search = AddressAnswers::Node* (*)(AddressAnswers::Tree*, ndpi_prefix_t*);

Search own_search() {
  static const auto own = reinterpret_cast<Search>(dlsym(RTLD_NEXT, "ndpi_patricia_search_best"));
  return own;
}

// Marks the networks of 16 bits that a rule is for or in.
void add_rule(AddressAnswers::Node* node, void*, void* networks) {
  const ndpi_prefix_t& rule = *node->prefix;
  const uint32_t count = rule.bitlen < 16 ? 1u << (16 - rule.bitlen) : 1;
  const uint32_t first = ntohl(rule.add.sin.s_addr) >> 16 & ~(count - 1);  // what is behind a rule's bits may be anything
  for (uint32_t i = 0; i < count; i++) static_cast<std::bitset<1 << 16>*>(networks)->set(first + i);
}

}  // namespace

AddressAnswers::AddressAnswers() : networks_(new Networks[most_trees]), answers_(new Answer[size_t{1} << answer_bits]()) {}

bool AddressAnswers::may_have(Tree* tree, uint32_t address) {
  for (size_t i = 0; i < most_trees; i++) {
    Networks& networks = networks_[i];
    if (networks.tree == nullptr) {
      networks.tree = tree;
      ndpi_patricia_walk_tree_inorder(tree, add_rule, &networks.with_rules);
    }
    if (networks.tree == tree) return networks.with_rules[address >> 16];
  }
  return true;
}

AddressAnswers::Node* AddressAnswers::find(Tree* tree, ndpi_prefix_t* address) {
  if (address->family != AF_INET || address->bitlen != 32) return own_search()(tree, address);
  const uint32_t value = address->add.sin.s_addr;
  if (!may_have(tree, ntohl(value))) return nullptr;
  Answer& answer = answers_[(value * 2654435769u) >> (32 - answer_bits)];  // Fibonacci hashing
  if (answer.tree != tree || answer.address != value) answer = {tree, own_search()(tree, address), value};
  return answer.node;
}

}  // namespace nfstream::ndpi

extern "C" __attribute__((visibility("default"))) ndpi_patricia_node_t* ndpi_patricia_search_best(ndpi_patricia_tree_t* tree, ndpi_prefix_t* address) {
  nfstream::ndpi::AddressAnswers* rules = nfstream::ndpi::in_use<nfstream::ndpi::AddressAnswers>;
  return rules == nullptr ? nfstream::ndpi::own_search()(tree, address) : rules->find(tree, address);
}

#endif

#include "engine/dissect/ndpi/address_answers.h"

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

}  // namespace

AddressAnswers::AddressAnswers() : answers_(new Answer[size_t{1} << answer_bits]()) {}

AddressAnswers::Node* AddressAnswers::find(Tree* tree, ndpi_prefix_t* address) {
  if (address->family != AF_INET || address->bitlen != 32) return own_search()(tree, address);
  const uint32_t value = address->add.sin.s_addr;
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

#include "engine/dissect/ndpi/ndpi_memory.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "engine/dissect/ndpi/ndpi_compat.h"
#include "engine/dissect/ndpi/ndpi_dissector.h"
#include "engine/pages.h"

namespace nfstream::ndpi {

namespace {

// Before each block of the reserve stands its size.
constexpr size_t header = 16;
static_assert(header >= sizeof(size_t) && header % alignof(std::max_align_t) == 0, "a block is aligned as malloc's are");

// What malloc gives for 0 bytes differs between systems, and nullptr would be a failure.
void* take(size_t size) { return in_use<Memory> == nullptr ? std::malloc(std::max<size_t>(size, 1)) : in_use<Memory>->take(size); }

void* take_zeros(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return nullptr;
  void* block = take(count * size);
  return block == nullptr ? nullptr : std::memset(block, 0, count * size);
}

void* take_again(void* block, size_t size) { return in_use<Memory> == nullptr ? std::realloc(block, size) : in_use<Memory>->take_again(block, size); }

void give_back(void* block) {
  if (in_use<Memory> == nullptr) std::free(block);
  else in_use<Memory>->give_back(block);
}

// Names of loaded addons. They stay valid: Node.js closes none.
struct Addons {
  std::array<const char*, 256> names;
  size_t count = 0;
};

int add_addon(dl_phdr_info* object, size_t, void* addons) {
  constexpr std::string_view end = ".node";
  Addons& all = *static_cast<Addons*>(addons);
  const std::string_view name(object->dlpi_name == nullptr ? "" : object->dlpi_name);
  if (name.size() > end.size() && name.substr(name.size() - end.size()) == end && all.count < all.names.size()) all.names[all.count++] = object->dlpi_name;
  return 0;
}

// Of another version of this package, say, in the same process, with the same libndpi: its blocks are not of these pools.
bool another_copy_is_loaded() {
  Addons addons;
  dl_iterate_phdr(add_addon, &addons);  // which holds a lock that dlopen() wants
  return std::any_of(addons.names.begin(), addons.names.begin() + addons.count, [](const char* name) {
    void* addon = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
    if (addon == nullptr) return false;
    const void* abi = dlsym(addon, "nfstream_dissector_abi");
    dlclose(addon);
    return abi != nullptr && abi != reinterpret_cast<const void*>(&nfstream_dissector_abi);
  });
}

}  // namespace

Memory::Memory(size_t reserve) { set_reserve(reserve); }

Memory::~Memory() {
  unmap();
  if (blocks_ != 0) pool_.abandon();
}

void Memory::unmap() {
  if (reserve_ != nullptr) unmap_pages(reserve_, reserve_size_);
  reserve_ = nullptr;
  reserve_size_ = 0;
}

void Memory::set_reserve(size_t bytes) {
  check();
  unmap();
  void* addresses = map_pages(bytes);
  if (addresses == nullptr) throw std::bad_alloc();
  reserve_ = static_cast<uint8_t*>(addresses);
  reserve_size_ = bytes;
}

bool Memory::in_reserve(const void* block) const {
  const auto at = reinterpret_cast<uintptr_t>(block);
  const auto begin = reinterpret_cast<uintptr_t>(reserve_);
  return at >= begin && at < begin + reserve_size_;
}

// Nothing of the reserve is given back before the module is: the run is over.
void* Memory::take_from_reserve(size_t size) {
  failed_ = true;
  const size_t left = reserve_size_ - reserve_used_;
  if (left < header || size > left - header) return nullptr;
  uint8_t* block = reserve_ + reserve_used_ + header;
  std::memcpy(block - header, &size, sizeof size);
  reserve_used_ += header + std::min((size + header - 1) / header * header, left - header);
  return block;
}

void* Memory::find_room(size_t size) { return setting_up_ ? pool_.take(size) : std::malloc(std::max<size_t>(size, 1)); }

void* Memory::take(size_t size) {
  void* block = find_room(size);
  if (block == nullptr) block = take_from_reserve(size);
  if (block != nullptr) blocks_++;
  return block;
}

void* Memory::take_again(void* block, size_t size) {
  if (block == nullptr) return take(size);
  if (const size_t room = pool_.room(block); room > 0) {
    void* moved = find_room(size);
    if (moved == nullptr) moved = take_from_reserve(size);
    return moved == nullptr ? nullptr : std::memmove(moved, block, std::min(room, size));  // what follows the block is read as well, and may be where it goes
  }
  size_t old;
  if (in_reserve(block)) {
    std::memcpy(&old, static_cast<uint8_t*>(block) - header, sizeof old);
  } else {
    void* moved = std::realloc(block, size);
    if (moved != nullptr || size == 0) return moved;
    old = malloc_usable_size(block);
  }
  void* moved = take_from_reserve(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, std::min(old, size));
  if (!in_reserve(block)) std::free(block);
  return moved;
}

void Memory::give_back(void* block) {
  if (block == nullptr) return;
  blocks_--;
  if (!in_reserve(block) && pool_.room(block) == 0) std::free(block);
}

bool install_memory() {
  if (another_copy_is_loaded()) return false;
  set_memory_functions(take, give_back, take_zeros, take_again, 0);
  return true;
}

}  // namespace nfstream::ndpi

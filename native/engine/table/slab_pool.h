// Cells of one size, addressed by number. Memory comes from the system in slabs and goes back to it when a slab is empty, so that
// the program is small again after a burst. Some cells may have bytes in front of them, for what only some of their owners have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nfstream {

class SlabPool {
 public:
  static constexpr uint32_t none = 0xffffffff;

  // Slabs hold 2^slab_bits cells. `front` is the bytes before those cells that have them.
  SlabPool(size_t cell_size, unsigned slab_bits, size_t front = 0);
  ~SlabPool();
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;

  // A cell with undefined content, or `none` when the system has no memory.
  uint32_t allocate(bool with_front = false);
  void release(uint32_t cell);
  void* at(uint32_t cell) {
    const Slab& slab = slabs_[cell >> slab_bits_];
    return slab.cells + (cell & slab_mask_) * size_t{slab.step};
  }
  // Whether the cell was given out at some time, and its memory is there.
  bool has(uint32_t cell) const {
    const uint32_t slab = cell >> slab_bits_;
    return slab < slabs_.size() && slabs_[slab].cells != nullptr && (cell & slab_mask_) < slabs_[slab].fresh;
  }
  size_t live() const { return live_; }
  // Of cells that were given out since their slab was empty: others have no memory yet.
  size_t bytes_held() const { return held_; }

 private:
  struct Slab {
    uint8_t* cells = nullptr;  // behind the first one's front
    uint32_t step = 0;         // from one cell to the next
    bool has_front = false;
    uint32_t live = 0;
    uint32_t fresh = 0;              // cells from here on were never used, or not since the slab was empty
    uint32_t large_from = 0;         // when so many are used, the rest comes in large pages
    uint32_t first_free = none;      // list through the free cells
    uint32_t next_with_room = none;  // list through the slabs that have a free cell
    uint32_t previous_with_room = none;
  };

  bool add_slab(bool with_front);
  void free_slab(uint32_t slab);
  void empty(Slab& slab);
  uint8_t* begin_of(const Slab& slab) const { return slab.cells - (slab.has_front ? front_ : 0); }
  size_t size_of(const Slab& slab) const { return size_t{slab.step} << slab_bits_; }
  void link(uint32_t slab);
  void unlink(uint32_t slab);

  size_t cell_size_;
  unsigned slab_bits_;
  uint32_t slab_mask_;
  size_t front_;
  std::vector<Slab> slabs_;
  std::vector<uint32_t> unused_slabs_;  // entries of slabs_ without memory
  // Of cells without a front, and with one.
  uint32_t with_room_[2] = {none, none};
  uint32_t spare_[2] = {none, none};  // one empty slab is kept, so that a flow that comes and goes does not map and unmap
  size_t live_ = 0;
  size_t held_ = 0;
};

}  // namespace nfstream

#include "engine/capture/cache_window.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "engine/capture/descriptor.h"

using namespace nfstream;

namespace {

constexpr off_t step = off_t{1} << 18;
constexpr off_t size = 16 * step + 1000;

struct CachedFile {
  CachedFile() {
    char path[] = "/tmp/nfstream-test-XXXXXX";
    file = Descriptor(::mkstemp(path));
    REQUIRE(file.valid());
    ::unlink(path);
    const std::vector<char> bytes(size, 'x');
    REQUIRE(::write(file.get(), bytes.data(), bytes.size()) == size);
    REQUIRE(::fdatasync(file.get()) == 0);
    forget();
  }
  // Its pages leave the cache, where the file system has them elsewhere.
  void forget() const {
    REQUIRE(::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED) == 0);
    REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
  }
  void read_to(off_t to, CacheWindow* window) const {
    std::vector<char> bytes(60000);
    for (off_t at = ::lseek(file.get(), 0, SEEK_CUR); at < to;) {
      const ssize_t got = ::read(file.get(), bytes.data(), std::min<size_t>(bytes.size(), static_cast<size_t>(to - at)));
      REQUIRE(got > 0);
      at += got;
      if (window != nullptr) window->advance(static_cast<size_t>(got));
    }
  }
  off_t cached_bytes() const {
    void* memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    REQUIRE(memory != MAP_FAILED);
    std::vector<unsigned char> pages(static_cast<size_t>((size + 4095) / 4096));
    REQUIRE(::mincore(memory, size, pages.data()) == 0);
    ::munmap(memory, size);
    return 4096 * std::count_if(pages.begin(), pages.end(), [](unsigned char page) { return (page & 1) != 0; });
  }

  Descriptor file;
};

}  // namespace

TEST_CASE("a huge file that is read leaves the page cache as it was") {
  const CachedFile file;
  if (file.cached_bytes() > 0) {
    MESSAGE("not tried: the file system of /tmp is in memory");
    return;
  }
  {
    CacheWindow window(file.file.get(), size, step);
    for (off_t at = step; at < size; at += step) {
      file.read_to(at, &window);
      CHECK(file.cached_bytes() <= 4 * step);
    }
    file.read_to(size, &window);
  }
  CHECK(file.cached_bytes() == 0);

  // One that is given up leaves nothing, either.
  file.forget();
  {
    CacheWindow window(file.file.get(), size, step);
    file.read_to(3 * step + 100, &window);
  }
  CHECK(file.cached_bytes() <= step);

  // A smaller one stays.
  file.forget();
  {
    CacheWindow window(file.file.get(), size + 1, step);
    file.read_to(size, &window);
  }
  CHECK(file.cached_bytes() >= size);
}

TEST_CASE("what was in the cache before stays there") {
  const CachedFile file;
  if (file.cached_bytes() > 0) return;
  file.read_to(size, nullptr);
  REQUIRE(::lseek(file.file.get(), 0, SEEK_SET) == 0);
#ifdef RWF_NOWAIT
  char byte = 0;
  const iovec into{&byte, 1};
  if (::preadv2(file.file.get(), &into, 1, 0, RWF_NOWAIT) != 1) {
    MESSAGE("not tried: the file system of /tmp does not tell what is in the cache");
    return;
  }
#endif
  {
    CacheWindow window(file.file.get(), size, step);
    file.read_to(size, &window);
  }
#ifdef RWF_NOWAIT
  CHECK(file.cached_bytes() >= size);
#endif
}

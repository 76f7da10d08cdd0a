// Text that crosses between objects that may have been built with different C++ libraries, which do not agree on the layout of std::string_view.
#pragma once

#include <cstddef>
#include <string_view>

namespace nfstream {

struct TextView {
  const char* data = nullptr;
  size_t size = 0;

  constexpr TextView() = default;
  constexpr TextView(std::string_view text) : data(text.data()), size(text.size()) {}
  constexpr TextView(const char* text) : TextView(std::string_view(text)) {}  // NUL-terminated
  constexpr operator std::string_view() const { return {data, size}; }
  friend constexpr bool operator==(TextView text, std::string_view other) { return std::string_view(text) == other; }
};

}  // namespace nfstream

#include "engine/capture/byte_input.h"

#include <system_error>

namespace nfstream {

InputStatus ByteInput::fail_to_read(int error) {
  return fail("ERR_NFSTREAM_READ", "The operating system could not read the input: " + std::generic_category().message(error) + ".");
}

}  // namespace nfstream

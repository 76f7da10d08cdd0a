#include "engine/capture/byte_input.h"

#include <system_error>

namespace nfstream {

InputStatus ByteInput::fail_to_read(int error) {
  return fail("ERR_NFSTREAM_READ", "The input could not be read: " + std::generic_category().message(error) + ".");
}

}  // namespace nfstream

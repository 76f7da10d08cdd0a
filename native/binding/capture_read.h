// One read of a capture away from the JavaScript thread, as a promise.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/capture/capture_reader.h"
#include "engine/capture/pushed_input.h"

namespace nfstream {

// Shared with the read under way, so that it outlives a NativeCapture that is collected meanwhile.
struct Capture {
  Capture(std::unique_ptr<ByteInput> source, CaptureOptions options)
      : input(source.get()), reader(std::move(source), std::move(options)) {}

  ByteInput* input;  // the reader's: cancelled from the JavaScript thread
  PushedInput* pushed = nullptr;
  bool busy = false;
  CaptureReader reader;
};

// For inputs that never wait long: runs in libuv's pool.
Napi::Promise read_in_pool(std::shared_ptr<Capture> capture, Napi::ArrayBuffer memory, const PacketSlab& slab);
// For inputs that may be silent for ever: runs on a thread of its own, which the end of the environment wakes and joins.
Napi::Promise read_on_thread(std::shared_ptr<Capture> capture, Napi::ArrayBuffer memory, const PacketSlab& slab);

}  // namespace nfstream

// One read of a capture away from the JavaScript thread, as a promise.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/capture/capture_reader.h"
#include "engine/capture/follow_input.h"
#include "engine/capture/pushed_input.h"

namespace nfstream {

// Shared with the read under way, so that it outlives a NativeCapture that is collected meanwhile.
struct Capture {
  Capture(std::unique_ptr<ByteInput> source, const CaptureOptions& options) : input(source.get()), reader(std::move(source), options) {}

  ByteInput* input;  // the reader's: cancelled from the JavaScript thread
  PushedInput* pushed = nullptr;
  FollowInput* followed = nullptr;
  bool busy = false;
  CaptureReader reader;
};

// A slab in JavaScript's memory: packet bytes, then `beside` bytes for each record, then the records.
PacketSlab slab_of(Napi::ArrayBuffer memory, size_t record_capacity, size_t beside);

// As typings/native.d.ts has them.
Napi::Object damage_object(Napi::Env env, const Damage& damage);
Napi::Object counters_object(Napi::Env env, const CaptureCounters& counters);
Napi::Object notes_object(Napi::Env env, const CaptureNotes::Taken& notes);

// For inputs that never wait long: runs in libuv's pool.
Napi::Promise read_in_pool(std::shared_ptr<Capture> capture, Napi::ArrayBuffer memory, const PacketSlab& slab);
// For inputs that may be silent for ever: runs on a thread of its own, which the end of the environment wakes and joins.
Napi::Promise read_on_thread(std::shared_ptr<Capture> capture, Napi::ArrayBuffer memory, const PacketSlab& slab);

}  // namespace nfstream

// Packet batches as JavaScript gives them.
#pragma once

#include <napi.h>

#include <vector>

#include "engine/packet.h"

namespace nfstream {

// Throws ERR_NFSTREAM_BATCH_TYPE where records cannot be read in place.
void require_aligned(Napi::Env env, const Napi::Uint8Array& records);

// A view of a batch. `source`: the name of its capture, or the origins of merged packets. What keeps the memory, while it is read, is added to `memory`.
PacketBatchView view_of(const Napi::Uint8Array& data, const Napi::Uint8Array& records, const Napi::Value& source, std::vector<Napi::ObjectReference>& memory);

}  // namespace nfstream

#include "binding/compress_binding.h"

#include <algorithm>
#include <string>
#include <vector>

#include "binding/flow_error.h"
#include "engine/compress/block.h"

namespace nfstream {

namespace {

class Compression : public Napi::AsyncWorker {
 public:
  Compression(Napi::Env env, BlockCodec codec) : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), codec_(codec) {}

  // The memory of a block must stay while a worker reads it.
  void add(Napi::Uint8Array block) {
    blocks_.push_back({block.Data(), block.ByteLength()});
    memory_.push_back(Napi::Persistent(block.As<Napi::Object>()));
  }
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    for (const Block& block : blocks_) {
      // A vector of the size that came out: the bound of a batch's blocks together is more than they are.
      std::vector<uint8_t> out;
      if (block.size > 0) {
        out.resize(compressed_bound(codec_, block.size));
        out.resize(compress_block(codec_, block.data, block.size, out.data(), out.size()));
        if (out.empty()) return SetError("There is no memory left to compress the output.");
        out.shrink_to_fit();
      }
      compressed_.push_back(std::move(out));
    }
  }

  void OnOK() override {
    Napi::Array result = Napi::Array::New(Env(), compressed_.size());
    for (uint32_t i = 0; i < compressed_.size(); i++) {
      Napi::Uint8Array bytes = Napi::Uint8Array::New(Env(), compressed_[i].size());
      std::copy(compressed_[i].begin(), compressed_[i].end(), bytes.Data());
      result.Set(i, bytes);
    }
    deferred_.Resolve(result);
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(coded_error(Env(), "ERR_NFSTREAM_MEMORY", error.Message()).Value()); }

 private:
  struct Block {
    const uint8_t* data;
    size_t size;
  };

  Napi::Promise::Deferred deferred_;
  BlockCodec codec_;
  std::vector<Block> blocks_;
  std::vector<std::vector<uint8_t>> compressed_;
  std::vector<Napi::ObjectReference> memory_;
};

}  // namespace

Napi::Value compress_blocks(const Napi::CallbackInfo& info) {
  const std::string codec = info[0].As<Napi::String>();
  const Napi::Array blocks = info[1].As<Napi::Array>();
  auto* work = new Compression(info.Env(), codec == "zstd" ? BlockCodec::zstd : BlockCodec::lz4);
  for (uint32_t i = 0; i < blocks.Length(); i++) work->add(blocks.Get(i).As<Napi::Uint8Array>());
  const Napi::Promise promise = work->promise();
  work->Queue();
  return promise;
}

Napi::Value decompress_block(const Napi::CallbackInfo& info) {
  const std::string codec = info[0].As<Napi::String>();
  const Napi::Uint8Array block = info[1].As<Napi::Uint8Array>();
  const auto most = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  std::vector<uint8_t> out;
  if (!decompress_block(codec == "zstd" ? BlockCodec::zstd : BlockCodec::lz4, block.Data(), block.ByteLength(), most, out)) {
    throw coded_error(info.Env(), "ERR_NFSTREAM_COMPRESSION", "A compressed block cannot be decompressed.");
  }
  Napi::Uint8Array bytes = Napi::Uint8Array::New(info.Env(), out.size());
  std::copy(out.begin(), out.end(), bytes.Data());
  return bytes;
}

}  // namespace nfstream

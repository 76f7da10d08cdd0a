#include <zstd.h>

#include "engine/capture/decompression.h"

namespace nfstream {

namespace {

// A file of one or more zstd frames.
class ZstdDecoder : public Decoder {
 public:
  ZstdDecoder() : stream_(::ZSTD_createDStream()) {}
  ~ZstdDecoder() override { ::ZSTD_freeDStream(stream_); }

  bool decode(const uint8_t*& from, const uint8_t* from_end, uint8_t*& to, uint8_t* to_end) override {
    if (stream_ == nullptr) error_ = "there is no memory to read them";
    if (!error_.empty()) return false;
    ZSTD_inBuffer in{from, static_cast<size_t>(from_end - from), 0};
    ZSTD_outBuffer out{to, static_cast<size_t>(to_end - to), 0};
    // A full output may have left bytes inside the stream; without that, a call without input counts as an error after a while.
    while (out.pos < out.size && (in.pos < in.size || output_was_full_)) {
      const size_t result = ::ZSTD_decompressStream(stream_, &out, &in);
      if (::ZSTD_isError(result)) {
        error_ = ::ZSTD_getErrorName(result);
        break;
      }
      between_frames_ = result == 0;
      output_was_full_ = out.pos == out.size;
    }
    from += in.pos;
    to += out.pos;
    return error_.empty();
  }
  bool complete() const override { return between_frames_; }
  const char* name() const override { return "zstd"; }

 private:
  ZSTD_DStream* stream_;
  bool between_frames_ = false;
  bool output_was_full_ = false;
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder() { return std::make_unique<ZstdDecoder>(); }

}  // namespace nfstream

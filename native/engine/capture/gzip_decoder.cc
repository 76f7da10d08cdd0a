#include <zlib.h>

#include <algorithm>

#include "engine/capture/decompression.h"

namespace nfstream {

namespace {

// A file of one or more gzip members.
class GzipDecoder : public Decoder {
 public:
  GzipDecoder() { ready_ = ::inflateInit2(&stream_, 15 + 16) == Z_OK; }
  ~GzipDecoder() override { ::inflateEnd(&stream_); }

  bool decode(const uint8_t*& from, const uint8_t* from_end, uint8_t*& to, uint8_t* to_end) override {
    if (!ready_) return refuse("there is no memory to read them");
    if (!error_.empty()) return false;
    while (to < to_end) {
      if (between_members_) {
        // Tapes and some tools pad with zeros.
        while (from < from_end && *from == 0) from++;
        if (from == from_end) return true;
        if (*from != 0x1f) return refuse("something that is not gzip follows them");
        ::inflateReset(&stream_);
        between_members_ = false;
      }
      stream_.next_in = const_cast<uint8_t*>(from);
      stream_.avail_in = static_cast<uInt>(from_end - from);
      stream_.next_out = to;
      stream_.avail_out = static_cast<uInt>(std::min<size_t>(static_cast<size_t>(to_end - to), 1u << 30));
      const int result = ::inflate(&stream_, Z_NO_FLUSH);
      const bool progress = stream_.next_in != from || stream_.next_out != to;
      from = stream_.next_in;
      to = stream_.next_out;
      if (result == Z_STREAM_END) between_members_ = true;
      else if (result == Z_BUF_ERROR || (result == Z_OK && !progress)) return true;
      else if (result != Z_OK) return refuse(stream_.msg != nullptr ? stream_.msg : ::zError(result));
    }
    return true;
  }
  bool complete() const override { return between_members_; }
  const char* name() const override { return "gzip"; }

 private:
  bool refuse(const char* why) {
    error_ = why;
    return false;
  }

  z_stream stream_{};
  bool ready_ = false;
  bool between_members_ = false;
};

}  // namespace

std::unique_ptr<Decoder> make_gzip_decoder() { return std::make_unique<GzipDecoder>(); }

}  // namespace nfstream

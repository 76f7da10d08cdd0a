// Between an input and the reader: gzip and zstd, known by the first bytes, become what they hold; anything else passes unchanged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/capture/byte_input.h"

namespace nfstream {

// One compressed format. `from` and `to` are moved past what was taken and written.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // False when the data are damaged; then error() says why.
  virtual bool decode(const uint8_t*& from, const uint8_t* from_end, uint8_t*& to, uint8_t* to_end) = 0;
  // Whether the data may end here.
  virtual bool complete() const = 0;
  virtual const char* name() const = 0;
  const std::string& error() const { return error_; }

 protected:
  std::string error_;
};

std::unique_ptr<Decoder> make_gzip_decoder();
std::unique_ptr<Decoder> make_zstd_decoder();

class Decompression : public ByteInput {
 public:
  explicit Decompression(std::unique_ptr<ByteInput> input) : input_(std::move(input)) {}
  InputStatus read(uint8_t* to, size_t size, int wait_ms, size_t& got) override;
  void cancel() override { input_->cancel(); }
  bool live() const override { return input_->live(); }

  // Bytes taken from the input.
  uint64_t bytes_in() const { return bytes_in_; }
  bool compressed() const { return decoder_ != nullptr; }

 private:
  InputStatus take(uint8_t* to, size_t size, int wait_ms, size_t& got);
  InputStatus recognise(int wait_ms);
  InputStatus decode(uint8_t* to, size_t size, int wait_ms, size_t& got);

  std::unique_ptr<ByteInput> input_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<uint8_t> buffer_;  // compressed bytes; for other captures only their first bytes
  size_t begin_ = 0;
  size_t end_ = 0;
  bool recognised_ = false;
  bool input_ended_ = false;
  uint64_t bytes_in_ = 0;
};

}  // namespace nfstream

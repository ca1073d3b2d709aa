// Plaintext in, sealed object out: frames are compressed and sealed on `sealing.threads` threads
// and leave in order through `sink`, which is only ever called from the thread that calls write().
// Memory: at most (threads + 2) frames in flight, whatever the object's size.
#pragma once

#include <memory>

#include "common/bytes/sealed_object.h"

namespace walden {

class SealedWriter final : public ByteSink {
 public:
  // Writes the header at once. `sink` must outlive the writer.
  [[nodiscard]] static Result<std::unique_ptr<SealedWriter>> create(const Sealing& sealing,
                                                                    const ObjectIdentity& identity,
                                                                    ByteSink& sink);
  ~SealedWriter() override;

  [[nodiscard]] Result<> write(ByteView plaintext) override;

  // Ends the frame being filled, so that what follows starts a frame of its own. Nothing if empty.
  [[nodiscard]] Result<> end_frame();

  // Where the next byte written will be: its frame, and its offset in that frame's plaintext. With
  // a full frame this is {next frame, 0}.
  struct Position {
    std::uint32_t frame = 0;
    std::uint32_t offset = 0;
  };
  [[nodiscard]] Position position() const;

  // Bytes handed to the sink so far; lags behind by the frames in flight.
  [[nodiscard]] std::uint64_t stored_so_far() const;

  // Footer and tail. Nothing may be written afterwards. The sink itself is not committed.
  [[nodiscard]] Result<SealedSummary> finish();

 private:
  struct State;
  explicit SealedWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace walden

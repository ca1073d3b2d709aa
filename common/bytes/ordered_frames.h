// The pipeline of an object's frames: worked on by several threads, delivered in order.
//
//   next() -> fill job.in -> submit()      worker threads: run()      next(), drain() -> deliver
//
// All is called from one thread, which is also the only one that delivers: it never shares a sink.
// Threads start with the second frame, so that a small object costs none; with `threads` 1, or
// where no thread can be started, frames are worked on by the caller. At most threads + 2 jobs
// exist; they and their buffers are used again. After an error only destruction is left, which ends
// all threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/bytes/bytes.h"

namespace walden {

struct FrameJob {
  std::uint32_t index = 0;
  Buffer in;
  Buffer out;  // never shrinks: what counts is out_size
  std::size_t out_size = 0;
  Result<> result;
  bool done = false;
};

class FrameWorker {
 public:
  virtual ~FrameWorker() = default;
  // job.in to job.out.
  [[nodiscard]] virtual Result<> run(FrameJob& job) = 0;
};

class OrderedFrames {
 public:
  using MakeWorker = std::function<Result<std::unique_ptr<FrameWorker>>()>;  // on each thread
  using Deliver = std::function<Result<>(const FrameJob& job)>;

  OrderedFrames(unsigned threads, MakeWorker make_worker, Deliver deliver);
  OrderedFrames(const OrderedFrames&) = delete;
  OrderedFrames& operator=(const OrderedFrames&) = delete;
  ~OrderedFrames();

  // A job to fill, its `in` empty. Delivers what is ready, waits where too much is in flight.
  [[nodiscard]] Result<FrameJob*> next();

  // job.in must not be written any more; it may be read until the next call of next() or drain().
  void submit(FrameJob* job);

  [[nodiscard]] Result<> drain();  // delivers all that was submitted

 private:
  [[nodiscard]] Result<> deliver_front();
  [[nodiscard]] bool front_is_done();
  void wait_for_front();
  void run_front_here();
  void start_threads();
  void work();
  [[nodiscard]] FrameJob* take();

  std::size_t threads_wanted_;  // 0: the caller works
  MakeWorker make_worker_;
  Deliver deliver_;
  std::vector<std::unique_ptr<FrameJob>> jobs_;
  std::vector<FrameJob*> spare_;
  std::deque<FrameJob*> in_flight_;  // in order, the caller's
  std::unique_ptr<FrameWorker> own_worker_;

  std::mutex mutex_;               // guards what follows, and FrameJob::done
  std::deque<FrameJob*> waiting_;  // submitted, not taken yet
  bool stopping_ = false;
  std::condition_variable submitted_;
  std::condition_variable finished_;
  std::vector<std::thread> threads_;  // the caller's
};

}  // namespace walden

#include "common/bytes/ordered_frames.h"

#include <algorithm>
#include <exception>
#include <system_error>

namespace walden {
namespace {

// Libraries throw where memory is short; a thread that let it pass would end the program.
Result<> run_safely(const OrderedFrames::MakeWorker& make, std::unique_ptr<FrameWorker>& worker,
                    FrameJob& job) {
  try {
    if (!worker) worker = TRY(make());
    return worker->run(job);
  } catch (const std::exception& error) {
    return fail(ErrorKind::local_io, std::string("cannot work on a frame: ") + error.what());
  }
}

}  // namespace

OrderedFrames::OrderedFrames(unsigned threads, MakeWorker make_worker, Deliver deliver)
    : threads_wanted_(threads > 1 ? threads : 0),
      make_worker_(std::move(make_worker)),
      deliver_(std::move(deliver)) {}

OrderedFrames::~OrderedFrames() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  submitted_.notify_all();
  for (auto& thread : threads_) thread.join();
}

Result<FrameJob*> OrderedFrames::next() {
  const std::size_t most = threads_wanted_ == 0 ? 0 : threads_wanted_ + 1;
  while (!in_flight_.empty() && (in_flight_.size() > most || front_is_done())) {
    TRY(deliver_front());
  }
  if (spare_.empty()) {
    spare_.push_back(jobs_.emplace_back(std::make_unique<FrameJob>()).get());
  }
  FrameJob* job = spare_.back();
  spare_.pop_back();
  job->in.clear();
  job->done = false;
  return job;
}

void OrderedFrames::submit(FrameJob* job) {
  in_flight_.push_back(job);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(job);
  }
  submitted_.notify_one();
  if (in_flight_.size() > 1) start_threads();
}

Result<> OrderedFrames::drain() {
  while (!in_flight_.empty()) TRY(deliver_front());
  return {};
}

Result<> OrderedFrames::deliver_front() {
  FrameJob* job = in_flight_.front();
  if (threads_.empty()) {
    run_front_here();
  } else {
    wait_for_front();
  }
  TRY(job->result);
  TRY(deliver_(*job));
  in_flight_.pop_front();
  spare_.push_back(job);
  return {};
}

bool OrderedFrames::front_is_done() {
  const std::lock_guard lock(mutex_);
  return in_flight_.front()->done;
}

void OrderedFrames::wait_for_front() {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return in_flight_.front()->done; });
}

// Without threads nobody else takes jobs: the oldest in flight is the first that waits.
void OrderedFrames::run_front_here() {
  FrameJob* job = take();
  job->result = run_safely(make_worker_, own_worker_, *job);
}

void OrderedFrames::start_threads() {
  try {
    threads_.reserve(threads_wanted_);
    while (threads_.size() < std::min(threads_wanted_, in_flight_.size())) {
      threads_.emplace_back([this] { work(); });
    }
  } catch (const std::system_error&) {
    // A limit on processes makes it slower, not impossible.
    threads_wanted_ = threads_.size();
  }
}

FrameJob* OrderedFrames::take() {
  std::unique_lock lock(mutex_);
  submitted_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  if (stopping_) return nullptr;
  FrameJob* job = waiting_.front();
  waiting_.pop_front();
  return job;
}

void OrderedFrames::work() {
  std::unique_ptr<FrameWorker> worker;
  while (FrameJob* job = take()) {
    job->result = run_safely(make_worker_, worker, *job);
    {
      const std::lock_guard lock(mutex_);
      job->done = true;
    }
    finished_.notify_one();
  }
}

}  // namespace walden

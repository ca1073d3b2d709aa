// wal-fetch as a worker: answers calls, and fetches ahead.
#pragma once

#include "common/worker/worker_server.h"
#include "wal-fetch-worker/fetch_ahead.h"
#include "wal-fetch-worker/fetch_file.h"
#include "wal-fetch-worker/policy.h"
#include "wal-fetch-worker/ready_contents.h"

namespace walden {

class FetchService final : public CallHandler {
 public:
  // `data_directory`: absolute; the paths in requests are below it.
  [[nodiscard]] static Result<std::unique_ptr<FetchService>> create(
      const Configuration& configuration, std::filesystem::path data_directory, Notes& notes);

  [[nodiscard]] CallAnswer answer(const CallRequest& request, const Say& say) override;
  void after(const CallAnswer& answer) override;
  [[nodiscard]] bool is_needed() override;

 private:
  FetchService(Configuration configuration, Source source, PrefetchArea area,
               std::filesystem::path data_directory);

  [[nodiscard]] Result<std::filesystem::path> fetch(const WalName& name, const FetchPolicy& policy,
                                                    const Say& say);
  [[nodiscard]] Result<std::uint64_t> fetch_patiently(const WalName& name,
                                                      const FetchPolicy& policy, const Say& say);
  [[nodiscard]] Result<std::uint64_t> fetch_once(const WalName& name, unsigned threads);
  [[nodiscard]] Result<> learn_history(const WalName& name);
  [[nodiscard]] CallAnswer answer_to(const Error& error, const WalName& name,
                                     const FetchPolicy& policy);

  const Configuration configuration_;
  const Source source_;
  const PrefetchArea area_;
  const std::filesystem::path data_directory_;
  std::atomic<bool> refused_ = false;
  ReadyContents ready_;
  FetchAhead ahead_;  // the last: its threads use all of the above
};

}  // namespace walden

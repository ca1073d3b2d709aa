#include "wal-fetch-worker/fetch_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "common/bytes/files.h"
#include "common/bytes/new_file.h"
#include "common/call/called_program.h"
#include "common/program/report.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxHistorySize = 1U << 20U;

bool ends_patience(const Error& error) {
  return is_answer(error) || is_for_the_caller(error);
}

}  // namespace

Result<std::unique_ptr<FetchService>> FetchService::create(const Configuration& configuration,
                                                           fs::path data_directory, Notes& notes) {
  const WalName any{.kind = WalFileKind::segment, .timeline = 1};
  const FetchPolicy policy =
      policy_for(configuration, any, data_directory / "pg_wal" / any.to_text());
  Source source =
      TRY(open_source(configuration, policy.deadline, [&notes](const std::string& text) {
        notes.add(line_text(kWalFetch.name, text));
      }));
  PrefetchArea area = TRY(PrefetchArea::create(data_directory));
  return std::unique_ptr<FetchService>(new FetchService(
      configuration, std::move(source), std::move(area), std::move(data_directory)));
}

FetchService::FetchService(Configuration configuration, Source source, PrefetchArea area,
                           fs::path data_directory)
    : configuration_(std::move(configuration)),
      source_(std::move(source)),
      area_(std::move(area)),
      data_directory_(std::move(data_directory)),
      ahead_(area_, [this](const WalName& name) { return fetch_once(name, 1); }, {}) {}

bool FetchService::is_needed() {
  return !refused_ && is_in_recovery(data_directory_);
}

CallAnswer FetchService::answer(const CallRequest& request, const Say& say) {
  const auto name = WalName::parse(request.name);
  if (!name) return {.kind = CallAnswer::Kind::leave};
  const FetchPolicy policy = policy_for(configuration_, *name, data_directory_ / request.path);
  const auto file = fetch(*name, policy, say);
  if (!file) return answer_to(file.error(), *name, policy);
  return {.kind = CallAnswer::Kind::done, .exit_code = kFetchDelivered, .file = file->native()};
}

void FetchService::after(const CallAnswer& answer) {
  if (answer.file.empty()) return;
  const fs::path file = answer.file;
  if (const auto name = WalName::parse(file.filename().native());
      name && name->kind == WalFileKind::segment) {
    ahead_.let_go(*name);
    return;
  }
  std::error_code gone;  // taken, as it should be
  fs::remove(file, gone);
}

Result<fs::path> FetchService::fetch(const WalName& name, const FetchPolicy& policy,
                                     const Say& say) {
  // The time that goes by in waiting for one that is fetched ahead counts.
  const auto begun = std::chrono::steady_clock::now();
  const auto patiently = [&](const WalName& wanted) {
    FetchPolicy rest = policy;
    rest.deadline -=
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
    return fetch_patiently(wanted, rest, say);
  };
  if (name.kind == WalFileKind::segment) {
    bool fresh = false;
    const auto now = [&](const WalName& wanted) {
      fresh = true;
      return patiently(wanted);
    };
    const auto file =
        TRY(ahead_.demand(name, std::max(policy.deadline / 2, std::chrono::seconds(1)), now));
    if (fresh || !ready_.is_damaged(file)) return file;
    say(line_text(kWalFetch.name, fmt::format("{} has changed since it was fetched ahead, and is "
                                              "fetched anew: see to the disk of {}",
                                              name.to_text(), file.parent_path().native())));
    TRY(patiently(name));
    return file;
  }
  TRY(patiently(name));
  if (name.kind == WalFileKind::timeline_history) TRY(learn_history(name));
  return area_.path_of(name.to_text());
}

Result<std::uint64_t> FetchService::fetch_patiently(const WalName& name, const FetchPolicy& policy,
                                                    const Say& say) {
  std::uint64_t size = 0;
  const auto attempt = [&]() -> Result<> {
    size = TRY(fetch_once(name, source_.opening.threads));
    return {};
  };
  const auto tell = [&](const std::string& text) { say(line_text(kWalFetch.name, text)); };
  TRY(try_patiently(attempt, patience_of(policy, tell), ends_patience));
  return size;
}

Result<std::uint64_t> FetchService::fetch_once(const WalName& name, unsigned threads) {
  NewFile file = TRY(NewFile::create(area_.path_of(name.to_text())));
  ContentTap tap(file);
  const SealedSummary summary = TRY(fetch_into(source_, {name, data_directory_, threads}, tap));
  TRY(file.rename_into_place(false));
  if (name.kind == WalFileKind::segment) {
    ready_.note(area_.path_of(name.to_text()), tap.content());
  }
  return summary.plaintext_size;
}

Result<> FetchService::learn_history(const WalName& name) {
  const Buffer content = TRY(read_file(area_.path_of(name.to_text()), kMaxHistorySize));
  // One that is not understood delivers all the same: it only says where to go on ahead.
  if (auto history = TimelineHistory::parse(name.timeline, text_of(content))) {
    ahead_.learn(std::move(*history));
  }
  return {};
}

CallAnswer FetchService::answer_to(const Error& error, const WalName& name,
                                   const FetchPolicy& policy) {
  if (is_for_the_caller(error)) {
    refused_ = true;
    return {.kind = CallAnswer::Kind::leave};
  }
  CallAnswer answer{.kind = CallAnswer::Kind::done, .exit_code = kFetchAbsent};
  if (error.kind == ErrorKind::absent) return answer;
  answer.exit_code = static_cast<std::uint8_t>(policy.exit_code_of_doubt);
  answer.text = report_text(kWalFetch.name, with_remedy(error, name), policy.effect_of_doubt);
  return answer;
}

}  // namespace walden

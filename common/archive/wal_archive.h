// The WAL of one cluster in one store: the two operations PostgreSQL asks for, and what backups
// need to know of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "common/archive/cluster_marker.h"
#include "common/archive/object_names.h"
#include "common/postgres/timeline_history.h"
#include "common/store/store.h"

namespace walden {

class WalArchive {
 public:
  // `store` must outlive the archive.
  WalArchive(Store& store, ObjectNames names) : store_(store), names_(std::move(names)) {}

  [[nodiscard]] const ObjectNames& names() const { return names_; }

  // Seals the file at `path` under `name`. `stored` when this call put it there, `already` when the
  // very same content was there before; no key that opens objects is needed to tell. Other content
  // under the name: ErrorKind::exists, naming both content ids. A damaged object under the name:
  // ErrorKind::corrupt. The file must have been checked (inspect_wal_file), and one that changes
  // while it is read is refused.
  enum class Pushed { stored, already };
  // Told when the object is complete and only the store's acknowledgement is missing, with its
  // size.
  using Sealed = std::function<void(std::uint64_t stored_size)>;
  [[nodiscard]] Result<Pushed> push(const std::filesystem::path& path, const WalName& name,
                                    const Sealing& sealing, const Sealed& sealed = {});

  // The same for a timeline's history that is no file here. Content that is no history of that
  // timeline is ErrorKind::corrupt, and not stored.
  [[nodiscard]] Result<Pushed> push_history(Timeline timeline, ByteView content,
                                            const Sealing& sealing);

  // Streams the verified plaintext into `sink`; for segments the page header is checked against the
  // name and system identifier as well. Only a success means that all of it was right. A name that
  // is not there is ErrorKind::absent only if the cluster's marker was read from the same place and
  // the name was still not there after that.
  [[nodiscard]] Result<SealedSummary> fetch(const WalName& name, const Opening& opening,
                                            ByteSink& sink);

  [[nodiscard]] Result<bool> has(const WalName& name);

  // The timelines whose history is in the archive, by listing, ascending. None of it is read.
  [[nodiscard]] Result<std::vector<Timeline>> timelines_with_history();
  // Timeline 1 has no file; for another, a missing file is ErrorKind::absent.
  [[nodiscard]] Result<TimelineHistory> history(Timeline timeline, const Opening& opening);

  // Which segments are there, along `history`, from `first` on: the unbroken run, and the holes
  // after it.
  struct Coverage {
    struct Hole {
      WalName first;
      WalName last;
      std::uint64_t count = 0;
    };
    std::optional<WalName> newest;  // the newest segment present at or after `first`
    std::uint64_t present = 0;
    std::vector<Hole> holes;           // between `first` and `newest`, in order
    std::int64_t newest_modified = 0;  // when the newest was stored, seconds since 1970
  };
  [[nodiscard]] Result<Coverage> coverage(const TimelineHistory& history, SegmentNumber first,
                                          std::uint32_t segment_size);

 private:
  using Source = std::function<Result<>(ByteSink& sink)>;  // can be read twice

  [[nodiscard]] Result<Pushed> push_from(const Source& source, std::string_view object,
                                         const Sealing& sealing, const Sealed& sealed);
  [[nodiscard]] Result<> upload(const Source& source, std::string_view object,
                                const Sealing& sealing, const Sealed& sealed);
  [[nodiscard]] Result<Pushed> compare(const Source& source, std::string_view object);
  [[nodiscard]] Result<Digest> stored_content_id(std::string_view object);
  [[nodiscard]] Result<SealedSummary> read(const WalName& name, const Opening& opening,
                                           ByteSink& sink);
  [[nodiscard]] Result<> confirm_absence(std::string_view object);
  [[nodiscard]] Result<> check_system(const ClusterMarker& marker);

  Store& store_;
  ObjectNames names_;
};

// What wal-push looks at before anything is stored: for segments and .partial the page header
// against name and size; for .history that it parses; for .backup that it is
// not empty. Returns the segment's system identifier for segments. ErrorKind::corrupt names what
// differs.
struct WalFileFacts {
  std::uint64_t size = 0;
  std::optional<std::uint64_t> system_identifier;  // of segments and .partial
};
[[nodiscard]] Result<WalFileFacts> inspect_wal_file(const std::filesystem::path& path,
                                                    const WalName& name);

}  // namespace walden

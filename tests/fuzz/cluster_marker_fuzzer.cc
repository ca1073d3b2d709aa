// cluster.json, on which rests that absence is believed; and the names of objects.
//
// input: the marker
#include "common/archive/cluster_marker.h"
#include "common/archive/object_names.h"
#include "tests/fuzz/fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace walden;
  using testing::must;
  const std::string_view text = text_of({data, size});
  (void)check_cluster_name(text);
  (void)backup_id_of_manifest(text);
  const auto marker = ClusterMarker::parse(text, "orders");
  if (!marker) return 0;
  must(marker->cluster == "orders", "it is the marker of this cluster");
  must(marker->system_identifier != 0, "it is of some system");
  const auto again = ClusterMarker::parse(marker->to_json(), "orders");
  must(again && again->system_identifier == marker->system_identifier &&
           again->created == marker->created,
       "it comes back as it was written");
  return 0;
}

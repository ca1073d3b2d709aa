#include "common/archive/list_until.h"

namespace walden {

Result<> list_until(Store& store, const ListRequest& request,
                    const std::function<Result<bool>(const ObjectEntry&)>& visit) {
  bool ended = false;
  auto listed = store.list(request, [&](const ObjectEntry& entry) -> Result<> {
    ended = !TRY(visit(entry));
    if (ended) return fail(ErrorKind::usage, "the listing was ended by its visitor");
    return {};
  });
  return ended ? Result<>{} : listed;
}

}  // namespace walden

#include "basebackup/context.h"

#include "common/store/open_store.h"

namespace walden {

Result<Context> open_context(const ConfigurationOptions& options) {
  Context context;
  context.configuration = TRY(options.load());
  context.store = TRY(open_store(context.configuration.store));
  context.marker = TRY(read_marker(*context.store, context.configuration.cluster));
  return context;
}

}  // namespace walden

#include "basebackup/context.h"

#include "common/program/configured_store.h"

namespace walden {

Result<Context> open_context(const ConfigurationOptions& options) {
  Context context;
  context.configuration = TRY(options.load());
  context.store = TRY(open_configured_store(context.configuration, kStorePatience));
  context.marker = TRY(read_marker(*context.store, context.configuration.cluster));
  return context;
}

}  // namespace walden

// Where this host remembers what spares work or repetition: frames that are stored already, alerts
// that were sent. Nothing that a restore needs: it may be lost at any time.
#pragma once

#include <filesystem>

#include "common/program/configuration.h"

namespace walden {

// The folder for the configuration's cluster, made if need be with mode 0700: below
// `state_directory` if it is set, else /var/lib/walden if it is there and this user may write to
// it, else $XDG_STATE_HOME/walden or ~/.local/state/walden. What root makes belongs to the owner of
// the folder above, who is to go on with it.
// ErrorKind::local_io or denied when there is no such place.
[[nodiscard]] Result<std::filesystem::path> state_directory(const Configuration& configuration);

}  // namespace walden

// What CLI11 says, said as everything else: errors as report.h has them, help without blank holes.
#pragma once

namespace CLI {
class App;
}

namespace walden {

// For the program itself, before it gets its subcommands, which inherit it. A word that should have
// been one is named, with the commands that exist.
void speak_plainly(CLI::App& app);

}  // namespace walden

// What a command line asks, and of which worker: front end and worker must see it alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/call/called_program.h"
#include "common/call/message.h"
#include "common/call/worker_address.h"

namespace walden {

struct CommandLine {
  std::vector<std::string> options;    // "--config", "/etc/x.toml", as they were given
  std::vector<std::string> arguments;  // what stands by itself: PATH and NAME
};

// An option takes the word behind it, unless it has its value after '='; behind "--" there are
// arguments only. Nothing for a line that asks for help or a version, or that ends in the middle of
// an option: that is for the program that knows its options.
[[nodiscard]] std::optional<CommandLine> split_command_line(int argc, const char* const* argv);

// `--worker off` or WALDEN_WORKER=off. The configuration file may say it as well: then no worker is
// started.
[[nodiscard]] bool asks_for_no_worker(const CommandLine& line);

// Tells one file from every other that is there, whatever their names; empty for none.
[[nodiscard]] std::string file_number(const std::string& path);

// Everything that could change an answer: the worker's program, by its file_number(), so that an
// older one in another folder is not asked; the directory and what is mounted there, the options,
// and those variables that settings or credentials are read from. Callers that are alike share a
// worker. Nothing when the current directory is gone.
[[nodiscard]] std::optional<std::string> caller_identity(std::string_view worker,
                                                         const CommandLine& line);

struct WorkerCall {
  CallRequest request;
  WorkerAddress address;
};

// Nothing where no worker is to be asked: none is wanted, or the path is not "pg_wal/NAME", which
// is how PostgreSQL names a file, running its commands in the data directory. A path of any other
// form comes from a person or from pg_rewind.
[[nodiscard]] std::optional<WorkerCall> worker_call(const CalledProgram& program,
                                                    std::string_view worker, int argc,
                                                    const char* const* argv);

}  // namespace walden

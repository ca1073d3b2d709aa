#include "tests/support/temporary_directory.h"

#include <cstdlib>
#include <system_error>

namespace walden::testing {

TemporaryDirectory::TemporaryDirectory() {
  const char* base = std::getenv("TMPDIR");
  std::string name = std::string(base != nullptr ? base : "/tmp") + "/walden-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
  }
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // a test must not fail for what it leaves behind in /tmp
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace walden::testing

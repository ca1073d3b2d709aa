// Words for a page.
#pragma once

#include <string>
#include <string_view>

namespace walden {

// `text` between tags or in an attribute: what HTML takes for markup is written out.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace walden

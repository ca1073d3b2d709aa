// For clang-tidy only (.clang-tidy includes it before each source): libstdc++ 12 offers
// std::expected only to compilers that say they have C++20's final concepts; clang 16 has them and
// does not say so.
#pragma GCC system_header
#undef __cpp_concepts
#define __cpp_concepts 202002L

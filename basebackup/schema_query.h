// The schema of one database as one digest: two databases with the same digest hold the same
// definitions, whatever their rows are.
#pragma once

#include <string>

namespace walden {

// Over pg_catalog alone, for PostgreSQL 13 and newer, in a session whose search_path is empty (else
// names are written out or not as it happens to stand). One row of four columns:
//   SHA-256, hex, of the definitions, in an order that depends on no locale and no OID
//   how many definitions these are
//   bytes of the database, pg_database_size()
//   the server's system identifier
// Schemas, relations with columns and defaults, indexes, constraints, sequences, types, functions,
// triggers, rules, policies, extended statistics and extensions; no rows, owners, rights or
// comments. Between major versions the server words definitions differently.
[[nodiscard]] const std::string& schema_query();

}  // namespace walden

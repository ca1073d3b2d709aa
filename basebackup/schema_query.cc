#include "basebackup/schema_query.h"

namespace walden {
namespace {

// pg_get_indexdef() and the like write names out in full where the search_path is empty.
constexpr const char* kRelations = R"(
  SELECT 'relation'::text AS kind, format('%I.%I', s.nspname, c.relname) AS name,
    json_build_array(c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
      c.relreplident, c.reloptions, pg_get_expr(c.relpartbound, c.oid),
      CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
      CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
      (SELECT json_agg(i.inhparent::regclass::text ORDER BY i.inhseqno)
         FROM pg_inherits i WHERE i.inhrelid = c.oid))::text AS definition
  FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c'))";

// Numbered as they come: a column that was dropped leaves a hole in attnum.
constexpr const char* kColumns = R"(
  SELECT 'column', format('%I.%I', s.nspname, c.relname),
    json_build_array(row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum), a.attname,
      format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
      pg_get_expr(d.adbin, d.adrelid), o.collname)::text
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN schemas s ON s.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation o ON o.oid = a.attcollation
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
  UNION ALL
  SELECT 'sequence', format('%I.%I', s.nspname, c.relname),
    json_build_array(format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement, q.seqmax,
      q.seqmin, q.seqcache, q.seqcycle)::text
  FROM pg_sequence q JOIN pg_class c ON c.oid = q.seqrelid
    JOIN schemas s ON s.oid = c.relnamespace)";

constexpr const char* kOnRelations = R"(
  SELECT 'index', format('%I.%I', s.nspname, c.relname),
    json_build_array(pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered,
      i.indisreplident)::text
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    JOIN schemas s ON s.oid = c.relnamespace
  UNION ALL
  SELECT 'constraint', format('%I.%I', s.nspname, k.conname),
    json_build_array(k.conrelid::regclass::text, k.contypid::regtype::text,
      pg_get_constraintdef(k.oid), k.convalidated)::text
  FROM pg_constraint k JOIN schemas s ON s.oid = k.connamespace
  UNION ALL
  SELECT 'trigger', format('%s %I', t.tgrelid::regclass, t.tgname),
    json_build_array(pg_get_triggerdef(t.oid), t.tgenabled)::text
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN schemas s ON s.oid = c.relnamespace
  WHERE NOT t.tgisinternal
  UNION ALL
  SELECT 'rule', format('%s %I', r.ev_class::regclass, r.rulename),
    json_build_array(pg_get_ruledef(r.oid), r.ev_enabled)::text
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    JOIN schemas s ON s.oid = c.relnamespace
  WHERE r.rulename <> '_RETURN'
  UNION ALL
  SELECT 'policy', format('%s %I', p.polrelid::regclass, p.polname),
    json_build_array(p.polcmd, p.polpermissive,
      (SELECT json_agg(r.rolname ORDER BY r.rolname COLLATE "C")
         FROM pg_roles r WHERE r.oid = ANY (p.polroles)),
      pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))::text
  FROM pg_policy p
  UNION ALL
  SELECT 'statistics', format('%I.%I', s.nspname, x.stxname), pg_get_statisticsobjdef(x.oid)
  FROM pg_statistic_ext x JOIN schemas s ON s.oid = x.stxnamespace)";

constexpr const char* kTypesAndFunctions = R"(
  SELECT 'type', format('%I.%I', s.nspname, t.typname),
    json_build_array(t.typtype,
      (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
         FROM pg_enum e WHERE e.enumtypid = t.oid),
      format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull, t.typdefault,
      (SELECT format_type(g.rngsubtype, NULL) FROM pg_range g WHERE g.rngtypid = t.oid))::text
  FROM pg_type t JOIN schemas s ON s.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'r', 'b') AND NOT (t.typelem <> 0 AND t.typlen = -1)
  UNION ALL
  SELECT 'function',
    format('%I.%I(%s)', s.nspname, f.proname, pg_get_function_identity_arguments(f.oid)),
    json_build_array(
      CASE WHEN f.prokind <> 'a' THEN pg_get_functiondef(f.oid) END,
      CASE WHEN f.prokind = 'a' THEN (SELECT json_build_array(pg_get_function_result(f.oid),
        a.aggtransfn::text, a.aggfinalfn::text, a.agginitval)
          FROM pg_aggregate a WHERE a.aggfnoid = f.oid) END)::text
  FROM pg_proc f JOIN schemas s ON s.oid = f.pronamespace
  UNION ALL
  SELECT 'event trigger', evtname::text,
    json_build_array(evtevent, evtfoid::regproc::text, evtenabled, evttags)::text
  FROM pg_event_trigger
  UNION ALL
  SELECT 'extension', extname::text, extversion FROM pg_extension)";

// Each definition is hashed by itself first: 32 bytes of each are in memory, not its text.
// convert_to() with the database's own encoding changes nothing, and never fails.
constexpr const char* kDigest = R"(
SELECT encode(sha256(coalesce(string_agg(
    sha256(convert_to(json_build_array(kind, name, definition)::text, getdatabaseencoding())),
    ''::bytea
    ORDER BY kind COLLATE "C", name COLLATE "C", definition COLLATE "C"), ''::bytea)), 'hex'),
  count(*), pg_database_size(current_database()),
  (SELECT system_identifier FROM pg_control_system())
FROM items)";

std::string composed() {
  const std::string also = "\n  UNION ALL";
  return std::string("WITH schemas AS (SELECT oid, nspname FROM pg_namespace ") +
         "WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),\nitems AS (\n" +
         "  SELECT 'schema'::text AS kind, nspname::text AS name, '' AS definition FROM schemas" +
         also + kRelations + also + kColumns + also + kOnRelations + also + kTypesAndFunctions +
         ")" + kDigest;
}

}  // namespace

const std::string& schema_query() {
  static const std::string query = composed();
  return query;
}

}  // namespace walden

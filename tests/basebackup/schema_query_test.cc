#include "basebackup/schema_query.h"

#include <gtest/gtest.h>

#include "tests/support/postgres_server.h"

namespace walden {
namespace {

using testing::PostgresServer;

// Statements that define something, and those that take it back: nothing may be left then.
struct Change {
  const char* what;
  const char* make;
  const char* undo;
};

constexpr Change kChanges[] = {
    {"a schema", "create schema s", "drop schema s"},
    {"a table", "create table u ()", "drop table u"},
    {"a column", "alter table t add c int", "alter table t drop c"},
    {"a type", "alter table t alter a type bigint", "alter table t alter a type int"},
    {"a default", "alter table t alter a set default 7", "alter table t alter a drop default"},
    {"not null", "alter table t alter a set not null", "alter table t alter a drop not null"},
    {"an index", "create index i on t (b)", "drop index i"},
    {"a constraint", "alter table t add constraint k check (a > 0)",
     "alter table t drop constraint k"},
    {"a sequence's step", "alter sequence q increment 2", "alter sequence q increment 1"},
    {"a view's text", "create or replace view v as select b from t where a > 1",
     "create or replace view v as select b from t"},
    {"an enum's label", "create type mood as enum ('good')", "drop type mood"},
    {"a domain", "create domain d as int check (value > 0)", "drop domain d"},
    {"a function's body", "create or replace function f() returns int language sql as 'select 2'",
     "create or replace function f() returns int language sql as 'select 1'"},
    {"a trigger", "create trigger g before update on t execute function r()",
     "drop trigger g on t"},
    {"a trigger that is off", "alter table t disable trigger z", "alter table t enable trigger z"},
    {"a policy", "create policy p on t using (a > 0)", "drop policy p on t"},
    {"row security", "alter table t enable row level security",
     "alter table t disable row level security"},
    {"a rule", "create rule w as on delete to t do nothing", "drop rule w on t"},
    {"a partition's bounds", "create table part partition of whole for values from (1) to (2)",
     "drop table part"},
    {"statistics", "create statistics st on a, b from t", "drop statistics st"},
    {"a storage parameter", "alter table t set (fillfactor = 50)",
     "alter table t reset (fillfactor)"},
    {"an aggregate", "create aggregate most(int) (sfunc = int4larger, stype = int)",
     "drop aggregate most(int)"},
};

class SchemaDigest : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_POSTGRES();
    server = std::make_unique<PostgresServer>();
    server->start();
    server->sql(
        "create table t (a int, b text); create sequence q; create view v as select b from t;"
        "create table whole (a int) partition by range (a);"
        "create function f() returns int language sql as 'select 1';"
        "create function r() returns trigger language plpgsql as 'begin return new; end';"
        "create trigger z before insert on t execute function r()");
  }

  // As a session of the backup's asks.
  [[nodiscard]] PostgresServer::Row ask() const {
    return server->sql("set search_path = ''; " + schema_query()).at(0);
  }
  [[nodiscard]] std::string digest() const { return ask().at(0); }

  std::unique_ptr<PostgresServer> server;
};

TEST_F(SchemaDigest, FollowsEveryKindOfDefinition) {
  const std::string before = digest();
  EXPECT_EQ(before.size(), 64U);
  for (const Change& change : kChanges) {
    server->sql(change.make);
    EXPECT_NE(digest(), before) << change.what;
    server->sql(change.undo);
    EXPECT_EQ(digest(), before) << change.what << ", taken back";
  }
}

TEST_F(SchemaDigest, DoesNotFollowRowsAndStatistics) {
  const std::string before = digest();
  server->sql("insert into t values (1, 'one'); select nextval('q')");
  server->sql("vacuum analyze t");
  EXPECT_EQ(digest(), before);
}

TEST_F(SchemaDigest, ComesWithTheSizeAndTheServersIdentity) {
  const auto row = ask();
  EXPECT_GT(std::stoull(row.at(1)), 10U);
  EXPECT_GT(std::stoull(row.at(2)), 1'000'000U);
  EXPECT_EQ(row.at(3), server->system_identifier());
}

}  // namespace
}  // namespace walden

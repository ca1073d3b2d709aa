-- What a transaction of pgbench does, for 50 accounts at once: much WAL in little time. Neighbours, so
-- that a server which replays it waits for its archive, and not for random pages. Nor should its writer
-- wait for the disk.
\set delta random(-5000, 5000)
\set branch random(1, :scale)
\set teller (:branch - 1) * 10 + random(1, 10)
\set first random(1, 100000 * :scale - 49)
begin;
set local synchronous_commit = off;
update pgbench_accounts set abalance = abalance + :delta where aid between :first and :first + 49;
update pgbench_tellers set tbalance = tbalance + :delta where tid = :teller;
update pgbench_branches set bbalance = bbalance + :delta where bid = :branch;
insert into pgbench_history
  select :teller, :branch, :first + n, :delta, current_timestamp from generate_series(0, 49) n;
end;

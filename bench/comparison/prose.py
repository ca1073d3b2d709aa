"""The sentences of docs/benchmarks.md; fields in braces are results' options."""

OPENING = """\
# Benchmarks

Written by `bench/compare`; how to run it: [bench/README.md](../bench/README.md).

![Bars: what the tables below say]({chart})
"""

SECTIONS = {
    "drain": """\
## Draining a backlog

All segments wait; the archiver calls for one after another, as PostgreSQL does. “Walden is” is
Walden's rate divided by that row's.
""",
    "latency": """\
## One call of archive_command

Through `sh -c`, from before the fork until the shell has ended. The first call of a series starts
what the tool keeps running, and is one of them. “Already pushed” are calls for segments that the store
had before; a tool that does not push ahead has none.
""",
    "replay": """\
## Replay

A server recovers all of the WAL from its base backup through `restore_command`: the seconds that its
log gives at “redo done”. cp copies from the local disk, whatever the store, in the same rounds.
""",
    "cost": """\
## What archiving costs the database

pgbench, scale {scale}, 2 clients, {seconds} s, on a server that shares its cores with the tool, the
store and pgbench; beside the nearest stores only. Then a burst of about 40 segments
(`bench/batch.sql`), as fast as 2 clients make it: how long it took, how many segments waited when it
ended, and when the last of them was archived.
""",
}

CIRCUMSTANCES = """\
## What the figures belong to

Taken {started}. **Everything ran on this one machine**, servers and store included: ratios between
rows mean something, seconds hardly.
"""

METHOD = """\
## How it was measured

- {segments} segments of 16 MiB of real WAL, the same for all: `bench/make-wal.sh --with-base`,
  pgbench at scale 20, 50 neighbouring accounts a transaction, with rare checkpoints. They are in
  the page cache when a trial begins. Where a tool takes half a second a call or more, it gets 20 of
  them to drain, and one round of everything.
- Rounds: {rounds}. In each the tools take turns, in another order each time. Figures are medians,
  with the extremes in brackets. Each trial has a new bucket or directory and new configuration.
- Every segment that was acknowledged was then looked for in the store.
- Processor time is of everything the tool ran, detached processes included, and not of the store:
  a parent that adopts orphans ends them, and reads its `RUSAGE_CHILDREN`. GB are of WAL.
- Memory is VmHWM, looked at every 50 ms, in all processes of the tool; “all together” adds up those
  alive at the same time, shared pages once for each. “One call” is the kernel's own figure for the
  command that PostgreSQL waits for.
- Requests are counted in the log of Ceph's gateway, for that trial's bucket.
- Delay: what a client sends reaches the server so much later, and answers pass at once: each request
  waits once, whatever its size. The turns of a TLS handshake are delayed in the same way, TCP's own
  are not. Bandwidth is not limited.
- The servers run with initdb's settings, `fsync=on`, on the same disk as everything else.
"""

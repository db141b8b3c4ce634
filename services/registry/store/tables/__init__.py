"""The registry's tables, private to the store and to the migrations.

Two periods stand on what changes: `valid`, days on which it was true, and `known`, instants at which the register held
it for true. A row is never overwritten: a correction ends its `known` and adds a row. `known_until` repeats that end,
so that WITHOUT OVERLAPS keeps live rows apart in valid time; those keys, plain unique ones here, are the migration's.

A child row names its person by a foreign key, its source record without one: that check would double a load's cost.
"""

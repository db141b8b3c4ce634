"""Side-by-side measurements: what our part does, against the plainest thing that does the same work, in one run.

Owns: the noise gate, the load generator's and the opponents' processes, the ratios and their report.
Refuses to know: how a service works inside. It starts services as a person would and talks HTTP and SQL to them.
Words: a *contender* is one thing under load; a *slice* is one second of load on one contender; a *round* is one
slice of each contender, in an order that is reversed every time; a *figure* is a ratio with its target.
Invariants: a slice during which other processes used more than a tenth of a core is taken again; server and load
run on different cores; absolute numbers are printed for orientation, ratios are what counts.
"""

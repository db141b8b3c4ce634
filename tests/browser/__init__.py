"""Pages in a real browser: what a screen reader, a keyboard and a strict policy make of them."""

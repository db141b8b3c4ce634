"""Entitlement to health coverage of regularised migrants, refugees and their dependants.

Owns: the dated rules of every scheme, determinations and what they rested on, entitlements, the desk's verification.

Refuses to know: names, contacts, numbers of papers (keyed hashes only), anything medical.

Words: a *case* is one question with the facts it may depend on; a *finding* is what one criterion said of it, PASS,
FAIL or UNKNOWN; an *outcome* folds the findings of one scheme; a *determination* is the answer, a proposal until a
human *confirms* it; an *entitlement* is the right that a confirmed yes opens; a *rule set* is immutable and known by
its hash; *minimum access* is what is open to everyone.

Invariants: no answer is "no care": minimum access cannot be empty. UNKNOWN never becomes a FAIL. No refusal is final
by machine alone. The same case under the same rule set gives the same document, byte for byte. Figures are decimals.
One person has at most one right at a time in a scheme; the database has the last word on that.
"""

"""Pages for people: one look, three languages, strict headers. Knows no area.

An area keeps its own `templates/` and `strings/` and builds on `base.html`; `rendering.Pages` joins the two.
Every text stands in `strings/{fr,ar,en}.yaml`; templates ask for it by name with `t("name")`.
"""

"""Words, the printed form and its fonts of the extract that a person asks for."""

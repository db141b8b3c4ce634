"""The words in which a person is told what was done, in French, Arabic and English."""

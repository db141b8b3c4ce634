"""The rules of the register: plain functions over frozen records, no input, no output, no clock."""

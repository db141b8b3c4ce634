"""What can be done in the register: one file, one function, one transaction each."""

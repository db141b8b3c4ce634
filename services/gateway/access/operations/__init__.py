"""What access decides and writes, one file each."""

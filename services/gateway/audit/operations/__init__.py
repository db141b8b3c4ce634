"""What needs several stores, one file each."""

"""What pages are made of: plain functions over the documents that the API answers with."""

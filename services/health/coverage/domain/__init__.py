"""The rules of coverage, pure: facts and dated rule rows in, findings and a determination out."""

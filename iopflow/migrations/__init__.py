"""The schema's history. Run by `iopflow.db.upgrade`, so it ships inside the package."""

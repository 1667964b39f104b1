"""Every read. What a person cannot see is not found; nothing here writes."""

"""Who is due a mail on which day, and what it says: few, kind, and never a pupil in it."""

"""Every write a person causes: facts change, a year is opened, and each change leaves an event."""

"""What is stored of a secret, so that nobody who reads the database can use it."""

from hashlib import sha256


def hashed(secret: str) -> str:
    """The hash by which a secret is found; 256 random bits need no slow one."""
    return sha256(secret.encode()).hexdigest()

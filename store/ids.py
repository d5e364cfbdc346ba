"""Opaque ids: a prefix that names the kind, then 128 bits that sort by time of making."""

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case


def new_id(prefix: str) -> str:
    """`con_06f3…`: 48 bits of milliseconds and 80 random bits, 26 characters after the prefix."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    digits = (_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{''.join(digits)}"

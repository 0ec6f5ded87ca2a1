"""The verification code on a print-out: the beginning of the hash of the last decision it shows, in letters that are
hard to confuse.
"""

from __future__ import annotations

CODE_LENGTH = 16
GROUP = 4
BITS = 5
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U."""
READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def code_of(sha256: str) -> str:
    """Return the code of a decision's hash (hex): its first 80 bits as four groups of four characters."""
    number = int(sha256[: CODE_LENGTH * BITS // 4], 16)
    characters = [ALPHABET[(number >> BITS * place) & 31] for place in reversed(range(CODE_LENGTH))]
    return "-".join("".join(characters[start : start + GROUP]) for start in range(0, CODE_LENGTH, GROUP))


def hash_start(code: str) -> str:
    """Return the beginning (hex, 20 digits) of the hash that `code` was made of. Small letters, blanks and what looks
    alike (O for 0, I and L for 1) are understood. Raises ValueError where it is no code.
    """
    characters = code.upper().translate(READ_AS)
    if len(characters) != CODE_LENGTH or any(character not in ALPHABET for character in characters):
        raise ValueError("no verification code")
    number = 0
    for character in characters:
        number = number << BITS | ALPHABET.index(character)
    return f"{number:0{CODE_LENGTH * BITS // 4}x}"

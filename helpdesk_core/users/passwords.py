"""Password hashes: argon2 with the library's recommended cost, and the same work for logins that do not exist."""

from __future__ import annotations

from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from helpdesk_core.contract.errors import Invalid
from helpdesk_core.contract.messages import message

SHORTEST: Final = 10
LONGEST: Final = 200

_hasher = PasswordHash((Argon2Hasher(),))
#: The hash of a password nobody knows: verified against when there is no such login (T-67).
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$yWqTjIN2ISCj4KgmPE1XTQ$LbRJQqherUCu+DmQECyMElcn1L2hJJpW7Q0YM8+6lsw"


def hash_password(password: str) -> str:
    """The argon2 hash to store; slow on purpose, so call it outside the transaction."""
    return _hasher.hash(password)


def password_matches(password: str, stored: str | None) -> bool:
    """Whether *password* is the one behind *stored*; takes as long when nothing is stored."""
    matches = _hasher.verify(password[:LONGEST], stored or _NOBODY)
    return matches and stored is not None


def check_strength(password: str, *, login: str = "", field: str = "password") -> None:
    """Raise ``Invalid`` for a password that is too short, too long or the login itself."""
    if len(password) < SHORTEST:
        raise Invalid({field: [message("Use at least %(count)d characters.", count=SHORTEST)]})
    if len(password) > LONGEST:
        raise Invalid({field: [message("At most %(limit)d characters.", limit=LONGEST)]})
    if login and password.casefold() == login.casefold():
        raise Invalid({field: [message("The password must differ from the login.")]})
    if len(set(password)) < 4:
        raise Invalid({field: [message("Use more different characters.")]})

"""Settings of the visit log."""

from dataclasses import dataclass

from helpdesk_core.toolkit import Secret, setting


@dataclass(frozen=True, slots=True)
class VisitLogSettings:
    """What a site may choose."""

    required: bool = setting(False, help="Whether solving needs an entry")
    closed_words: tuple[str, ...] = setting(("forbidden",), help="Words that no subject may have")
    token: Secret = setting(Secret(), help="Where the fleet system's token stands")

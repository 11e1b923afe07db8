"""One family of errors for the core and every plugin; the app maps it to HTTP in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar


class HelpdeskError(Exception):
    """Root of the family: a stable ``code``, an HTTP status, and a message that is safe to show.

    ``plugin`` names the plugin that raised it, or is ``None`` when the core did; the hook caller fills it in.
    """

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str = "", *, plugin: str | None = None) -> None:
        super().__init__(message)
        self.plugin = plugin


class Rejected(HelpdeskError):
    """A rule refused the command; ``reason`` is safe to show to the user."""

    code = "rejected"
    http_status = 409

    def __init__(self, reason: str, *, plugin: str | None = None) -> None:
        super().__init__(reason, plugin=plugin)
        self.reason = reason


class Forbidden(HelpdeskError):
    """The actor sees the thing but may not do this; ``permission`` names the missing right."""

    code = "forbidden"
    http_status = 403

    def __init__(self, permission: str, *, plugin: str | None = None) -> None:
        super().__init__(f"permission required: {permission}", plugin=plugin)
        self.permission = permission


class NotFound(HelpdeskError):
    """There is no such thing, or the actor may not know that there is; ``what`` says which kind of thing."""

    code = "not_found"
    http_status = 404

    def __init__(self, what: str, *, plugin: str | None = None) -> None:
        super().__init__(f"not found: {what}", plugin=plugin)
        self.what = what


class Invalid(HelpdeskError):
    """The input breaks a rule; ``errors`` maps each field to its messages (``""`` is the whole form)."""

    code = "invalid"
    http_status = 422

    def __init__(self, errors: Mapping[str, Sequence[str]], *, plugin: str | None = None) -> None:
        self.errors: dict[str, list[str]] = {
            field: [messages] if isinstance(messages, str) else list(messages) for field, messages in errors.items()
        }
        text = "; ".join(
            f"{field}: {message}" if field else message
            for field, messages in self.errors.items()
            for message in messages
        )
        super().__init__(text, plugin=plugin)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldConflict:
    """One field that two people changed: the value both started from, mine, and theirs (already stored)."""

    name: str
    base: object
    mine: object
    theirs: object


class Conflict(HelpdeskError):
    """Somebody else stored another value of the same field meanwhile; ``fields`` shows both versions."""

    code = "conflict"
    http_status = 409

    def __init__(self, fields: Sequence[FieldConflict], *, plugin: str | None = None) -> None:
        self.fields = tuple(fields)
        super().__init__("changed meanwhile: " + ", ".join(field.name for field in self.fields), plugin=plugin)


class TooLarge(HelpdeskError):
    """The file, text or batch is over its limit; ``limit`` says how much is allowed, where it is known."""

    code = "too_large"
    http_status = 413

    def __init__(self, what: str, *, limit: int | None = None, plugin: str | None = None) -> None:
        super().__init__(f"too large: {what}" + (f" (limit {limit})" if limit is not None else ""), plugin=plugin)
        self.what = what
        self.limit = limit


class TryLater(HelpdeskError):
    """Nothing is wrong with the request, but it cannot be served now (the database is busy); the CLI exits with 75."""

    code = "try_later"
    http_status = 503

    def __init__(self, reason: str, *, retry_after: int = 5, plugin: str | None = None) -> None:
        super().__init__(reason, plugin=plugin)
        self.reason = reason
        self.retry_after = retry_after


class PluginFailed(HelpdeskError):
    """A plugin broke inside a hook that may not be skipped, so the change was rolled back."""

    code = "plugin_failed"
    http_status = 500
    plugin: str

    def __init__(self, plugin: str, hook: str, detail: str = "") -> None:
        super().__init__(f"plugin {plugin} failed in {hook}" + (f": {detail}" if detail else ""), plugin=plugin)
        self.hook = hook
        self.detail = detail


class PluginError(HelpdeskError):
    """A plugin cannot be loaded: its manifest, order, code or registrations are wrong; ``cause`` says how."""

    code = "plugin_error"
    http_status = 500
    plugin: str

    def __init__(self, plugin: str, cause: str) -> None:
        super().__init__(f"plugin {plugin}: {cause}", plugin=plugin)
        self.cause = cause


#: CLI exit status by error code; every other refusal is 1.
EXIT_STATUS: Mapping[str, int] = MappingProxyType({TryLater.code: 75})

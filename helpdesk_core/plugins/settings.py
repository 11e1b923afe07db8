"""A plugin's settings: a frozen dataclass here, one JSON value per key in storage.

The dataclass gives names, types, defaults and help. Unknown keys are refused, types are checked, and a secret is
stored as a reference (``env:NAME``), never as the secret itself.
"""

import dataclasses
import os
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, TypeVar

from helpdesk_core.contract.errors import Invalid, PluginError
from helpdesk_core.plugins.calls import current_runtime

T = TypeVar("T")
_HELP: Final = "helpdesk_help"
_REFERENCE: Final = "env:"
_TEXT_LIMIT: Final = 4000
_LIST_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by reference: ``env:NAME`` names an environment variable, an empty one is not set."""

    reference: str = ""

    def __post_init__(self) -> None:
        if self.reference and not (self.reference.startswith(_REFERENCE) and self.reference[len(_REFERENCE) :]):
            raise ValueError("a secret is given as env:NAME, the name of an environment variable")

    def reveal(self) -> str | None:
        """Return the secret, or ``None`` where it is not set here."""
        return os.environ.get(self.reference[len(_REFERENCE) :]) if self.reference else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One setting as an admin form or a document needs it."""

    name: str
    type: Any
    default: object
    help: str
    secret: bool


def setting(default: T, *, help: str = "") -> T:  # noqa: A002  # the word an author expects
    """Declare a setting with a help text: ``limit: int = setting(5, help="How many are shown")``."""
    field: Any = dataclasses.field(default=default, metadata={_HELP: help})
    return typing.cast(T, field)


def describe_settings(settings: type[Any], *, plugin: str) -> tuple[SettingField, ...]:
    """Return the fields of *settings*; raises ``PluginError`` where it is not a frozen dataclass we can store."""
    params = getattr(settings, "__dataclass_params__", None)
    if not dataclasses.is_dataclass(settings) or params is None or not params.frozen:
        raise PluginError(plugin, f"settings: {settings.__name__} must be a frozen dataclass")
    try:
        hints = typing.get_type_hints(settings)
    except NameError as error:
        raise PluginError(plugin, f"settings: {error}") from error
    return tuple(_described(field, hints[field.name], plugin) for field in dataclasses.fields(settings))


def _described(field: "dataclasses.Field[Any]", hint: Any, plugin: str) -> SettingField:
    if field.default is not dataclasses.MISSING:
        default = field.default
    elif field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    else:
        raise PluginError(plugin, f"settings: {field.name} needs a default, for a plugin starts without a form")
    try:
        if _from_json(_to_json(default), hint) != default:
            raise ValueError("the default does not survive storage")
    except (TypeError, ValueError) as error:
        raise PluginError(plugin, f"settings: {field.name}: {error}") from error
    return SettingField(
        name=field.name,
        type=hint,
        default=default,
        help=str(field.metadata.get(_HELP, "")),
        secret=hint is Secret,
    )


def settings_from_rows(settings: type[T], rows: Mapping[str, object], *, plugin: str) -> T:
    """Return *settings* filled from stored JSON values; missing ones have their defaults.

    Raises ``Invalid`` with a message for every unknown key and every value of the wrong type.
    """
    fields = {field.name: field for field in describe_settings(settings, plugin=plugin)}
    errors: dict[str, list[str]] = {}
    values: dict[str, object] = {}
    for key, row in rows.items():
        if key not in fields:
            errors[key] = [f"unknown setting; known are {', '.join(fields) or 'none'}"]
            continue
        try:
            values[key] = _from_json(row, fields[key].type)
        except (TypeError, ValueError) as error:
            errors[key] = [str(error)]
    if not errors:
        try:
            return settings(**values)
        except (TypeError, ValueError) as error:  # the dataclass' own __post_init__
            errors[""] = [str(error)]
    raise Invalid(errors, plugin=plugin)


def settings_to_rows(settings: object) -> dict[str, object]:
    """Return the JSON values of *settings*, only those that differ from their defaults."""
    kind = type(settings)
    fields = describe_settings(kind, plugin=kind.__module__)
    return {
        field.name: _to_json(getattr(settings, field.name))
        for field in fields
        if getattr(settings, field.name) != field.default
    }


def plugin_settings(settings: type[T]) -> T:
    """Return the current app's values of a plugin's settings class; raises ``LookupError`` where it is not loaded."""
    for plugin in current_runtime().plugins.values():
        if isinstance(plugin.settings, settings):
            return plugin.settings
    raise LookupError(f"no loaded plugin has the settings {settings.__name__}")


def _to_json(value: object) -> object:
    match value:
        case Secret():
            return value.reference
        case Enum():
            return value.value
        case tuple() | list():
            return [_to_json(item) for item in value]
        case _:
            return value


def _from_json(value: object, hint: Any) -> object:
    """Return *value* as *hint* says; raises ``TypeError`` or ``ValueError`` with a message for people."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        others = [one for one in arguments if one is not type(None)]
        if len(others) != 1 or len(others) == len(arguments):
            raise TypeError(f"{hint} is not a type settings can have")
        return None if value is None else _from_json(value, others[0])
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"must be one of {', '.join(map(str, arguments))}")
        return value
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        if not isinstance(value, list) or len(value) > _LIST_LIMIT:
            raise TypeError(f"must be a list of at most {_LIST_LIMIT}")
        return tuple(_from_json(item, arguments[0]) for item in value)
    if hint is Secret:
        return Secret(_text(value))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    return _scalar(value, hint)


def _scalar(value: object, hint: Any) -> object:
    if hint is str:
        return _text(value)
    if hint is bool and isinstance(value, bool):
        return value
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if hint in (bool, int, float):
        raise TypeError(f"must be of type {hint.__name__}, not {type(value).__name__}")
    raise TypeError(f"{hint} is not a type settings can have")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"must be a text, not {type(value).__name__}")
    if len(value) > _TEXT_LIMIT or "\x00" in value:
        raise ValueError(f"must be a text of at most {_TEXT_LIMIT} characters without NUL")
    return value

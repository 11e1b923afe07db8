"""Configuration: what is given in code, then the environment, then a TOML file, then the default."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from helpdesk_core.contract.errors import Invalid

DEFAULTS: Final[Mapping[str, str | None]] = {
    "HELPDESK_DATABASE_URL": None,
    "HELPDESK_DATA_DIR": "var",
    "HELPDESK_SECRET_KEY": None,
    "HELPDESK_REDIS_URL": None,
    "HELPDESK_BROKER_URL": None,
    "HELPDESK_HOST": "127.0.0.1",
    "HELPDESK_PORT": "8100",
    "HELPDESK_PLUGINS": "",
    "HELPDESK_BASE_URL": None,
    "HELPDESK_MAIL_URL": "console://",
    "HELPDESK_MAIL_FROM": "helpdesk@localhost",
}

#: A request is read up to this size; single files have the limit of the settings.
MAX_REQUEST: Final = 210 * 1024 * 1024
_SECRET_FILE: Final = "secret.key"


def read_config(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The complete configuration of an app; raises ``Invalid`` naming what cannot be used."""
    given = dict(given or {})
    stored = _from_file(given.get("HELPDESK_CONFIG") or os.environ.get("HELPDESK_CONFIG"))
    values: dict[str, Any] = {
        name: given.get(name, os.environ.get(name) or stored.get(name, default)) for name, default in DEFAULTS.items()
    }
    values.update({name: value for name, value in given.items() if name not in DEFAULTS})
    data = Path(values["HELPDESK_DATA_DIR"]).expanduser().resolve()
    values["HELPDESK_DATA_DIR"] = str(data)
    url = values["HELPDESK_DATABASE_URL"] or f"sqlite:///{data / 'helpdesk.db'}"
    values["HELPDESK_DATABASE_URL"] = url
    if not str(values["HELPDESK_PORT"]).isdigit() or not 0 < int(values["HELPDESK_PORT"]) < 65536:
        raise Invalid({"HELPDESK_PORT": ["must be a port number"]})
    secure = str(values["HELPDESK_BASE_URL"] or "").startswith("https://")
    flask: dict[str, Any] = {
        "SQLALCHEMY_DATABASE_URI": _driver_named(str(url)),
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(str(url)),
        "SECRET_KEY": values["HELPDESK_SECRET_KEY"] or _secret(data),
        "MAX_CONTENT_LENGTH": MAX_REQUEST,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 1_000,
        "SESSION_COOKIE_NAME": "helpdesk",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "WTF_CSRF_TIME_LIMIT": None,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "RATELIMIT_STORAGE_URI": values["HELPDESK_REDIS_URL"] or "memory://",
        "RATELIMIT_HEADERS_ENABLED": True,
    }
    return {**flask, **values}


def _driver_named(url: str) -> str:
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {}
    # More connections than threads of a worker; a connection that the server dropped is noticed before use.
    return {"pool_size": 24, "max_overflow": 8, "pool_pre_ping": True}


def _from_file(name: str | None) -> dict[str, str]:
    if not name:
        return {}
    try:
        table = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid({"HELPDESK_CONFIG": [f"{name}: {error}"]}) from None
    unknown = sorted(set(table) - set(DEFAULTS))
    if unknown:
        raise Invalid({"HELPDESK_CONFIG": [f"{name}: unknown setting {unknown[0]}"]})
    return {key: str(value) for key, value in table.items()}


def _secret(data: Path) -> str:
    """The key in the data directory, made at the first start; of several processes that start at once one wins."""
    path = data / _SECRET_FILE
    data.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()

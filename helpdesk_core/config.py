"""Where the configuration comes from: defaults, then a TOML file, then the environment, then the caller."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from helpdesk_core.contract.presets import DEFAULT_PRESET, PRESETS

PREFIX: Final = "HELPDESK_"
DEFAULT_PORT: Final = 8100

#: Every variable of the environment (and key of the file): its default, and what it means.
CONFIGURATION: Final[Mapping[str, tuple[str | int | None, str]]] = {
    "HELPDESK_DATA_DIR": ("var", "the folder of the database, the attachments and the secret key"),
    "HELPDESK_DATABASE_URL": (
        None,
        "where the data is; unset: SQLite in the data folder. `postgresql://user:password@host/name`",
    ),
    "HELPDESK_SECRET_KEY": (
        None,
        "signs cookies and links; unset: made at the first start and kept in the data folder. One for all processes",
    ),
    "HELPDESK_PRESET": (
        DEFAULT_PRESET,
        f"the statuses that a new database begins with: {', '.join(f'`{name}`' for name in PRESETS)}",
    ),
    "HELPDESK_HOST": ("127.0.0.1", "the address that `helpdesk serve` and `helpdesk demo` listen on"),
    "HELPDESK_PORT": (DEFAULT_PORT, "the port that they listen on"),
    "HELPDESK_BASE_URL": ("", "the address people type; mails and exports name it, other Host headers are refused"),
    "HELPDESK_TRUSTED_PROXIES": (0, "how many proxies in front may say who the visitor is"),
    "HELPDESK_MAIL_URL": ("console://", "how mail leaves: `smtp://user:password@host:587`, `console://`, `null://`"),
    "HELPDESK_MAIL_FROM": ("helpdesk@localhost", "the sender of mails"),
    "HELPDESK_WORKERS": (1, "how many processes `helpdesk serve` serves with"),
    "HELPDESK_REDIS_URL": ("", "shared by all processes: counts of throttled requests, what open pages are told"),
    "HELPDESK_JOB_THREADS": (
        None,
        "jobs each serving process does at once; 0 leaves them to `helpdesk worker`. Unset: 4, or 0 with a broker",
    ),
    "HELPDESK_BROKER_URL": (
        "",
        "what wakes `helpdesk worker`: `redis://host/1` or `amqp://user:password@host`. Unset: the table is looked at",
    ),
    "HELPDESK_BROKER_PREFIX": ("helpdesk", "begins the names of this desk's queues at the broker"),
    "HELPDESK_TRANSLATIONS_DIR": (
        None,
        "the site's own words, `<language>/LC_MESSAGES/site.po`; unset: `translations` in the data folder",
    ),
    "HELPDESK_SOCKETS": (
        100,
        "how many open pages each serving process tells of changes at once, one thread each; 0: pages ask instead",
    ),
    "HELPDESK_PLUGINS": (
        "",
        "the plugins that run at first, by name, separated by commas; later only those named here may be enabled",
    ),
    "HELPDESK_SAFE_MODE": ("", "`1`: start without any plugin"),
    "HELPDESK_CONTRIBUTION_FAILURES": (3, "after how many failures in a row a plugin's contribution is suspended"),
    "HELPDESK_CONTRIBUTION_MS": (2000, "a contribution that takes longer, in milliseconds, counts as a failure"),
    "HELPDESK_CONFIG": (None, "a TOML file with any of these (`port = 80` is `HELPDESK_PORT`); the environment wins"),
}
_DEFAULTS: Final[Mapping[str, Any]] = {
    **{key: default for key, (default, _text) in CONFIGURATION.items() if default is not None},
    # Limits of one request (F-33): its size, the text fields in it, and their number.
    "MAX_CONTENT_LENGTH": 256 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    "MAX_FORM_PARTS": 1000,
}
_NUMBERS: Final = {
    "HELPDESK_PORT": (1, 65535),
    "HELPDESK_TRUSTED_PROXIES": (0, 10),
    "HELPDESK_WORKERS": (1, 64),
    "HELPDESK_JOB_THREADS": (0, 64),
    "HELPDESK_SOCKETS": (0, 2000),
    "HELPDESK_CONTRIBUTION_FAILURES": (1, 1000),
    "HELPDESK_CONTRIBUTION_MS": (1, 600_000),
}
#: A key of :func:`load_config`: how many threads of the process use the database, besides those that do jobs.
POOL_THREADS: Final = "POOL_THREADS"
_FEWEST_CONNECTIONS: Final = 16
#: Those that watch the plugins, sweep for jobs and send wake-ups.
_OWN_THREADS: Final = 4
_JOB_THREADS: Final = 4


def load_config(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the configuration of an app; *given* beats everything else.

    Creates the data directory and, on the first start, the secret key in it. Raises ``ValueError`` that names the
    setting whose value cannot be used.
    """
    own = dict(given or {})
    config: dict[str, Any] = dict(_DEFAULTS)
    file = own.get("HELPDESK_CONFIG") or os.environ.get("HELPDESK_CONFIG")
    if file:
        config |= _from_file(Path(file))
    config |= {key: value for key, value in os.environ.items() if key.startswith(PREFIX) and value}
    config |= own
    config.setdefault("HELPDESK_JOB_THREADS", 0 if config["HELPDESK_BROKER_URL"] else _JOB_THREADS)
    for key, (lowest, highest) in _NUMBERS.items():
        config[key] = _number(key, config[key], lowest, highest)
    if config["HELPDESK_PRESET"] not in PRESETS:
        raise ValueError(f"HELPDESK_PRESET must be one of {', '.join(PRESETS)}, not {config['HELPDESK_PRESET']!r}")
    try:
        data = Path(config["HELPDESK_DATA_DIR"]).resolve()
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        config["HELPDESK_DATA_DIR"] = str(data)
        config.setdefault("SECRET_KEY", config.get("HELPDESK_SECRET_KEY") or secret_key(data))
    except OSError as error:
        raise ValueError(f"HELPDESK_DATA_DIR cannot be used: {error}") from None
    _database(config, data)
    _web(config)
    _broker(config)
    return config


def secret_key(data: Path) -> str:
    """The key that signs cookies: made once, readable by its owner only; every process gets the same one."""
    path = data / "secret_key"
    if not path.exists():
        handle, temporary = tempfile.mkstemp(dir=data)  # mkstemp makes the file 0600
        try:
            with os.fdopen(handle, "w", encoding="ascii") as target:
                target.write(secrets.token_hex(32))
            # A link appears whole or not at all, and never over the key of a process that was faster.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink()
    return path.read_text(encoding="ascii").strip()


def _from_file(path: Path) -> dict[str, Any]:
    """Keys may be written short: ``port = 80`` is ``HELPDESK_PORT``."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"HELPDESK_CONFIG names {path}, which cannot be read: {error}") from None
    return {key if key.isupper() else f"{PREFIX}{key.upper()}": value for key, value in content.items()}


def _number(key: str, value: object, lowest: int, highest: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise ValueError(f"{key} must be a number, not {value!r}") from None
    if not lowest <= number <= highest:
        raise ValueError(f"{key} must be a number from {lowest} to {highest}, not {number}")
    return number


def _database(config: dict[str, Any], data: Path) -> None:
    url = config.get("HELPDESK_DATABASE_URL") or f"sqlite:///{data / 'helpdesk.db'}"
    config.setdefault("SQLALCHEMY_DATABASE_URI", url)
    try:
        target = make_url(config["SQLALCHEMY_DATABASE_URI"])
    except ArgumentError:  # its text may hold the password
        raise ValueError(
            "HELPDESK_DATABASE_URL is not an address such as postgresql://user:password@host/name"
        ) from None
    if target.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError(f"HELPDESK_DATABASE_URL names {target.drivername}; SQLite and PostgreSQL can be used")
    if target.get_backend_name() == "postgresql" and find_spec("psycopg") is None:
        raise ValueError("HELPDESK_DATABASE_URL names PostgreSQL, which needs: pip install 'helpdesk-core[postgres]'")
    if target.drivername == "postgresql":
        config["SQLALCHEMY_DATABASE_URI"] = target.set(drivername="postgresql+psycopg")
    if target.get_backend_name() != "sqlite" or target.database not in (None, "", ":memory:"):
        # A thread waits for no other's connection: as many connections as threads.
        threads = config.get(POOL_THREADS, 0) + config["HELPDESK_JOB_THREADS"] + _OWN_THREADS
        size = max(threads, _FEWEST_CONNECTIONS)
        config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {"pool_size": size, "pool_pre_ping": True})


def _web(config: dict[str, Any]) -> None:
    config.setdefault("SESSION_COOKIE_NAME", "helpdesk")
    config.setdefault("SESSION_COOKIE_HTTPONLY", True)
    config.setdefault("SESSION_COOKIE_SAMESITE", "Lax")
    # Pages behind a token send no Referer (T-19): the form's token, Sec-Fetch-Site and Origin are asked instead.
    config.setdefault("WTF_CSRF_SSL_STRICT", False)
    config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # a form lives as long as its session
    config.setdefault("RATELIMIT_STORAGE_URI", config["HELPDESK_REDIS_URL"] or "memory://")
    _address("HELPDESK_MAIL_URL", config, ("console", "null"), ("smtp", "smtps"))
    _address("HELPDESK_REDIS_URL", config, ("",), ("redis", "rediss", "redis+unix", "redis+sentinel"))
    if config["HELPDESK_REDIS_URL"] and find_spec("redis") is None:
        raise ValueError("HELPDESK_REDIS_URL is set, which needs: pip install 'helpdesk-core[redis]'")
    base = _address("HELPDESK_BASE_URL", config, ("",), ("http", "https"))
    if base.hostname:
        # Links in mails and redirects are made of this address alone; other Host headers are refused (T-33).
        config.setdefault("TRUSTED_HOSTS", [base.hostname])
        config.setdefault("SESSION_COOKIE_SECURE", base.scheme == "https")
        config.setdefault("PREFERRED_URL_SCHEME", base.scheme)


def _broker(config: Mapping[str, Any]) -> None:
    broker = _address("HELPDESK_BROKER_URL", config, ("",), ("redis", "rediss", "amqp", "amqps"))
    if not broker.scheme:
        return
    if find_spec("celery") is None:
        raise ValueError("HELPDESK_BROKER_URL is set, which needs: pip install 'helpdesk-core[celery]'")
    if broker.scheme.startswith("redis") and find_spec("redis") is None:
        raise ValueError("HELPDESK_BROKER_URL names Redis, which needs: pip install 'helpdesk-core[redis]'")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", str(config["HELPDESK_BROKER_PREFIX"])):
        raise ValueError("HELPDESK_BROKER_PREFIX must be a word of letters, digits, - and _")


def _address(key: str, config: Mapping[str, Any], bare: tuple[str, ...], schemes: tuple[str, ...]) -> SplitResult:
    """The parts of an address whose scheme is one of *bare*, or one of *schemes* before a host or a path."""
    try:
        parts = urlsplit(str(config[key]))
        _ = parts.port  # a port that is no number is found out only when it is asked for
    except ValueError as error:
        raise ValueError(f"{key} is not an address: {error}") from None
    if parts.scheme in bare and not (parts.scheme == "" and parts.path):
        return parts
    if parts.scheme not in schemes or not (parts.hostname or "+" in parts.scheme):
        raise ValueError(f"{key} must begin with {', '.join(f'{name}://' for name in (*filter(None, bare), *schemes))}")
    return parts

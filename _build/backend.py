"""PEP 517 and 660 build backend: setuptools, plus the browser libraries before anything is packed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import browser_assets
import catalogs
from setuptools import build_meta

Settings = Mapping[str, Any] | None
_REQUIRES = ("babel>=2.17,<3",)

prepare_metadata_for_build_wheel = build_meta.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """What a wheel needs: setuptools' own wishes, and node where the machine has none."""
    return [
        *build_meta.get_requires_for_build_wheel(config_settings),
        *_REQUIRES,
        *browser_assets.missing_requirements(),
    ]


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    """What a source distribution needs; it carries the built libraries too."""
    return [
        *build_meta.get_requires_for_build_sdist(config_settings),
        *_REQUIRES,
        *browser_assets.missing_requirements(),
    ]


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    """What an editable install needs."""
    return [*build_meta.get_requires_for_build_editable(config_settings), *browser_assets.missing_requirements()]


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """Build the libraries and compile the catalogs, then build the wheel."""
    browser_assets.build()
    catalogs.compile_stale()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """Build the libraries, then the source distribution: installing it needs no node and no npm."""
    browser_assets.build()
    catalogs.compile_stale()
    return build_meta.build_sdist(sdist_directory, config_settings)


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """Build the libraries, then the editable wheel."""
    browser_assets.build()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)

"""Whether a text can be read on its background: the contrast of two colours as WCAG reckons it."""

from __future__ import annotations

from typing import Final

#: What WCAG AA asks of ordinary text.
LEAST_CONTRAST: Final = 4.5


def contrast(one: str, other: str) -> float:
    """The ratio between two colours such as ``#2563eb``: 1 for the same, 21 for black on white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

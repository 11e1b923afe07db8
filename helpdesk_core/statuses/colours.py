"""Whether a text can be read on its background: the contrast of two colours as WCAG reckons it."""

from __future__ import annotations

from typing import Final

#: What WCAG AA asks of ordinary text.
LEAST_CONTRAST: Final = 4.5


def contrast(one: str, other: str) -> float:
    """The ratio between two colours such as ``#2563eb``: 1 for the same, 21 for black on white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(background: str, foreground: str) -> str:
    """The text colour nearest to *foreground* that can be read on *background*, as dark or light as needed."""
    if contrast(background, foreground) >= LEAST_CONTRAST:
        return foreground
    end = max(("#000000", "#ffffff"), key=lambda colour: contrast(background, colour))
    for step in range(1, 101):
        candidate = _mixed(foreground, end, step / 100)
        if contrast(background, candidate) >= LEAST_CONTRAST:
            return candidate
    return end


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = ((int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

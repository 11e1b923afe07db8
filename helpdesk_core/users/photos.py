"""Photos of people: whatever was sent becomes a small square picture drawn by us (OK-210)."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from helpdesk_core.contract.errors import Invalid
from helpdesk_core.contract.messages import message

LARGEST_FILE: Final = 5 * 1024 * 1024
LARGEST_SIDE: Final = 8000
SIDE: Final = 256
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")


def square_photo(data: bytes, *, field: str = "photo") -> BytesIO:
    """A JPEG of 256 by 256 without any of the sent file's metadata; raises ``Invalid`` for what is no picture."""
    if not data:
        raise Invalid({field: [message("Choose a picture.")]})
    if len(data) > LARGEST_FILE:
        raise Invalid({field: [message("The picture is larger than 5 MB.")]})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=_FORMATS) as sent:
                # The size stands in the header: refuse before anything is unpacked.
                if max(sent.size) > LARGEST_SIDE or min(sent.size) < 1:
                    raise Invalid({field: [message("The picture has too many pixels.")]})
                turned = ImageOps.exif_transpose(sent).convert("RGBA")
    except Invalid:
        raise
    except Exception as error:  # the decoders raise whatever they like on broken files
        raise Invalid({field: [message("This is not a picture we can read.")]}) from error
    paper = Image.new("RGBA", turned.size, "white")
    paper.alpha_composite(turned)
    square = ImageOps.fit(paper.convert("RGB"), (SIDE, SIDE))
    drawn = BytesIO()
    square.save(drawn, "JPEG", quality=85)
    drawn.seek(0)
    return drawn

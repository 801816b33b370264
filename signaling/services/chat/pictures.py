"""Pictures: whether one is what it says, how large, and a small one of it. Decodes: not for the event loop."""

from __future__ import annotations

import warnings
from pathlib import Path

import msgspec
from PIL import Image, ImageOps

from signaling.errors import UnsupportedType

MOST_PIXELS = 50_000_000
PREVIEW = 320
"""Pixels each way."""

_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Its size in pixels, as it is shown."""

    width: int
    height: int


def examine(path: Path, media_type: str, preview: Path) -> Picture:
    """Decode a picture and write a preview without anything the camera noted. Raises `UnsupportedType` for one
    that is damaged or too large, `OSError` when the preview cannot be written."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit is ours, and lower
            with Image.open(path, formats=[_FORMATS[media_type]]) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise UnsupportedType(f"a picture may have {MOST_PIXELS // 1_000_000} million pixels")
                turned = (image.getexif().get(0x0112) or 1) in (5, 6, 7, 8)
                size = (image.height, image.width) if turned else (image.width, image.height)
                image.draft("RGB", (2 * PREVIEW, 2 * PREVIEW))
                small = ImageOps.exif_transpose(image)
                small.thumbnail((PREVIEW, PREVIEW))
                clear = small.mode in ("RGBA", "LA", "PA") or "transparency" in small.info
                plain = small.convert("RGBA" if clear else "RGB")
    except UnsupportedType:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, Image.DecompressionBombError):
        raise UnsupportedType("the picture is damaged") from None
    # a new image holds pixels alone: no EXIF, no comment, no colour profile
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    bare.save(preview, format="WEBP", quality=80, method=4)
    return Picture(width=size[0], height=size[1])

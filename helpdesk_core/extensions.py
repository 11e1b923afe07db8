"""Flask extensions that views refer to; ``create_app`` binds them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError


class _TokenAndOrigin(CSRFProtect):  # type: ignore[misc]  # the library ships no types
    """Asks for the form's token, and the browser where the form comes from (T-56).

    Views that are exempt from the token, because no cookie speaks for them, may be called from anywhere.
    """

    def protect(self, *args: Any, **kwargs: Any) -> None:
        """Raise ``CSRFError`` for a change without its token, or one that another site asks for."""
        super().protect(*args, **kwargs)
        if g.get("csrf_valid") and _from_elsewhere():
            raise CSRFError("The request comes from another site.")


def _from_elsewhere() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return False  # an old browser or a script: the token decides
    own = {request.host, urlsplit(str(current_app.config["HELPDESK_BASE_URL"])).netloc}
    return (urlsplit(origin).netloc or "null") not in own


csrf = _TokenAndOrigin()
limiter = Limiter(get_remote_address, headers_enabled=False, strategy="moving-window")

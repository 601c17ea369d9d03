"""Cookies of our own, besides that of the session."""

from datetime import timedelta

from flask import Response, after_this_request, current_app


def keep_cookie(name: str, value: str, *, kept_for: timedelta) -> None:
    """Have the answer set a cookie that scripts and other sites cannot read, bound as the session's is."""

    @after_this_request
    def _keep(response: Response) -> Response:
        response.set_cookie(
            name,
            value,
            max_age=kept_for,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response

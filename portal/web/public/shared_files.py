"""Answers that programs fetch again and again: feeds, pictures, the list of pages."""

from flask import Response, request


def send_shared(content: bytes | str, kind: str) -> Response:
    """Return a file by its mark; who has the same one already is told so.

    By mark alone and not by time: what is taken down would else come after the time of the newest change.
    """
    answer = Response(content, content_type=kind)
    answer.add_etag()
    answer.make_conditional(request)
    return answer

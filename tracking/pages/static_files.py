"""Static files, each answered whole: under ASGI a streamed one is read to its end in a thread anyway."""

from contextlib import closing

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise with answers in one piece; the largest, a script, has a megabyte and a half."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """The file, a part of it, or 304, as WhiteNoise has found it."""
        found = static_file.get_response(request.method, request.META)
        body = b""
        if found.file is not None:
            with closing(found.file) as opened:
                body = opened.read()
        response = HttpResponse(body, status=int(found.status))
        # Nothing but what WhiteNoise says: the type of a 304 is that of the file the browser has.
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response

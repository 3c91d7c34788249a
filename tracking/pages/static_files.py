"""Static files, each answered in one piece: under ASGI a streamed file is read whole in a thread anyway."""

from contextlib import closing

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise middleware that answers in one piece; the largest file is a script of 1.5 MB."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """Answer with the file, a range of it, or 304, as WhiteNoise decides."""
        found = static_file.get_response(request.method, request.META)
        body = b""
        if found.file is not None:
            with closing(found.file) as opened:
                body = opened.read()
        response = HttpResponse(body, status=int(found.status))
        # Send only WhiteNoise's headers: a 304 must not carry Django's default content type.
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response

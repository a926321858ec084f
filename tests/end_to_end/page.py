"""What is behind a function URL, asked as a browser or a webhook asks."""

import ssl
import urllib.error
import urllib.parse
import urllib.request


class Page:
    """The function URLs of a stack in the embedded AWS.

    Its host names resolve nowhere: the request goes to the embedded AWS itself, and names the
    host that it is for.
    """

    def __init__(self, stack):
        self._aws = stack.aws
        self._tls = ssl.create_default_context(cafile=str(stack.aws.home / "authorities.pem"))

    def request(self, method, url, form=None):
        """Status and body."""
        return self.send(method, url, urllib.parse.urlencode(form).encode() if form else None, {})

    def send(self, method, url, body, headers):
        """Status and body, of a request with a body as it is."""
        wanted = urllib.parse.urlsplit(url)
        request = urllib.request.Request(  # noqa: S310 - the embedded AWS, always https
            f"{self._aws.endpoint}{wanted.path}",
            data=body,
            method=method,
            headers={**headers, "Host": wanted.netloc},
        )
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self._tls),
            urllib.request.ProxyHandler({}),
            NoRedirect(),
        )
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer here."""

    def redirect_request(self, *_):
        return None

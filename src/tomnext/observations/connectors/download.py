"""Fetching a publisher's page: https only, its own hosts only, with limits on time, size and patience."""

import random
import time
from collections.abc import Callable
from email.message import Message
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from tomnext import __version__
from tomnext.observations.connectors.publisher import Publisher
from tomnext.observations.importing.payload import FileBytes
from tomnext.vocabulary.errors import ConnectorFailed
from tomnext.vocabulary.words import Text

TIMEOUT_SECONDS = 30.0
TRIES = 3
LARGEST_ANSWER = 50 * 2**20
"""Bytes; a longer answer is not what was asked for."""

_WORTH_ANOTHER_TRY = {429, 500, 502, 503, 504}


class _OwnHostsOnly(HTTPRedirectHandler):
    """Follows a redirect only to another page of the same publisher, so nothing can send the program elsewhere."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        """The next request, or ConnectorFailed when it would leave the publisher's hosts."""
        refuse_foreign(self._publisher, newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def refuse_foreign(publisher: Publisher, address: str) -> None:
    """ConnectorFailed unless an address is https and on one of the publisher's own hosts, on the usual port."""
    parts = urlsplit(address)
    if parts.scheme != "https" or parts.hostname not in publisher.hosts or parts.port not in (None, 443):
        raise ConnectorFailed(
            Text("The address does not belong to this publisher.", "網址不屬於這個機構。"),
            received=f"{parts.scheme}://{parts.netloc}",
            expected=", ".join(sorted(publisher.hosts)),
        )


def download(
    publisher: Publisher,
    address: str,
    opener: OpenerDirector | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> FileBytes:
    """The payload at one of a publisher's addresses; ConnectorFailed says what stood in the way.

    Waits longer before each further try, by a random share, as a guest should.
    """
    refuse_foreign(publisher, address)
    opener = opener or build_opener(_OwnHostsOnly(publisher))
    problem = ""
    for attempt in range(TRIES):
        if attempt:
            wait(2.0**attempt * random.uniform(0.5, 1.5))
        try:
            return _fetch(opener, address)
        except HTTPError as error:
            problem = f"HTTP {error.code}"
            if error.code not in _WORTH_ANOTHER_TRY:
                break
        except (URLError, TimeoutError, ConnectionError) as error:
            problem = str(getattr(error, "reason", error))
    raise ConnectorFailed(
        Text("The publisher could not be reached or refused.", "無法連線到該機構，或被拒絕。"),
        received=f"{urlsplit(address).hostname}: {problem}",
        fix=Text("Download the file in a browser and give it with --file.", "請用瀏覽器下載，再以 --file 指定檔案。"),
    )


def _fetch(opener: OpenerDirector, address: str) -> FileBytes:
    request = Request(address, headers={"User-Agent": f"tomnext/{__version__} (research; one request a file)"})
    with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        content = answer.read(LARGEST_ANSWER + 1)
    if len(content) > LARGEST_ANSWER:
        raise ConnectorFailed(
            Text("The answer is far longer than this publisher's files are.", "回應遠大於該機構的檔案。"),
            received=f"> {LARGEST_ANSWER // 2**20} MiB",
        )
    return FileBytes(urlsplit(address).path.rsplit("/", 1)[-1], content)

"""What do the publishers say? A payload, downloaded on request or given as a file, into the store."""

from dataclasses import dataclass
from pathlib import Path

from tomnext.observations.connectors.download import download
from tomnext.observations.connectors.publisher import Publisher
from tomnext.observations.connectors.registry import file_payload, publisher_named, publishers
from tomnext.observations.importing.payload import FileBytes, read_bytes
from tomnext.observations.store import open_store
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one payload brought, in readings."""

    file: str
    added: int
    unchanged: int
    revised: int


def publishers_known() -> list[dict[str, object]]:
    """Every publisher with its terms and whether its figures are for own use only."""
    return [
        {"name": one.name, "title": one.title, "terms": one.terms, "restricted": one.restricted} for one in publishers()
    ]


def fetch(name: str, store: str, files: list[str], terms_accepted: bool) -> list[Fetched]:
    """Bring a publisher's figures into a store, from ``files`` or, when none is given, from its own pages.

    A publisher that allows own use only is asked for nothing until the user has accepted its terms.
    """
    publisher = publisher_named(name)
    target = open_store(store, create=True)
    payloads = [read_bytes(Path(file), page=True) for file in files] or _downloaded(publisher, terms_accepted)
    tallies = [(payload.name, file_payload(publisher, payload, target)) for payload in payloads]
    return [Fetched(file, tally.added, tally.unchanged, tally.revised) for file, tally in tallies]


def _downloaded(publisher: Publisher, terms_accepted: bool) -> list[FileBytes]:
    if not publisher.addresses:
        raise InputRejected(publisher.terms, received=publisher.name)
    if publisher.restricted and not terms_accepted:
        raise InputRejected(
            Text(
                f"This publisher allows own use only: {publisher.terms.en}", f"此機構僅允許自用：{publisher.terms.zh}"
            ),
            received=publisher.name,
            fix=Text("If that suits you, add --accept-terms.", "若可接受，請加上 --accept-terms。"),
        )
    return [download(publisher, address) for address in publisher.addresses]

"""The bytes of a file before anybody believes its name: how large, what kind, in which encoding."""

import hashlib
import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tomnext.vocabulary.errors import InputRejected, SourceFormatError
from tomnext.vocabulary.words import Text

LARGEST_FILE = 500 * 2**20
LARGEST_UNPACKED = 200 * 2**20
LARGEST_RATIO = 100
MOST_ENTRIES = 10_000
"""A workbook beyond these limits is refused unread (bytes, bytes unpacked, unpacked to packed, entries)."""

_BROKEN_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
    LookupError,
)  # fmt: skip
"""What reading a damaged archive may end in."""

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TAIWAN_THEN_CHINA = ("cp950", "gb18030")


@dataclass(frozen=True)
class FileBytes:
    """A file as it is: its name, its bytes and their SHA-256."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash under which a store keeps this payload's batch."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def is_workbook(self) -> bool:
        """Whether the bytes, not the name, are those of an Excel workbook."""
        return self.content.startswith((b"PK\x03\x04", _OLE2))


def read_bytes(path: Path, page: bool = False) -> FileBytes:
    """The bytes of a file, refused when missing, empty or too large, and, unless a web ``page`` is wanted, when it is
    evidently not a table."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise SourceFormatError(
                Text("The file is too large to import at once.", "檔案太大，無法一次匯入。"),
                received=f"{path} ({size / 2**20:,.0f} MiB)",
                expected=f"≤ {LARGEST_FILE // 2**20} MiB",
                fix=Text("Split it by year.", "請依年份分割。"),
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputRejected(Text("There is no file at this place.", "這個位置沒有檔案。"), received=path) from None
    except OSError as error:
        raise InputRejected(Text("The file cannot be read.", "檔案無法讀取。"), received=f"{path}: {error}") from None
    if not content.strip():
        raise SourceFormatError(Text("The file is empty.", "檔案是空的。"), received=path)
    payload = FileBytes(path.name, content)
    if not page:
        _refuse_other_kinds(payload)
    return payload


def _refuse_other_kinds(payload: FileBytes) -> None:
    start = payload.content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    what = None
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in start[:1024]:
        what = Text("This is a web page, not a table: perhaps an error page.", "這是網頁而不是表格，可能是錯誤頁。")
    elif start.startswith(b"%pdf"):
        what = Text("This is a PDF, not a table.", "這是 PDF，不是表格。")
    elif start.startswith((b"\x1f\x8b", b"sqlite format 3", b"par1")):
        what = Text("This is a compressed or binary file, not a table.", "這是壓縮檔或二進位檔，不是表格。")
    if what is not None:
        raise SourceFormatError(
            what,
            received=f"{payload.name}: {start[:60].decode('ascii', 'replace')}",
            expected=Text("CSV text or an Excel workbook", "CSV 文字檔或 Excel 活頁簿"),
            fix=Text("Download the file again and open it once to look.", "請重新下載，並先開啟檢查。"),
        )


def refuse_unsafe_workbook(payload: FileBytes) -> None:
    """Refuse a workbook whose archive would unpack into far more than it says or than anybody needs.

    The directory is read first; then every entry is unpacked to nowhere under the same limit, because the sizes in a
    directory may lie. SourceFormatError says which limit was passed.
    """
    if payload.content.startswith(_OLE2):
        return
    try:
        with zipfile.ZipFile(BytesIO(payload.content)) as archive:
            entries = archive.infolist()
            declared = sum(entry.file_size for entry in entries)
            _refuse_bomb(payload, len(entries), declared)
            for entry in entries:
                with archive.open(entry) as stream:
                    while stream.read(2**20):
                        pass
    except _BROKEN_ARCHIVE as error:
        raise SourceFormatError(
            Text("The workbook is damaged or is not a workbook.", "活頁簿已損毀，或不是活頁簿。"),
            received=f"{payload.name}: {error}",
        ) from None


def _refuse_bomb(payload: FileBytes, entries: int, unpacked: int) -> None:
    ratio = unpacked / max(len(payload.content), 1)
    if entries > MOST_ENTRIES or unpacked > LARGEST_UNPACKED or (ratio > LARGEST_RATIO and unpacked > 10 * 2**20):
        raise SourceFormatError(
            Text("The workbook would unpack into far too much (a zip bomb).", "活頁簿解壓縮後過大（疑似壓縮炸彈）。"),
            received=f"{payload.name}: {entries:,} entries, {unpacked / 2**20:,.0f} MiB, ratio {ratio:,.0f}",
            expected=f"≤ {MOST_ENTRIES:,}, ≤ {LARGEST_UNPACKED // 2**20} MiB, ratio ≤ {LARGEST_RATIO}",
        )


def decode(payload: FileBytes, encoding: str, expected_words: list[str]) -> str:
    """The text of a file. ``auto`` reads byte-order marks, then UTF-8, then Big5 (CP950) or GB18030.

    Between the two Chinese encodings, which both can spell most bytes, the one wins in which more of the words the
    map expects are found; CP950 when neither does.
    """
    content = payload.content
    if encoding != "auto":
        return _decoded(payload, encoding)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(payload, "utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    best, most = None, -1
    for candidate in _TAIWAN_THEN_CHINA:
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        found = sum(word in text for word in expected_words)
        if found > most:
            best, most = text, found
    if best is None:
        raise SourceFormatError(
            Text("The encoding of the file was not recognised.", "無法辨認檔案的編碼。"),
            received=payload.name,
            expected="UTF-8, UTF-16, CP950 (Big5), GB18030",
            fix=Text('State it in the map: [file] encoding = "..."', '請在對應檔寫明：[file] encoding = "..."'),
        )
    return best


def _decoded(payload: FileBytes, encoding: str) -> str:
    try:
        return payload.content.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise SourceFormatError(
            Text("The file cannot be read in this encoding.", "檔案無法以此編碼讀取。"),
            received=f"{payload.name}: {error}",
            fix=Text('Use encoding = "auto" or the right name.', '請用 encoding = "auto" 或正確名稱。'),
        ) from None

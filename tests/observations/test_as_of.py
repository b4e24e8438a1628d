"""Nothing later than ``as_of`` is ever seen: the store beside an oracle that does it the slow, plain way."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.observations.asof import newest_known
from tomnext.observations.store import Payload, SqliteStore, open_store

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
PLANTED = 1e9
Claim = tuple[str, date, datetime, datetime, float | None]
"""series, observed_on, available_at, said_at, value"""


def at(hours: int) -> datetime:
    return EPOCH + timedelta(hours=int(hours))


def frame_of(claims: list[Claim]) -> pl.DataFrame:
    return pl.DataFrame(
        [(series, day, value, available, "licensed") for series, day, available, _, value in claims],
        schema={
            "series_id": pl.String, "observed_on": pl.Date, "value": pl.Float64,
            "available_at": pl.Datetime("us", "UTC"), "nature": pl.String,
        },
        orient="row",
    )  # fmt: skip


def file_all(store: SqliteStore, claims: list[Claim]) -> None:
    """File claims payload by payload, in the order in which the payloads spoke."""
    by_said: dict[datetime, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_said[claim[3]].append(claim)
    for said in sorted(by_said):
        store.append(frame_of(by_said[said]), Payload("oracle", "", f"{said}", "", 0), said)


def oracle(claims: list[Claim], as_of: datetime) -> dict[tuple[str, date], tuple[float | None, int]]:
    """Each day's newest value and how often it had changed, from first principles.

    Of claims with one ``available_at``, the first said holds from it; a later one, if it differs from what the same
    claim line said before, holds from when it was said.
    """
    told: dict[tuple[str, date], list[tuple[datetime, datetime, datetime, float | None]]] = defaultdict(list)
    for series, day, available, said, value in sorted(claims, key=lambda one: one[3]):
        line = [one for one in told[series, day] if one[1] == available]
        if not line:
            told[series, day].append((available, available, said, value))
        elif line[-1][3] != value:
            told[series, day].append((max(available, said), available, said, value))
    answer = {}
    for key, holds in told.items():
        seen = [value for start, _, _, value in sorted(holds, key=lambda one: one[:3]) if start <= as_of]
        if seen:
            answer[key] = (seen[-1], sum(a != b for a, b in pairwise(seen)))
    return answer


def answer_of(frame: pl.DataFrame) -> dict[tuple[str, date], tuple[float | None, int]]:
    return {
        (series, day): (value, revision)
        for series, day, value, revision in frame.select("series_id", "observed_on", "value", "revision").iter_rows()
    }


def random_claims(generator: np.random.Generator, histories: int) -> list[Claim]:
    """One to seven claims a day for days spread over some series; few values, so that repeats and returns occur."""
    claims: dict[tuple[str, date, datetime, datetime], Claim] = {}
    for history in range(histories):
        series, day = f"s{history % 40:02d}", date(2024, 1, 1) + timedelta(days=history // 40)
        for _ in range(generator.integers(1, 8)):
            available, said = at(generator.integers(0, 12)), at(generator.integers(0, 8) * 3)
            value = None if generator.random() < 0.05 else float(generator.integers(1, 4))
            claims.setdefault((series, day, available, said), (series, day, available, said, value))
    return list(claims.values())


@pytest.mark.slow
def test_ten_thousand_random_histories_against_the_oracle(tmp_path: Path) -> None:
    claims = random_claims(np.random.default_rng(20_211_018), 10_000)
    store = open_store(tmp_path / "random.sqlite", create=True)
    file_all(store, claims)
    names = sorted({claim[0] for claim in claims})
    assert len({claim[:2] for claim in claims}) == 10_000
    for hours in (0, 3, 7, 12, 21, 40):
        frame = store.read(names, as_of=at(hours))
        assert frame.filter(pl.col("available_at") > at(hours)).is_empty()
        assert answer_of(frame) == oracle(claims, at(hours))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), hours=st.integers(-1, 30), planted=st.integers(0, 11))
def test_a_planted_future_is_never_visible(tmp_path_factory, seed: int, hours: int, planted: int) -> None:  # type: ignore[no-untyped-def]
    claims = random_claims(np.random.default_rng(seed), 4)
    store = open_store(tmp_path_factory.mktemp("planted") / "s.sqlite", create=True)
    file_all(store, claims)
    names = sorted({claim[0] for claim in claims})
    before = store.read(names, as_of=at(hours))
    future = [(name, date(2024, 1, 1), at(hours + 1 + planted), at(hours + 1 + planted), PLANTED) for name in names]
    file_all(store, future)
    after = store.read(names, as_of=at(hours))
    assert PLANTED not in after["value"].to_list()
    assert after.equals(before)


def test_a_bare_date_sees_that_whole_day_and_no_more(tmp_path: Path) -> None:
    """Convention 11."""
    store = open_store(tmp_path / "s.sqlite", create=True)
    last, next_day = datetime(2024, 5, 1, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)
    day = date(2024, 5, 1)
    file_all(store, [("a", day, last, last, 1.0), ("b", day, next_day, next_day, PLANTED)])
    assert store.read(["a", "b"], as_of=day)["value"].to_list() == [1.0]


def test_files_in_any_order_answer_alike(tmp_path: Path) -> None:
    """Four files that overlap and correct each other, each stating its day of publication: all 24 orders."""
    days = [date(2024, 1, 1) + timedelta(days=step) for step in range(40)]
    files = [
        [
            ("s", day, at(24 * place), at(1000 + number), 100.0 * number + place)
            for place, day in enumerate(days[: 10 * number])
        ]
        for number in range(1, 5)
    ]
    answers = []
    for turn, order in enumerate(permutations(files)):
        store = open_store(tmp_path / f"{turn}.sqlite", create=True)
        for claims in order:
            file_all(store, claims)
        answers.append([store.read(["s"], as_of=at(hours)).drop("source") for hours in (5, 500, 1001, 1003, 5000)])
    for answer in answers[1:]:
        assert all(one.equals(first) for one, first in zip(answer, answers[0], strict=True))
    assert answers[0][-1]["value"].to_list() == [400.0 + place for place in range(40)]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_saying_everything_again_changes_nothing(tmp_path_factory, seed: int) -> None:  # type: ignore[no-untyped-def]
    """A second import of the newest state of every day, as a daily full download would bring it."""
    claims = [claim for claim in random_claims(np.random.default_rng(seed), 3) if claim[2] == at(0)]
    store = open_store(tmp_path_factory.mktemp("again") / "s.sqlite", create=True)
    file_all(store, [*claims, ("s", date(2024, 1, 1), at(0), at(0), 1.0)])
    names = store.series_ids()
    before = store.read(names)
    file_all(store, [(series, day, at(0), at(99), value) for (series, day), (value, _) in answer_of(before).items()])
    assert store.read(names).equals(before)


def test_the_rule_alone_keeps_the_instant_of_the_first_print() -> None:
    vintages = pl.DataFrame(
        {
            "series_id": ["s"] * 4,
            "observed_on": [date(2024, 1, 1)] * 4,
            "value": [1.0, 1.0, 2.0, 1.0],
            "available_at": [at(1), at(2), at(3), at(4)],
        },
        schema_overrides={"available_at": pl.Datetime("us", "UTC")},
    )
    rows = [newest_known(vintages, at(hours)).select("value", "available_at", "revision").rows() for hours in range(5)]
    assert rows == [[], [(1.0, at(1), 0)], [(1.0, at(1), 0)], [(2.0, at(3), 1)], [(1.0, at(4), 2)]]

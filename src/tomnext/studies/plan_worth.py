"""What one more of something is worth over the plan: a tonne of stock or of room, a day less to wait on a lane."""

import numpy as np

from tomnext.procurement.policies import DAYS_A_MONTH
from tomnext.procurement.programme import Floats
from tomnext.procurement.sddp import models_of
from tomnext.studies.plan_problem import Answer


def shadow_prices(answer: Answer) -> dict[str, float]:
    """USD a unit would save: a tonne in stock or under way, of room, of a lane's capacity; a day of a lane's wait.

    ``stock:…``, ``pipe:…``, ``work:…``, ``futures:…``: today's slopes of the plan's value. ``capacity:…``,
    ``limit:…``: duals of this month. ``room:…``: what a tonne of own room saves in outside storage over the whole
    plan. ``day_of_lead_time:…``: what the plan's orders on a lane would gain by arriving a month sooner, by the value
    of the future's slopes, divided by the days of a month; to first order.
    """
    first = models_of(answer.programme, answer.solution.cuts)[0]
    state = answer.programme.initial_state
    slope = first.minorants(state).slope[0, 0]
    names = [answer.programme.column_names[place] for place in answer.programme.state_columns]
    worth = {f"{name}_usd_per_t": -float(value) for name, value in zip(names, slope, strict=True)}
    prices = first.row_prices(0, 0, state)
    for name, value in zip(answer.programme.row_names, prices, strict=True):
        if name.startswith(("capacity:", "limit:")):
            worth[f"{name}_usd_per_t"] = float(value)
    return worth | _room(answer) | _lead_times(answer)


def _room(answer: Answer) -> dict[str, float]:
    """Outside storage that one tonne more of own room would save over the planned months, USD per t."""
    block, months = answer.block, answer.walked.months
    discounts = block.monthly_discount ** np.arange(months)
    found = {}
    for store in block.stores:
        stock = answer.walked.ledger.stock_t[:, :months, list(store.forms)].sum(axis=2)
        is_full = (stock > store.limit_t).mean(axis=0)
        found[f"room:{store.name}_usd_per_t"] = float(is_full @ discounts) * store.overflow_usd_per_t
    return found


def _lead_times(answer: Answer) -> dict[str, float]:
    """USD that a day less to wait on a lane would save over the plan."""
    block = answer.block
    place = {
        answer.programme.column_names[column]: number for number, column in enumerate(answer.programme.state_columns)
    }
    gains = np.zeros(len(block.lanes))
    for stage in range(answer.walked.months):
        slopes = _slopes_there(answer, stage)
        for number, offer in enumerate(block.offers):
            if offer.pipeline is None:
                continue
            pipe = block.pipelines[offer.pipeline].name
            stock = f"stock:{block.forms[offer.form].name}"
            for wait, share in offer.parts:
                if wait:
                    sooner = f"pipe:{pipe}/{wait - 1}" if wait > 1 else stock
                    gain = slopes[:, place[f"pipe:{pipe}/{wait}"]] - slopes[:, place[sooner]]
                    gains[offer.lane] += float((share * answer.walked.ledger.order_t[:, stage, number] * gain).mean())
    waits = {offer.lane for offer in block.offers if offer.pipeline is not None}
    return {
        f"day_of_lead_time:{block.lanes[lane].name}_usd": float(gains[lane] / DAYS_A_MONTH) for lane in sorted(waits)
    }


def _slopes_there(answer: Answer, stage: int) -> Floats:
    """The slope of the future's cost (USD per t) at the state each path is in after a month, (paths, states)."""
    cuts, nodes = answer.solution.cuts, answer.walked.paths.nodes[:, stage]
    visited = answer.visited[stage]
    slopes = cuts.slope[stage][:, nodes, :]
    heights = cuts.intercept[stage][:, nodes] + np.einsum("cps,ps->cp", slopes, visited)
    return np.asarray(slopes[heights.argmax(axis=0), np.arange(len(nodes))], dtype=np.float64)

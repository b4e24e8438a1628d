"""Whether the promised service can be kept at all: which constraint forbids it, and by how much."""

import numpy as np

from tomnext.procurement.block import Block
from tomnext.procurement.ledger import usable_weights
from tomnext.procurement.programme import Floats
from tomnext.studies.company_sheet import CompanySheet, MetalTable
from tomnext.studies.plan_blocks import PlannedBlock
from tomnext.vocabulary.errors import InfeasiblePlan
from tomnext.vocabulary.words import Text

TOLERANCE_T = 1e-9


def refuse_impossible_promises(sheet: CompanySheet, planned: PlannedBlock) -> None:
    """InfeasiblePlan with every broken constraint and its tonnes, when even undisturbed lanes cannot keep a promise."""
    broken: list[Text] = []
    for row in sheet.metal:
        if row.metal in planned.metals and (row.promise_days or row.fill_share):
            broken += [
                *_room(row, planned.block),
                *_flow(row, planned.block),
                *_limits(row, planned.block),
                *_first_months(row, planned.block),
            ]
    if broken:
        raise InfeasiblePlan(
            Text(
                "The promised service cannot be kept:\n" + "\n".join(f"  • {one.en}" for one in broken),
                "無法達成承諾的服務水準：\n" + "\n".join(f"  • {one.zh}" for one in broken),
            ),
            fix=Text(
                "Lower the promise, or widen the constraint by the missing amount.",
                "請調低承諾，或依缺口放寬該限制。",
            ),
        )


def _room(row: MetalTable, block: Block) -> list[Text]:
    promise = next((one for one in block.promises if one.name == row.form), None)
    if promise is None:
        return []
    kept = [store for store in block.stores if any(promise.weight[form] > 0 for form in store.forms)]
    room, need = sum(store.limit_t for store in kept), float(promise.need_t.max())
    if need <= room + TOLERANCE_T:
        return []
    names = ", ".join(store.name for store in kept)
    return [
        Text(
            f"storage “{names}”: {row.promise_days:g} days need {need:,.3f} t, room is {room:,.3f} t, "
            f"short by {need - room:,.3f} t",
            f"倉儲「{names}」：{row.promise_days:g} 天需 {need:,.3f} 公噸，容量 {room:,.3f} 公噸，"
            f"不足 {need - room:,.3f} 公噸",
        )
    ]


def _flow(row: MetalTable, block: Block) -> list[Text]:
    """Use a month against all that lanes deliver when nothing is broken."""
    weights = _weights(row, block)
    use = float(_demand(block, row.form).mean())
    most = 0.0
    for number, lane in enumerate(block.lanes):
        best = max((weights[offer.form] for offer in block.offers if offer.lane == number), default=0.0)
        most += float(lane.capacity_t_by_node[0][0]) * best
    wanted = use * (row.fill_share if row.fill_share is not None else 1.0)
    if most >= wanted - TOLERANCE_T:
        return []
    return [
        Text(
            f"lane capacity: the line is promised {wanted:,.3f} t a month, all lanes deliver {most:,.3f} t, "
            f"short by {wanted - most:,.3f} t a month",
            f"供應能力：承諾每月供料 {wanted:,.3f} 公噸，全部路線每月 {most:,.3f} 公噸，"
            f"每月不足 {wanted - most:,.3f} 公噸",
        )
    ]


def _limits(row: MetalTable, block: Block) -> list[Text]:
    """Use a month against all that a limit of the company's own still lets in when nothing is broken."""
    weights = _weights(row, block)
    wanted = float(_demand(block, row.form).mean()) * (row.fill_share if row.fill_share is not None else 1.0)
    broken: list[Text] = []
    for limit in block.limits:
        free = within = best = 0.0
        for number, lane in enumerate(block.lanes):
            offers = [place for place, offer in enumerate(block.offers) if offer.lane == number]
            weight = max((float(weights[block.offers[place].form]) for place in offers), default=0.0)
            flow = float(lane.capacity_t_by_node[0][0]) * weight
            if all(limit.coefficient[place] for place in offers):
                within, best = within + flow, max(best, weight)
            else:
                free += flow
        most = free + min(within, limit.at_most_t * best)
        if best > 0 and most < wanted - TOLERANCE_T:
            broken.append(_too_tight(limit.name, wanted, most))
    return broken


def _too_tight(limit: str, wanted: float, most: float) -> Text:
    return Text(
        f"limit “{limit}”: the line is promised {wanted:,.3f} t a month, the limit lets in {most:,.3f} t, "
        f"short by {wanted - most:,.3f} t a month",
        f"限制「{limit}」：承諾每月供料 {wanted:,.3f} 公噸，在此限制下每月至多 {most:,.3f} 公噸，"
        f"每月不足 {wanted - most:,.3f} 公噸",
    )


def _first_months(row: MetalTable, block: Block) -> list[Text]:
    """Use until the first order can arrive, against what is in hand and under way."""
    weights = _weights(row, block)
    demand = _demand(block, row.form)
    first = min((offer.parts[-1][0] for offer in block.offers if weights[offer.form] > 0), default=0)
    have = sum(form.opening_t * weights[number] for number, form in enumerate(block.forms))
    have += sum(float(pipe.opening_t[:first].sum()) * weights[pipe.form] for pipe in block.pipelines)
    short = float(demand[:first].sum()) - have
    allowed = float(demand.sum()) * (1.0 - row.fill_share) if row.fill_share is not None else np.inf
    if short <= allowed + TOLERANCE_T:
        return []
    return [
        Text(
            f"lead time: before any order can arrive (month {first}) the line uses {demand[:first].sum():,.3f} t, "
            f"{have:,.3f} t are in hand or under way, short by {short:,.3f} t",
            f"交期：最早第 {first} 個月才到貨，此前需 {demand[:first].sum():,.3f} 公噸，"
            f"現有與在途 {have:,.3f} 公噸，不足 {short:,.3f} 公噸",
        )
    ]


def _weights(row: MetalTable, block: Block) -> Floats:
    """How many usable tonnes of the row's metal a tonne of every form gives."""
    is_own = np.array([form.metal == row.metal.value for form in block.forms])
    return np.asarray(usable_weights(block) * is_own, dtype=np.float64)


def _demand(block: Block, form: str) -> Floats:
    return next(one.demand_t for one in block.forms if one.name == form)

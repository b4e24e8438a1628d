"""The multistage optimiser against the whole tree written down, and its certificates."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.procurement.cuts import Cuts, Learning
from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.policy_value import Estimate
from tomnext.procurement.programme import Programme, Risk, Stage, Starts, risk_adjusted
from tomnext.procurement.sddp import Effort, Progress, gap_of_avoidable, models_of, solve
from tomnext.procurement.stage_models import Minorants
from tomnext.vocabulary.errors import InputRejected


def small_programme(seed: int, stages: int = 4, nodes: int = 3, outcomes: int = 2) -> Programme:
    """One stock, spot purchases capped at 8 t, lost sales at 40, holding 0.4; random prices, demands, transitions."""
    rng = np.random.default_rng(seed)
    # decisions: buy, lost, end stock; row: end stock − buy − lost = stock − demand
    matrix = np.array([[-1.0, -1.0, 1.0]])
    built, transitions = [], []
    for number in range(stages):
        n, w = (1, 1) if number == 0 else (nodes, outcomes)
        price = 10 * np.exp(rng.normal(0, 0.25, n))
        demand = rng.gamma(4, 1.25, (n, w))
        built.append(
            Stage(
                cost=np.column_stack([price, np.full(n, 40.0), np.full(n, 0.4)]),
                lower=np.zeros((n, 3)),
                upper=np.tile([8.0, 60.0, 60.0], (n, 1)),
                rhs=-demand[:, :, None],
                incoming=np.ones((n, w, 1, 1)),
                incoming_cost=np.zeros((n, w, 1)),
                constant=np.zeros((n, w)),
                chance=rng.dirichlet(np.ones(w), n),
            )
        )
        if number > 0:
            transitions.append(rng.dirichlet(np.ones(n), built[number - 1].n_nodes))
    return Programme(
        matrix, np.array([True]), np.array([2]), tuple(built), tuple(transitions), np.array([5.0]), np.zeros(3),
        ("buy", "lost", "stock"), ("balance",),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_bound_and_policy_meet_the_whole_tree(seed: int, weight: float) -> None:
    programme = small_programme(seed)
    risk = Risk(weight, tail_share=0.2)
    exact = solve_tree(programme, risk).objective
    found = solve(programme, risk, np.random.default_rng(1), Effort(max_iterations=80, check_every=81, n_paths=100))
    assert found.lower_bound == pytest.approx(exact, rel=1e-6)
    assert found.upper.mean == pytest.approx(exact, rel=1e-6)
    assert abs(found.hot_minus_cold) <= 1e-6 * exact
    assert found.gap <= 1e-6


@settings(deadline=None, max_examples=15, derandomize=True)
@given(seed=st.integers(0, 10_000), iterations=st.integers(1, 6), weight=st.sampled_from([0.0, 0.5]))
def test_an_unfinished_run_still_bounds_from_below(seed: int, iterations: int, weight: float) -> None:
    """A thousand paths: an unfinished policy may be dear in rare months only, which a hundred can miss altogether."""
    programme = small_programme(seed)
    risk = Risk(weight, tail_share=0.25)
    exact = solve_tree(programme, risk).objective
    found = solve(
        programme, risk, np.random.default_rng(seed), Effort(max_iterations=iterations, check_every=99, n_paths=1000)
    )
    assert found.lower_bound <= exact + 1e-7 * abs(exact)
    if weight == 0:
        assert found.upper.mean + 5 * found.upper.standard_error >= exact * (1 - 1e-7)


def test_same_seed_gives_the_same_answer_and_kept_cuts_answer_at_once() -> None:
    programme, effort = small_programme(7), Effort(gap=1e-3, max_iterations=60, n_paths=50)
    one = solve(programme, Risk(0.4, 0.2), np.random.default_rng(3), effort)
    two = solve(programme, Risk(0.4, 0.2), np.random.default_rng(3), effort)
    assert one.lower_bound == two.lower_bound
    assert one.upper == two.upper
    again = solve(programme, Risk(0.4, 0.2), np.random.default_rng(4), effort, kept=Cuts.from_arrays(one.cuts.arrays()))
    assert again.iterations == 0
    assert again.lower_bound == pytest.approx(one.lower_bound, rel=1e-9)


def from_second_month(programme: Programme, outcome: int) -> Programme:
    """The programme without its first month, what the second month brings being known: a first stage of many nodes."""
    first = programme.stages[1]
    known = replace(
        first,
        rhs=first.rhs[:, [outcome]],
        incoming=first.incoming[:, [outcome]],
        incoming_cost=first.incoming_cost[:, [outcome]],
        constant=first.constant[:, [outcome]],
        chance=np.ones((first.n_nodes, 1)),
    )
    return replace(programme, stages=(known, *programme.stages[2:]), transition=programme.transition[1:])


def one_start(programme: Programme, node: int, state: np.ndarray) -> Programme:
    """The programme with a first stage of one node only, as the tree has it."""
    first = programme.stages[0]
    alone = {name: getattr(first, name)[[node]] for name in Stage.__dataclass_fields__}
    transition = (programme.transition[0][[node]], *programme.transition[1:])
    return replace(
        programme, stages=(Stage(**alone), *programme.stages[1:]), transition=transition, initial_state=state
    )


@pytest.mark.parametrize("weight", [0.0, 0.4])
def test_one_solve_is_good_at_many_starts(weight: float) -> None:
    """Stocks of 0, 5, 12 and 40 t in different nodes: bound and cost are the means of four whole trees."""
    programme = from_second_month(small_programme(5, stages=5), outcome=1)
    starts = Starts(np.array([0, 1, 2, 0]), np.array([[0.0], [5.0], [12.0], [40.0]]))
    risk, effort = Risk(weight, 0.2), Effort(max_iterations=200, check_every=201, n_paths=101)
    found = solve(programme, risk, np.random.default_rng(1), effort, starts=starts)
    pairs = list(zip(starts.node, starts.state, strict=True))
    exact = [solve_tree(one_start(programme, int(node), state), risk) for node, state in pairs]
    mean = float(np.mean([one.objective for one in exact]))
    assert found.lower_bound == pytest.approx(mean, rel=1e-6)
    assert found.upper.mean == pytest.approx(mean, rel=1e-6)
    assert found.upper.n_paths == 104
    first = models_of(programme, found.cuts)[0]
    for (node, state), tree in zip(pairs, exact, strict=True):
        assert first.minorants(state).value[node, 0] == pytest.approx(tree.objective, rel=1e-6)
        assert first.decide(int(node), 0, state) == pytest.approx(tree.first_decision, abs=1e-4)


@pytest.mark.parametrize(
    "starts",
    [
        Starts(np.array([3]), np.array([[1.0]])),
        Starts(np.array([0]), np.array([[1.0, 2.0]])),
        Starts(np.array([0, 1]), np.array([[1.0]])),
        Starts(np.array([0]), np.array([[np.nan]])),
        Starts(np.zeros(0, dtype=np.int64), np.zeros((0, 1))),
    ],
)
def test_starts_that_do_not_fit_are_refused(starts: Starts) -> None:
    programme = from_second_month(small_programme(5), outcome=0)
    with pytest.raises(InputRejected):
        solve(programme, Risk(), np.random.default_rng(0), starts=starts)


def test_kept_cuts_of_the_plain_mean_serve_the_worst_cases_at_once() -> None:
    """Averaged anew under the heavier risk they bound from below, and higher than the plain mean does."""
    programme = small_programme(7)
    plain = solve(programme, Risk(), np.random.default_rng(3), Effort(max_iterations=40, check_every=41))
    stop_at_once = Effort(gap=1.0, avoidable_gap=1.0)
    risk = Risk(0.5, 0.2)
    at_once = solve(programme, risk, np.random.default_rng(3), stop_at_once, kept=plain.cuts)
    assert at_once.iterations == 0
    assert plain.lower_bound + 1.0 < at_once.lower_bound <= solve_tree(programme, risk).objective * (1 + 1e-9)


def test_the_distance_is_judged_by_what_can_be_avoided() -> None:
    """Bound 100, cost 104 ± 1.96·1, of which 90 is spent in any case: 5.96 of 14, though 5.7 % of the whole."""
    assert gap_of_avoidable(100.0, Estimate(104.0, 1.0, 50), 90.0) == pytest.approx(5.96 / 14.0, rel=1e-4)
    # a policy cheaper than the unavoidable is not nearer for it
    assert gap_of_avoidable(100.0, Estimate(104.0, 1.0, 50), 118.0) == pytest.approx(5.96 / 14.0, rel=1e-4)


def test_a_run_stops_only_when_both_distances_are_small() -> None:
    programme = small_programme(3, stages=5)
    exact = solve_tree(programme, Risk()).objective
    loose, tight = Effort(gap=0.2, check_every=2), Effort(gap=0.2, check_every=2, avoidable_gap=0.05)
    spent = exact * 0.9
    early = solve(programme, Risk(), np.random.default_rng(0), loose)
    late = solve(programme, Risk(), np.random.default_rng(0), tight, unavoidable=spent)
    assert early.gap_of_avoidable is None
    assert early.iterations < late.iterations
    assert late.gap_of_avoidable is not None
    assert late.gap_of_avoidable <= 0.05
    assert late.upper.mean - exact <= 0.05 * (late.upper.mean - spent) + 1e-6


def test_cancelling_keeps_what_was_learnt() -> None:
    seen: list[Progress] = []

    def stop_at_three(progress: Progress) -> bool:
        seen.append(progress)
        return progress.iteration < 3

    found = solve(small_programme(2), Risk(), np.random.default_rng(0), watch=stop_at_three)
    assert found.status == "cancelled"
    assert found.cuts.n_cuts == 3
    assert [one.lower_bound for one in seen] == sorted(one.lower_bound for one in seen)


def test_an_interrupt_from_the_keyboard_keeps_what_was_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes in the middle of the fifth backward pass: four whole passes are kept and certified."""
    learn, calls = Learning.learn, []

    def interrupted(self: Learning, number: int, seen: Minorants) -> object:
        calls.append(number)
        if len(calls) == 4 * 3 + 2:
            raise KeyboardInterrupt
        return learn(self, number, seen)

    monkeypatch.setattr(Learning, "learn", interrupted)
    programme = small_programme(2)
    found = solve(programme, Risk(), np.random.default_rng(0), Effort(check_every=99))
    assert found.status == "cancelled"
    assert found.cuts.n_cuts == 4
    assert found.lower_bound <= solve_tree(programme, Risk()).objective * (1 + 1e-9)


def test_risk_adjusted_is_the_worst_tail_by_hand() -> None:
    """Chances 0.5, 0.3, 0.2 of 1, 5, 9; worst 30 %: all of 9 and a third of 5, so CVaR = (0.2·9 + 0.1·5)/0.3."""
    chances, values = np.array([[0.5, 0.3, 0.2]]), np.array([1.0, 5.0, 9.0])
    worst = float((risk_adjusted(chances, values, Risk(1.0, 0.3)) @ values)[0])
    assert worst == pytest.approx((0.2 * 9 + 0.1 * 5) / 0.3)
    mixed = float((risk_adjusted(chances, values, Risk(0.25, 0.3)) @ values)[0])
    assert mixed == pytest.approx(0.75 * 3.8 + 0.25 * worst)


@pytest.mark.parametrize(("weight", "tail"), [(-0.1, 0.05), (1.1, 0.05), (0.5, 0.0), (0.5, 1.2)])
def test_a_risk_outside_its_range_is_refused(weight: float, tail: float) -> None:
    with pytest.raises(InputRejected):
        Risk(weight, tail)

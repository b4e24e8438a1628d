"""The four rules of the duty benchmark in OpenFisca-Core, run in an interpreter that has it (AGPL: bench only).

Prints one JSON record: processor seconds for twelve months by run, the sum of landed cost by month, the version.
Usage: python _openfisca_peer.py SHIPMENTS REPEATS
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
from openfisca_core import entities, periods, simulations, taxbenefitsystems, variables
from openfisca_core.parameters import ParameterNode

SHIPMENT = entities.Entity("shipment", "shipments", "one shipment", "")
RATES = {
    "mfn": {"values": {"2024-01-01": {"value": 0.029}}},
    "s232": {
        "values": {
            "2024-01-01": {"value": 0.0},
            "2025-03-12": {"value": 0.25},
            "2025-06-04": {"value": 0.50},
        }
    },
    "carbon_price": {"values": {"2024-01-01": {"value": 70.0}}},
    "embedded": {"values": {"2024-01-01": {"value": 1.9}}},
    "benchmark": {"values": {"2024-01-01": {"value": 1.4}}},
}


class value(variables.Variable):  # noqa: N801
    value_type, entity, definition_period = float, SHIPMENT, periods.DateUnit.MONTH
    label = "customs value"


class weight(variables.Variable):  # noqa: N801
    value_type, entity, definition_period = float, SHIPMENT, periods.DateUnit.MONTH
    label = "weight in tonnes"


class flagged(variables.Variable):  # noqa: N801
    value_type, entity, definition_period = bool, SHIPMENT, periods.DateUnit.MONTH
    label = "whether the second duty names the goods"


class mfn_duty(variables.Variable):  # noqa: N801
    value_type, entity, definition_period = float, SHIPMENT, periods.DateUnit.MONTH
    label = "ordinary duty"

    def formula(shipment, period, parameters):  # noqa: N805
        return shipment("value", period) * parameters(period).mfn


class s232_duty(variables.Variable):  # noqa: N801
    value_type, entity, definition_period = float, SHIPMENT, periods.DateUnit.MONTH
    label = "additional duty"

    def formula(shipment, period, parameters):  # noqa: N805
        return shipment("flagged", period) * shipment("value", period) * parameters(period).s232


class carbon(variables.Variable):  # noqa: N801
    value_type, entity, definition_period = float, SHIPMENT, periods.DateUnit.MONTH
    label = "carbon charge"

    def formula(shipment, period, parameters):  # noqa: N805
        law = parameters(period)
        return shipment("weight", period) * max(law.embedded - law.benchmark, 0) * law.carbon_price


class landed_cost(variables.Variable):  # noqa: N801
    value_type, entity, definition_period = float, SHIPMENT, periods.DateUnit.MONTH
    label = "value with all charges"

    def formula(shipment, period, parameters):  # noqa: N805
        parts = ("value", "mfn_duty", "s232_duty", "carbon")
        return sum(shipment(part, period) for part in parts)


def simulation(system: taxbenefitsystems.TaxBenefitSystem, count: int) -> simulations.Simulation:
    """Shipments drawn in the order of the instance: value, weight, flag; the same in each month."""
    draw = np.random.default_rng(0)
    values, weights = draw.uniform(1e3, 1e6, count), draw.uniform(1, 500, count)
    flags = draw.random(count) < 0.4
    populations = system.instantiate_entities()
    populations["shipment"].ids, populations["shipment"].count = np.arange(count), count
    made = simulations.Simulation(system, populations)
    for month in range(1, 13):
        period = f"2025-{month:02d}"
        made.set_input("value", period, values)
        made.set_input("weight", period, weights)
        made.set_input("flagged", period, flags)
    return made


def main() -> None:
    """Time twelve months of landed cost, inputs already set."""
    count, repeats = int(sys.argv[1]), int(sys.argv[2])
    system = taxbenefitsystems.TaxBenefitSystem([SHIPMENT])
    system.parameters = ParameterNode("", data=RATES)
    system.add_variables(value, weight, flagged, mfn_duty, s232_duty, carbon, landed_cost)
    seconds, sums = [], []
    for _ in range(repeats):
        made = simulation(system, count)
        start = time.process_time()
        months = [made.calculate("landed_cost", f"2025-{month:02d}") for month in range(1, 13)]
        seconds.append(time.process_time() - start)
        sums = [float(np.sum(one, dtype=np.float64)) for one in months]
        dtype = str(months[0].dtype)
    print(json.dumps({"seconds": seconds, "sums": sums, "dtype": dtype, "version": version("openfisca-core")}))


if __name__ == "__main__":
    main()

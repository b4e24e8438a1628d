"""An (s, S) stock of one node in stockpyl, run in an interpreter that has it (MIT; it pins an old sphinx, so apart).

Reads JSON from standard input: ``demand`` (periods), ``holding``, ``stockout``, ``s``, ``S``, ``opening``. Prints cost
of every period, processor seconds and the version as JSON. Usage: python _stockpyl_peer.py < problem.json
"""

import json
import sys
import time
from importlib.metadata import version

from stockpyl.sim import simulation
from stockpyl.supply_chain_network import single_stage_system

asked = json.load(sys.stdin)
network = single_stage_system(
    holding_cost=asked["holding"], stockout_cost=asked["stockout"], demand_type="D", demand_list=asked["demand"],
    shipment_lead_time=1, policy_type="sS", reorder_point=asked["s"], order_up_to_level=asked["S"],
    initial_inventory_level=asked["opening"],
)  # fmt: skip
start = time.process_time()
simulation(network, len(asked["demand"]), rand_seed=1, progress_bar=False)
seconds = time.process_time() - start
cost = [one.total_cost_incurred for one in network.nodes[0].state_vars[: len(asked["demand"])]]
print(json.dumps({"cost": cost, "seconds": seconds, "version": version("stockpyl")}))

"""What metal is tight, what it really costs, what to hold and what to hedge, with the evidence shown.

The rooms, from the ground up: :mod:`tomnext.vocabulary` (words), :mod:`tomnext.facts` (decreed figures),
the pure core (market, landed_cost, flows, scenarios, harbour, procurement), :mod:`tomnext.observations`
(measured figures), :mod:`tomnext.studies` (one function per question) and :mod:`tomnext.faces`.
"""

__version__ = "0.1.0"

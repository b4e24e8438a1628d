"""One module a publisher: where its figures lie, on which terms, and how its payloads read.

Nothing here runs by itself: a download is asked for by name, and no test touches the network.
"""

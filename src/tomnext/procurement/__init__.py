"""What to hold, buy and hedge: lanes, inventory, optimiser, policies, replay. Pure functions."""

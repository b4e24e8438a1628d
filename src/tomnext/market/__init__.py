"""What the market says today: prompts, curve, carry, stocks, ratio, volatility. Pure functions."""

"""The sections of today's brief, one module a question; ``studies/market_today.py`` puts them in order."""

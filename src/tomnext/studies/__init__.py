"""One function per question a user asks: joins observations, facts and the core, and shows its evidence."""

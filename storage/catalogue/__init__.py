"""Products: kept in the database, exchanged as a whole, found by id and by category."""

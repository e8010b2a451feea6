"""Database, files and history. The only package that imports Tortoise."""

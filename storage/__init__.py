"""Database, files and history. The only package that imports Tortoise.

async with open_storage(database_url, media_root) as storage:
    account = await storage.accounts.create("amira", "Amira", password_hash, consent_version="2026-11")
    report = await storage.saver.save(account.id, draft, files)
    page = await storage.reports.page(account.id)
"""

from storage.opening import Storage, open_storage

__all__ = ["Storage", "open_storage"]

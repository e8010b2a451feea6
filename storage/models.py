"""The tables. No object of these classes leaves the package: repositories answer with `storage.records`.

Times are UTC. Columns that are looked up by what a person typed hold a SHA-256 in hexadecimal beside the text, because
MySQL's usual collations call different letters equal.
"""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

__all__ = [
    "Account",
    "Answers",
    "Attempt",
    "CatalogueVersion",
    "ConditionRow",
    "Consent",
    "Erasure",
    "FileRow",
    "Forgetting",
    "IdempotencyKey",
    "Product",
    "ProductCategory",
    "Removal",
    "Report",
    "ShelfItem",
    "TokenFamily",
    "Trial",
]

ID_LENGTH = 32  # 128 random bits in hexadecimal
DIGEST_LENGTH = 64  # SHA-256 in hexadecimal


class Account(Model):
    """A person. password_hash is null for an account that a restore made for old history: nobody can log in to it
    until an administrator sets a password."""

    id = fields.BigIntField(primary_key=True)
    user_id = fields.CharField(max_length=64)
    user_key = fields.CharField(max_length=DIGEST_LENGTH, unique=True)
    name = fields.CharField(max_length=120)
    password_hash = fields.CharField(max_length=255, null=True)
    is_admin = fields.BooleanField(default=False)
    keep_pictures_days = fields.IntField(null=True)
    keep_reports_days = fields.IntField(null=True)
    history_revision = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()

    class Meta:
        table = "accounts"
        table_description = "people"


class Consent(Model):
    """One given consent to keeping pictures and results, with the version of the text that was agreed to."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "storage.Account", related_name="consents", db_index=True
    )
    text_version = fields.CharField(max_length=32)
    given_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "consents"
        table_description = "consents to keeping pictures and results"


class TokenFamily(Model):
    """One login and the refresh tokens that follow from it; token_digest is of the only one that may still be used."""

    id = fields.CharField(max_length=ID_LENGTH, primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "storage.Account", related_name="families", db_index=True
    )
    token_digest = fields.CharField(max_length=DIGEST_LENGTH)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    revoked_at = fields.DatetimeField(null=True)
    revoked_because = fields.CharField(max_length=32, null=True)

    class Meta:
        table = "token_families"
        table_description = "logins and their refresh tokens"


class Attempt(Model):
    """One attempt at something that may be tried only so often. scope says what, subject_digest by or on whom."""

    id = fields.BigIntField(primary_key=True)
    scope = fields.CharField(max_length=32)
    subject_digest = fields.CharField(max_length=DIGEST_LENGTH)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "attempts"
        table_description = "recent attempts, for the limits"
        indexes = [Index(fields=("scope", "subject_digest", "at"))]


class Report(Model):
    """One stored analysis. logged turns true when its line is in user_progress.json."""

    id = fields.CharField(max_length=ID_LENGTH, primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("storage.Account", related_name="reports")
    created_at = fields.DatetimeField(db_index=True)
    stored_at = fields.DatetimeField()
    request_type = fields.CharField(max_length=16)
    name = fields.CharField(max_length=255)
    distance_status = fields.CharField(max_length=16, null=True)
    quality: fields.JSONField[dict[str, object]] = fields.JSONField()
    extra: fields.JSONField[dict[str, object]] = fields.JSONField()
    logged = fields.BooleanField(default=False)

    class Meta:
        table = "reports"
        table_description = "stored analyses"
        indexes = [Index(fields=("account_id", "created_at", "id")), Index(fields=("logged", "stored_at"))]


class ConditionRow(Model):
    """What a report says of one condition. account_id and created_at repeat the report's, for the trend's index."""

    id = fields.BigIntField(primary_key=True)
    report: fields.ForeignKeyRelation[Report] = fields.ForeignKeyField("storage.Report", related_name="conditions")
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "storage.Account", related_name="conditions", db_index=False
    )
    created_at = fields.DatetimeField()
    condition = fields.CharField(max_length=40)
    count = fields.IntField()
    status = fields.CharField(max_length=16)
    reason = fields.CharField(max_length=255, null=True)
    severity_grade = fields.IntField(null=True)
    severity_label = fields.CharField(max_length=40, null=True)
    severity_scale = fields.CharField(max_length=80, null=True)
    score = fields.FloatField(null=True)
    score_low = fields.FloatField(null=True)
    score_high = fields.FloatField(null=True)
    score_formula = fields.CharField(max_length=80, null=True)
    detector: fields.JSONField[dict[str, object]] = fields.JSONField()
    measures: fields.JSONField[list[object]] = fields.JSONField()
    findings: fields.JSONField[list[object]] = fields.JSONField()

    class Meta:
        table = "condition_results"
        table_description = "what a report says of one condition"
        unique_together = (("report", "condition"),)
        indexes = [
            Index(fields=("account_id", "condition", "created_at", "count", "report_id")),
            Index(fields=("condition", "created_at", "count", "report_id")),
        ]


class FileRow(Model):
    """One file of a report, under the report's folder by its random name."""

    id = fields.BigIntField(primary_key=True)
    report: fields.ForeignKeyRelation[Report] = fields.ForeignKeyField("storage.Report", related_name="files")
    kind = fields.CharField(max_length=24)
    label = fields.CharField(max_length=80)
    name = fields.CharField(max_length=48)
    content_type = fields.CharField(max_length=40)
    size = fields.IntField()
    sha256 = fields.CharField(max_length=DIGEST_LENGTH)

    class Meta:
        table = "files"
        table_description = "files of reports"
        unique_together = (("report", "name"),)


class IdempotencyKey(Model):
    """A request that must have one outcome however often it is sent. owner_digest covers who and which key."""

    id = fields.BigIntField(primary_key=True)
    owner_digest = fields.CharField(max_length=DIGEST_LENGTH, unique=True)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "storage.Account", related_name="keys", null=True, db_index=True
    )
    request_digest = fields.CharField(max_length=DIGEST_LENGTH)
    claim = fields.CharField(max_length=ID_LENGTH)
    claimed_until = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    report_id = fields.CharField(max_length=ID_LENGTH, null=True)
    done = fields.BooleanField(default=False)

    class Meta:
        table = "idempotency_keys"
        table_description = "requests that must have one outcome"


class Removal(Model):
    """A report that was deleted, or lost its pictures, so that the disk follows (finished: it has) and a restore of an
    older backup does not bring it back."""

    report_id = fields.CharField(max_length=ID_LENGTH, primary_key=True)
    pictures_only = fields.BooleanField()
    requested_at = fields.DatetimeField()
    finished = fields.BooleanField(default=False, db_index=True)

    class Meta:
        table = "removals"
        table_description = "reports that were deleted"


class Erasure(Model):
    """An account that was deleted, so that a restore of an older backup does not bring it back. finished turns true
    when its lines and what backups hold of it are gone too."""

    id = fields.BigIntField(primary_key=True)
    user_key = fields.CharField(max_length=DIGEST_LENGTH, unique=True)
    erased_at = fields.DatetimeField()
    finished = fields.BooleanField(default=False, db_index=True)

    class Meta:
        table = "erasures"
        table_description = "accounts that were deleted"


class CatalogueVersion(Model):
    """One import of products; the newest is the catalogue. token names it beyond this database (the search index of
    that import lies in a folder of this name); digest is the SHA-256 of the file."""

    id = fields.BigIntField(primary_key=True)
    token = fields.CharField(max_length=ID_LENGTH)
    imported_at = fields.DatetimeField()
    source = fields.CharField(max_length=255)
    digest = fields.CharField(max_length=DIGEST_LENGTH)
    is_sample = fields.BooleanField()
    products = fields.IntField()
    problems: fields.JSONField[list[object]] = fields.JSONField()

    class Meta:
        table = "catalogue_versions"
        table_description = "imports of products"


class Product(Model):
    """One product of the catalogue. id follows from its address, so it is the same after every import and in every
    database; nothing refers to this table by a foreign key, because an import replaces all its rows. Money is in
    thousandths of the currency's unit (dinars have three places). in_stock and ingredients are null where the shop
    does not say."""

    id = fields.CharField(max_length=ID_LENGTH, primary_key=True)
    version = fields.BigIntField()
    position = fields.IntField(db_index=True)
    name = fields.CharField(max_length=300)
    brand = fields.CharField(max_length=120)
    size = fields.CharField(max_length=60)
    price_low = fields.BigIntField(null=True)
    price_high = fields.BigIntField(null=True)
    currency = fields.CharField(max_length=3)
    price_text = fields.CharField(max_length=120)
    url = fields.CharField(max_length=2048)
    image = fields.CharField(max_length=2048)
    in_stock = fields.BooleanField(null=True)
    categories: fields.JSONField[list[str]] = fields.JSONField()
    ingredients: fields.JSONField[list[str] | None] = fields.JSONField(null=True)
    description = fields.TextField()
    copy_of = fields.CharField(max_length=ID_LENGTH, null=True)
    is_sample = fields.BooleanField()

    class Meta:
        table = "products"
        table_description = "the catalogue"


class ProductCategory(Model):
    """A product's place in one of its categories."""

    id = fields.BigIntField(primary_key=True)
    category = fields.CharField(max_length=40)
    position = fields.IntField()
    product_id = fields.CharField(max_length=ID_LENGTH)

    class Meta:
        table = "product_categories"
        table_description = "which products are in which category"
        unique_together = (("category", "position"),)


class Answers(Model):
    """What a person answered about themselves, under the consent text of that version."""

    id = fields.BigIntField(primary_key=True)
    account: fields.OneToOneRelation[Account] = fields.OneToOneField("storage.Account", related_name="answers")
    given: fields.JSONField[dict[str, object]] = fields.JSONField()
    text_version = fields.CharField(max_length=32)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "answers"
        table_description = "what people answered about themselves"


class ShelfItem(Model):
    """Something that a person uses. product_id is of the catalogue, which may have lost it since; ingredients as the
    person wrote them, null where they did not."""

    id = fields.CharField(max_length=ID_LENGTH, primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "storage.Account", related_name="shelf", db_index=True
    )
    product_id = fields.CharField(max_length=ID_LENGTH, null=True)
    name = fields.CharField(max_length=300)
    ingredients = fields.TextField(null=True)
    added_at = fields.DatetimeField()

    class Meta:
        table = "shelf_items"
        table_description = "what people use"


class Trial(Model):
    """A product that a person tries for one condition. rule: the id and version of the rule that gave the weeks."""

    id = fields.CharField(max_length=ID_LENGTH, primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "storage.Account", related_name="trials", db_index=True
    )
    product_id = fields.CharField(max_length=ID_LENGTH, null=True)
    name = fields.CharField(max_length=300)
    condition = fields.CharField(max_length=40)
    started_on = fields.DateField()
    weeks = fields.IntField()
    rule = fields.CharField(max_length=80)
    stopped_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "trials"
        table_description = "products that people try"


class Forgetting(Model):
    """Something that a living account deleted of itself; gone when the backups have followed. what: the part of the
    account's line in a backup."""

    id = fields.BigIntField(primary_key=True)
    user_key = fields.CharField(max_length=DIGEST_LENGTH)
    what = fields.CharField(max_length=16)
    requested_at = fields.DatetimeField()

    class Meta:
        table = "forgettings"
        table_description = "what people deleted of themselves"

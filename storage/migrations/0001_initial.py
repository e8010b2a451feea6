from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='Account',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user_id', fields.CharField(max_length=64)),
                ('user_key', fields.CharField(unique=True, max_length=64)),
                ('name', fields.CharField(max_length=120)),
                ('password_hash', fields.CharField(null=True, max_length=255)),
                ('is_admin', fields.BooleanField(default=False)),
                ('keep_pictures_days', fields.IntField(null=True)),
                ('keep_reports_days', fields.IntField(null=True)),
                ('history_revision', fields.BigIntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounts', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'people'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Attempt',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('scope', fields.CharField(max_length=32)),
                ('subject_digest', fields.CharField(max_length=64)),
                ('at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'attempts', 'app': 'storage', 'indexes': [Index(fields=['scope', 'subject_digest', 'at'])], 'pk_attr': 'id', 'table_description': 'recent attempts, for the limits'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Consent',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('storage.Account', source_field='account_id', db_index=True, db_constraint=True, to_field='id', related_name='consents', on_delete=OnDelete.CASCADE)),
                ('text_version', fields.CharField(max_length=32)),
                ('given_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('withdrawn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'consents', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'consents to keeping pictures and results'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Erasure',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user_key', fields.CharField(unique=True, max_length=64)),
                ('erased_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('finished', fields.BooleanField(default=False, db_index=True)),
            ],
            options={'table': 'erasures', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'accounts that were deleted'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('owner_digest', fields.CharField(unique=True, max_length=64)),
                ('account', fields.ForeignKeyField('storage.Account', source_field='account_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='keys', on_delete=OnDelete.CASCADE)),
                ('request_digest', fields.CharField(max_length=64)),
                ('claim', fields.CharField(max_length=32)),
                ('claimed_until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('report_id', fields.CharField(null=True, max_length=32)),
                ('done', fields.BooleanField(default=False)),
            ],
            options={'table': 'idempotency_keys', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'requests that must have one outcome'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Removal',
            fields=[
                ('report_id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('pictures_only', fields.BooleanField()),
                ('requested_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('finished', fields.BooleanField(default=False, db_index=True)),
            ],
            options={'table': 'removals', 'app': 'storage', 'pk_attr': 'report_id', 'table_description': 'reports that were deleted'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Report',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('account', fields.ForeignKeyField('storage.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='reports', on_delete=OnDelete.CASCADE)),
                ('created_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('stored_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('request_type', fields.CharField(max_length=16)),
                ('name', fields.CharField(max_length=255)),
                ('distance_status', fields.CharField(null=True, max_length=16)),
                ('quality', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('extra', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('logged', fields.BooleanField(default=False)),
            ],
            options={'table': 'reports', 'app': 'storage', 'indexes': [Index(fields=['account_id', 'created_at', 'id']), Index(fields=['logged', 'stored_at'])], 'pk_attr': 'id', 'table_description': 'stored analyses'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ConditionRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('report', fields.ForeignKeyField('storage.Report', source_field='report_id', db_constraint=True, to_field='id', related_name='conditions', on_delete=OnDelete.CASCADE)),
                ('account', fields.ForeignKeyField('storage.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='conditions', on_delete=OnDelete.CASCADE)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('condition', fields.CharField(max_length=40)),
                ('count', fields.IntField()),
                ('status', fields.CharField(max_length=16)),
                ('reason', fields.CharField(null=True, max_length=255)),
                ('severity_grade', fields.IntField(null=True)),
                ('severity_label', fields.CharField(null=True, max_length=40)),
                ('severity_scale', fields.CharField(null=True, max_length=80)),
                ('score', fields.FloatField(null=True)),
                ('score_low', fields.FloatField(null=True)),
                ('score_high', fields.FloatField(null=True)),
                ('score_formula', fields.CharField(null=True, max_length=80)),
                ('detector', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('measures', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('findings', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'condition_results', 'app': 'storage', 'unique_together': (('report', 'condition'),), 'indexes': [Index(fields=['account_id', 'condition', 'created_at'])], 'pk_attr': 'id', 'table_description': 'what a report says of one condition'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FileRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('report', fields.ForeignKeyField('storage.Report', source_field='report_id', db_constraint=True, to_field='id', related_name='files', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=24)),
                ('label', fields.CharField(max_length=80)),
                ('name', fields.CharField(max_length=48)),
                ('content_type', fields.CharField(max_length=40)),
                ('size', fields.IntField()),
                ('sha256', fields.CharField(max_length=64)),
            ],
            options={'table': 'files', 'app': 'storage', 'unique_together': (('report', 'name'),), 'pk_attr': 'id', 'table_description': 'files of reports'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TokenFamily',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('account', fields.ForeignKeyField('storage.Account', source_field='account_id', db_index=True, db_constraint=True, to_field='id', related_name='families', on_delete=OnDelete.CASCADE)),
                ('token_digest', fields.CharField(max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revoked_because', fields.CharField(null=True, max_length=32)),
            ],
            options={'table': 'token_families', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'logins and their refresh tokens'},
            bases=['Model'],
        ),
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('storage', '0003_products')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Answers',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account', fields.OneToOneField('storage.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='answers', on_delete=OnDelete.CASCADE)),
                ('given', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('text_version', fields.CharField(max_length=32)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'answers', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'what people answered about themselves'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Forgetting',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user_key', fields.CharField(max_length=64)),
                ('what', fields.CharField(max_length=16)),
                ('requested_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'forgettings', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'what people deleted of themselves'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ShelfItem',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('account', fields.ForeignKeyField('storage.Account', source_field='account_id', db_index=True, db_constraint=True, to_field='id', related_name='shelf', on_delete=OnDelete.CASCADE)),
                ('product_id', fields.CharField(null=True, max_length=32)),
                ('name', fields.CharField(max_length=300)),
                ('ingredients', fields.TextField(null=True, unique=False)),
                ('added_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'shelf_items', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'what people use'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Trial',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('account', fields.ForeignKeyField('storage.Account', source_field='account_id', db_index=True, db_constraint=True, to_field='id', related_name='trials', on_delete=OnDelete.CASCADE)),
                ('product_id', fields.CharField(null=True, max_length=32)),
                ('name', fields.CharField(max_length=300)),
                ('condition', fields.CharField(max_length=40)),
                ('started_on', fields.DateField()),
                ('weeks', fields.IntField()),
                ('rule', fields.CharField(max_length=80)),
                ('stopped_on', fields.DateField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'trials', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'products that people try'},
            bases=['Model'],
        ),
    ]

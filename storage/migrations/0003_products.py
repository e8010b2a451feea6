from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('storage', '0002_condition_pages')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CatalogueVersion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('token', fields.CharField(max_length=32)),
                ('imported_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('source', fields.CharField(max_length=255)),
                ('digest', fields.CharField(max_length=64)),
                ('is_sample', fields.BooleanField()),
                ('products', fields.IntField()),
                ('problems', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'catalogue_versions', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'imports of products'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Product',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('version', fields.BigIntField()),
                ('position', fields.IntField(db_index=True)),
                ('name', fields.CharField(max_length=300)),
                ('brand', fields.CharField(max_length=120)),
                ('size', fields.CharField(max_length=60)),
                ('price_low', fields.BigIntField(null=True)),
                ('price_high', fields.BigIntField(null=True)),
                ('currency', fields.CharField(max_length=3)),
                ('price_text', fields.CharField(max_length=120)),
                ('url', fields.CharField(max_length=2048)),
                ('image', fields.CharField(max_length=2048)),
                ('in_stock', fields.BooleanField(null=True)),
                ('categories', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('ingredients', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('description', fields.TextField(unique=False)),
                ('copy_of', fields.CharField(null=True, max_length=32)),
                ('is_sample', fields.BooleanField()),
            ],
            options={'table': 'products', 'app': 'storage', 'pk_attr': 'id', 'table_description': 'the catalogue'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ProductCategory',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('category', fields.CharField(max_length=40)),
                ('position', fields.IntField()),
                ('product_id', fields.CharField(max_length=32)),
            ],
            options={'table': 'product_categories', 'app': 'storage', 'unique_together': (('category', 'position'),), 'pk_attr': 'id', 'table_description': 'which products are in which category'},
            bases=['Model'],
        ),
    ]

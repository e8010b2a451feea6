from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('storage', '0001_initial')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='ConditionRow',
            index=Index(fields=['account_id', 'condition', 'created_at', 'count', 'report_id']),
        ),
        ops.AddIndex(
            model_name='ConditionRow',
            index=Index(fields=['condition', 'created_at', 'count', 'report_id']),
        ),
        # after the new one: MySQL needs an index that begins with account_id for the foreign key
        ops.RemoveIndex(
            model_name='ConditionRow',
            name=None,
            fields=['account_id', 'condition', 'created_at'],
        ),
    ]

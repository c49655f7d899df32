"""Saved views and bulk actions."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversations", "0009_work")]

    operations = []

"""Snoozed, merged and moved conversations, further discussions."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversations", "0008_editing")]

    operations = []

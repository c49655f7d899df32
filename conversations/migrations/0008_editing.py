"""Versions, mentions and quotes of messages."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversations", "0007_drafts")]

    operations = []

"""Drafts on the server and messages that are sent later."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_participant_order")]

    operations = []

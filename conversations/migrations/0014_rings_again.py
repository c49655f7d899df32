from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0013_attachment_position"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversationhead",
            name="rings_again",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_user_undo_seconds"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="enter_sends",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="single_keys",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]

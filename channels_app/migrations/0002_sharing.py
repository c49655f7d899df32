from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels_app", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="widget",
            name="share_page",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AddField(
            model_name="widget",
            name="share_typing",
            field=models.BooleanField(default=False, db_default=False),
        ),
    ]

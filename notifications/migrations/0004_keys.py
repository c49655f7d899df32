"""What Enter does is a matter of writing: it is kept with the person (accounts/migrations/0004)."""

from django.db import migrations


def hand_over(apps, schema_editor):
    chosen = apps.get_model("notifications", "Preference").objects.filter(enter_sends=True)
    apps.get_model("accounts", "User").objects.filter(pk__in=chosen.values("user_id")).update(enter_sends=True)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_keys"),
        ("notifications", "0003_returned"),
    ]

    operations = [
        migrations.RunPython(hand_over, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name="preference", name="enter_sends"),
    ]

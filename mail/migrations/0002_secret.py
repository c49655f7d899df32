"""What lets somebody in does not stay in the table of sent mails, neither from now on nor from before."""

from django.db import migrations, models


def forget(apps, schema_editor):
    """Account mails and invitations that are through lose their words; those that wait lose them when sent."""
    mails = apps.get_model("mail", "OutgoingMail").objects
    for prefix in ("account:", "invitation:"):
        theirs = mails.filter(key__startswith=prefix)
        theirs.update(secret=True)
        theirs.filter(state__in=["sent", "failed", "bounced"]).update(text="", html="")


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_initial")]

    operations = [
        migrations.AddField("outgoingmail", "secret", models.BooleanField(default=False)),
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]

"""Everybody's own address stands in allauth's table, confirmed and main: the code by mail and the reset look there."""

from django.db import migrations

FILL = """
INSERT INTO account_emailaddress (user_id, email, verified, "primary")
SELECT u.id, lower(u.email), true, true FROM accounts_user u
WHERE NOT EXISTS (SELECT 1 FROM account_emailaddress a WHERE a.user_id = u.id)
  AND NOT EXISTS (SELECT 1 FROM account_emailaddress a WHERE a.email = lower(u.email) AND a.verified)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]

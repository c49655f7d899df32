"""Settings of inboxes, channels and chat widgets; mounted below settings/."""

from __future__ import annotations

from django.urls import path, register_converter

from channels_app.views import channels, inboxes, line, roles, widgets


class KeyConverter:
    """A widget's public key."""

    regex = r"pk_[0-9a-zA-Z]{1,37}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(KeyConverter, "widget_key")

urlpatterns = [
    path("inboxes/", inboxes.inboxes, name="settings_inboxes"),
    path("inboxes/new/", inboxes.new_inbox, name="settings_inbox_new"),
    path("inboxes/<uuid:public_id>/", inboxes.inbox, name="settings_inbox"),
    path("inboxes/<uuid:public_id>/roles/", inboxes.inbox_role, name="settings_inbox_role"),
    path("people/roles/", roles.roles, name="people_roles"),
    path("channels/", channels.channels, name="settings_channels"),
    path("channels/new/", channels.new_channel, name="settings_channel_new"),
    path("channels/<uuid:public_id>/", channels.channel, name="settings_channel"),
    path("channels/<uuid:public_id>/pause/", channels.pause, name="settings_channel_pause"),
    path("channels/<uuid:public_id>/resume/", channels.resume, name="settings_channel_resume"),
    path("channels/<uuid:public_id>/delete/", channels.delete, name="settings_channel_delete"),
    path("channels/<uuid:public_id>/line/add/", line.add, name="settings_line_add"),
    path("channels/<uuid:public_id>/line/remove/", line.remove, name="settings_line_remove"),
    path("channels/<uuid:public_id>/line/move/", line.move, name="settings_line_move"),
    path("channels/<uuid:public_id>/line/order/", line.order, name="settings_line_order"),
    path("channels/<uuid:public_id>/holidays/add/", line.holiday_add, name="settings_holiday_add"),
    path("channels/<uuid:public_id>/holidays/remove/", line.holiday_remove, name="settings_holiday_remove"),
    path("widgets/", widgets.widgets, name="settings_widgets"),
    path("widgets/new/", widgets.new_widget, name="settings_widget_new"),
    path("widgets/<widget_key:public_key>/", widgets.widget, name="settings_widget"),
    path("widgets/<widget_key:public_key>/secret/", widgets.secret, name="settings_widget_secret"),
    path("widgets/<widget_key:public_key>/secret/new/", widgets.new_secret, name="settings_widget_secret_new"),
    path("widgets/<widget_key:public_key>/secret/drop/", widgets.drop_secret, name="settings_widget_secret_drop"),
]

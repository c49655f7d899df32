"""Directory, settings of a company and its people, own profile, joining by invitation; mounted at the root."""

from __future__ import annotations

from django.urls import path

from companies.views import (
    audit,
    company_settings,
    contact_persons,
    directory,
    first_steps,
    joining,
    package,
    people,
    people_import,
    person,
    profile,
    security,
    settings,
)

urlpatterns = [
    path("companies/", directory.directory, name="directory"),
    path("companies/<slug:slug>/", directory.company, name="company"),
    path("logos/<uuid:public_id>/", directory.logo, name="logo"),
    path("first-steps/", first_steps.first_steps, name="first_steps"),
    path("first-steps/look/", first_steps.look, name="first_steps_look"),
    path("first-steps/hide/", first_steps.dismiss, name="first_steps_hide"),
    path("settings/", settings.overview, name="settings"),
    path("settings/company/", company_settings.company_settings, name="company_settings"),
    path("settings/company/logo/", company_settings.upload_logo, name="company_logo"),
    path("settings/company/logo/remove/", company_settings.delete_logo, name="company_logo_remove"),
    path("settings/company/contact-persons/", contact_persons.people, name="contact_persons"),
    path("settings/company/contact-persons/new/", contact_persons.new, name="contact_person_new"),
    path("settings/company/contact-persons/<uuid:public_id>/", contact_persons.one, name="contact_person"),
    path("settings/company/contact-persons/<uuid:public_id>/move/", contact_persons.move, name="contact_person_move"),
    path(
        "settings/company/contact-persons/<uuid:public_id>/remove/",
        contact_persons.remove,
        name="contact_person_remove",
    ),
    path("settings/package/", package.package, name="package"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/new/", people.new, name="people_new"),
    path("settings/people/import/", people_import.people_import, name="people_import"),
    path("settings/people/invitations/<uuid:public_id>/again/", people.again, name="invitation_again"),
    path("settings/people/invitations/<uuid:public_id>/withdraw/", people.take_back, name="invitation_withdraw"),
    path("settings/people/<uuid:public_id>/", person.person, name="person"),
    path("settings/people/<uuid:public_id>/deactivate/", person.deactivate, name="person_deactivate"),
    path("settings/people/<uuid:public_id>/reactivate/", person.reactivate, name="person_reactivate"),
    path("join/", joining.join, name="join"),
    path("join/<str:token>/", joining.join_link, name="join_link"),
    path("settings/security/", security.security, name="settings_security"),
    path("settings/audit/", audit.log, name="settings_audit"),
    path("settings/audit/csv/", audit.download, name="settings_audit_csv"),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/profile/picture/", profile.upload_picture, name="profile_picture"),
    path("settings/profile/picture/remove/", profile.delete_picture, name="profile_picture_remove"),
    path("me/availability/", profile.availability, name="availability"),
]

"""Directory of companies, settings overview, own profile and availability; mounted at the root."""

from __future__ import annotations

from django.urls import path

from companies.views import company_settings, contact_persons, directory, first_steps, package, profile, settings

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
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/profile/picture/", profile.upload_picture, name="profile_picture"),
    path("settings/profile/picture/remove/", profile.delete_picture, name="profile_picture_remove"),
    path("me/availability/", profile.availability, name="availability"),
]

"""Settings → Company: the public profile, the logo, and whether the company stands in the directory (M-10…M-15)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.images import PictureRefused
from companies.access import company_role_required
from companies.actions.companies import edit_company, remove_logo, set_logo
from companies.company_forms import CompanyForm, LogoForm, company_initial
from companies.events import by_user
from ui.fragments import redirect_after_post


@require_http_methods(["GET", "HEAD", "POST"])
@company_role_required("company.manage")
def company_settings(request: HttpRequest) -> HttpResponse:
    """The form; errors stand at their fields and everything typed stays."""
    company = request.member.company
    if request.method != "POST":
        return _page(request, CompanyForm(initial=company_initial(company)), LogoForm())
    form = CompanyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, LogoForm(), status=422)
    edit_company(company, profile=form.profile(), by=by_user(request.member.user), now=timezone.now())
    messages.success(request, _("Saved."))
    return _back()


@require_POST
@company_role_required("company.manage")
def upload_logo(request: HttpRequest) -> HttpResponse:
    """A new logo, drawn anew by us (M-15, S-24)."""
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        upload, company = form.cleaned_data["logo"], request.member.company
        try:
            set_logo(company, file=upload, size=upload.size, by=by_user(request.member.user), now=timezone.now())
        except PictureRefused as error:
            form.add_error("logo", str(error))
        else:
            messages.success(request, _("Your new logo is in use."))
            return _back()
    return _page(request, CompanyForm(initial=company_initial(request.member.company)), form, status=422)


@require_POST
@company_role_required("company.manage")
def delete_logo(request: HttpRequest) -> HttpResponse:
    """Back to initials."""
    remove_logo(request.member.company, by=by_user(request.member.user), now=timezone.now())
    messages.success(request, _("The logo is removed."))
    return _back()


def _page(request: HttpRequest, form: CompanyForm, logo_form: LogoForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "logo_form": logo_form, "company": request.member.company}
    return render(request, "companies/company_settings.html", context, status=status)


def _back() -> HttpResponse:
    return redirect_after_post(reverse("company_settings"))

"""Settings → Variables: what stands for the company in texts, and for contacts without a name (G-22, G-25)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from companies.access import company_role_required
from texts.actions import save_variables
from texts.forms import VariablesForm
from texts.selectors import values_of, variables_of
from texts.variables import LABELS
from ui.fragments import redirect_after_post


@require_http_methods(["GET", "HEAD", "POST"])
@company_role_required("company.manage")
def variables(request: HttpRequest) -> HttpResponse:
    """The form; an empty value is the company's own, shown beside it."""
    company = request.member.company
    form = VariablesForm(request.POST if request.method == "POST" else None, instance=variables_of(company))
    if request.method == "POST" and form.is_valid():
        save_variables(company, values=form.values(), by=request.member.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect_after_post(reverse("settings_variables"))
    known = values_of(company).known
    context = {
        "form": form,
        "example": "{{contact.first_name|friend}}",
        "variables": [("{{" + key + "}}", label, known.get(key, "")) for key, label in LABELS.items()],
    }
    return render(request, "texts/variables.html", context, status=422 if form.is_bound else 200)

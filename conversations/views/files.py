"""Files: up before their message, down only to those who may open its conversation."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from companies.access import member_required
from conversations.attachments import UploadRefused, accept_upload, serve
from conversations.authors import Author
from conversations.models import Attachment
from conversations.selectors.messages import file_data
from conversations.selectors.visibility import attachment_for
from conversations.views.commands import Refused, refusal_of
from events import limits


@require_POST
@member_required
def upload(request: HttpRequest) -> HttpResponse:
    """Multipart field `file` → {"file": {"id","name","size","type","image","w","h"}}; a message takes its id."""
    member = request.member
    file = request.FILES.get("file")
    if file is None:
        refused = Refused(422, "bad_request", _("Choose a file."))
    elif not limits.take(f"upload:{member.user_id}", limit=60, per_s=120, open_without_valkey=True):
        refused = Refused(429, "too_many", _("Too many files at once. Wait a moment."))
    else:
        try:
            stored = accept_upload(
                company=member.company,
                uploader=Author.of_user(member.user).key,
                file=file,
                name=file.name or "",
                now=timezone.now(),
            )
            return JsonResponse({"file": file_data(stored)}, status=201)
        except UploadRefused as error:
            refused = refusal_of(error)
    return JsonResponse(refused.data, status=refused.status)


@require_safe
@member_required
def download(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The file, or with ?preview=1 its re-encoded picture; the right is looked up at every fetch (S-41)."""
    try:
        attachment = attachment_for(request.member, public_id)
    except Attachment.DoesNotExist:
        raise Http404 from None
    try:
        return serve(attachment, preview=request.GET.get("preview") == "1")
    except FileNotFoundError:
        raise Http404 from None

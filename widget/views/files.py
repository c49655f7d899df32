"""Files: in for a message to come, out to who may read the conversation, looked up afresh every time (S-41)."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conversations.attachments import UploadRefused, accept_upload, serve
from conversations.authors import Author
from conversations.models import Attachment
from conversations.selectors.messages import file_data
from conversations.selectors.visibility import attachment_for
from widget import payload
from widget.access import WidgetRequest, visitor_required
from widget.errors import Failure

_ENVELOPE = 16 * 1024  # what multipart adds around a file


@require_POST
@visitor_required("upload")
def uploads(request: WidgetRequest) -> JsonResponse:
    """One file (multipart field “file”) → its data; a message takes it by id within a day (N-15, N-16)."""
    most = request.visitor.company.attachment_max_mb
    if payload.announced_length(request) > most * 1024 * 1024 + _ENVELOPE:
        raise _refused("too_big", most)
    files = request.FILES.getlist("file")
    if len(files) != 1 or len(request.FILES) != 1:
        raise payload.BadPayload("file")
    try:
        stored = accept_upload(
            company=request.visitor.company,
            uploader=Author.of_visitor(request.visitor).key,
            file=files[0],
            name=files[0].name or "file",
            now=timezone.now(),
        )
    except UploadRefused as refused:
        raise _refused(refused.code, most) from None
    return JsonResponse(file_data(stored), status=201)


@require_GET
@visitor_required("read")
def file(request: WidgetRequest, public_id: UUID) -> FileResponse:
    """The file as a download; ?preview=1 the re-encoded image."""
    try:
        attachment = attachment_for(request.visitor, public_id)
    except Attachment.DoesNotExist:
        raise Failure(404, "not_found") from None
    return serve(attachment, preview="preview" in request.GET)


def _refused(code: str, most: int) -> Failure:
    texts = {
        "too_big": _("This file is too large. Files may have up to %(most)s MB.") % {"most": most},
        "empty": _("This file is empty."),
        "too_many_pixels": _("This picture has too many pixels. Please send a smaller one."),
        "program": _("Programs are not sent. Please put this file into an archive."),
    }
    return Failure(413 if code == "too_big" else 422, code, texts.get(code, _("This file cannot be sent.")))

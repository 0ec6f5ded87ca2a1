"""Files to attach, several at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from reviews.file_content import ALLOWED
from reviews.models import AttachmentCategory

MEGABYTE = 1024 * 1024


class SeveralFilesInput(forms.FileInput):
    """A file input that takes several files at once."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """A list of files, each of them cleaned like one."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """Return the files; at least one where the field is required."""
        files = data if isinstance(data, list) and data else [None]
        return [super(SeveralFilesField, self).clean(file, initial) for file in files]


class AttachmentForm(StrictForm, forms.Form):
    """Category and files. What a file is, and whether it may be attached, the service finds out from its
    content.
    """

    category = forms.ChoiceField(label=_("Category"), choices=AttachmentCategory.choices)
    documents = SeveralFilesField(label=_("Files"), allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = settings.CREDITRISK_ATTACHMENT_MAX_BYTES // MEGABYTE
        documents = self.fields["documents"]
        documents.help_text = gettext(
            "PDF, PNG, JPEG, Word, Excel or plain text; at most %(megabytes)s MB each."
        ) % {"megabytes": limit}
        documents.widget.attrs["accept"] = ",".join(end for kind in ALLOWED for end in kind.endings)

"""The mail that carries a letter: subject and text in the letter's language, not the reader's (no gettext
here).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from receivables.letters.content import LetterContent
from receivables.letters.layout import ZERO_WIDTH_SPACE, figures_of, printable, sender
from receivables.letters.texts import Language
from receivables.letters.wording import filled


@dataclass(frozen=True)
class Mail:
    """What is written around an attached letter. The subject is one line."""

    subject: str
    body: str
    attachment_name: str


@dataclass(frozen=True)
class _Texts:
    """What stands around the words of the stage, in one language. Placeholders: {name}, {contact}."""

    salutation: str
    attached: str
    attached_without_account: str
    questions: str
    regards: str


_MAILS: dict[Language, _Texts] = {
    "en": _Texts(
        salutation="To {name}:",
        attached="The letter with every item and our account is attached as a PDF.",
        attached_without_account=(
            "The letter with every item is attached as a PDF. Please ask us for the account to pay to."
        ),
        questions="If you have paid already or have a question, please reply to this mail: {contact}",
        regards="Kind regards",
    ),
    "zh-hans": _Texts(
        salutation="致：{name}",
        attached="随信附上 PDF 函件，内含全部款项明细及我公司收款账户。",
        attached_without_account="随信附上 PDF 函件，内含全部款项明细。付款账户请与我公司联系确认。",
        questions="如已付款或有任何疑问，请直接回复本邮件。联系人：{contact}",
        regards="此致",
    ),
    "zh-hant": _Texts(
        salutation="致：{name}",
        attached="隨信附上 PDF 函件，內含全部款項明細及我公司收款帳戶。",
        attached_without_account="隨信附上 PDF 函件，內含全部款項明細。付款帳戶請與我公司聯絡確認。",
        questions="如已付款或有任何疑問，請直接回覆本郵件。聯絡人：{contact}",
        regards="此致",
    ),
}


def _one_line(text: str) -> str:
    # A letter lets long words break; a mail's reader may copy them.
    return printable(text).replace(ZERO_WIDTH_SPACE, "")


def mail_for(letter: LetterContent) -> Mail:
    """Return the mail that carries `letter`, e.g.

    with the subject "Dunning letter DL-2026-000123, Demo Ltd.".
    """
    texts, wording = _MAILS[letter.language], letter.wording
    company = sender(letter)
    figures = {name: _one_line(value) for name, value in figures_of(letter).items()}
    body = (filled(paragraph, figures) for paragraph in wording.mail)
    attached = texts.attached if letter.company.bank_account else texts.attached_without_account
    text = "\n\n".join(
        (
            texts.salutation.format(name=figures["customer"]),
            *body,
            attached,
            texts.questions.format(contact=figures["contact"]),
        )
    )
    heading = " ".join(filter(None, (wording.title, letter.number)))
    return Mail(
        subject=_one_line(f"{heading}, {company}" if letter.language == "en" else f"{heading}（{company}）"),
        body=f"{text}\n\n{texts.regards}\n{_one_line(company)}\n",
        attachment_name=f"{letter.number or f'{_file_name(wording.title)} {letter.issued_on}'}.pdf",
    )


def _file_name(title: str) -> str:
    # A title is a person's words; of a path it must hold nothing.
    return re.sub(r'[/\\:*?"<>|]', "-", _one_line(title))

"""The mail that carries a letter: subject and text in the letter's language, not the reader's (no gettext
here).
"""

from __future__ import annotations

from dataclasses import dataclass

from creditrisk.policy.schema import DunningStageCode
from receivables.letters.content import Language, LetterContent
from receivables.letters.layout import ZERO_WIDTH_SPACE, long_date, money, printable
from receivables.letters.texts import TEXTS


@dataclass(frozen=True)
class Mail:
    """What is written around an attached letter. The subject is one line."""

    subject: str
    body: str
    attachment_name: str


@dataclass(frozen=True)
class _Texts:
    """The mails of one language. Placeholders: {name}, {number}, {total}, {pay_by}, {company}, {contact}."""

    salutation: str
    bodies: dict[DunningStageCode, str]
    attached: str
    questions: str
    regards: str


_MAILS: dict[Language, _Texts] = {
    "en": _Texts(
        salutation="To {name}:",
        bodies={
            "reminder": (
                "This is a friendly reminder that items of {total} in total are about to fall due. We would "
                "be grateful if you could arrange payment by their due dates. If your payment is on its way, "
                "please accept our thanks."
            ),
            "dunning_letter": (
                "The payment term has passed for items of {total} in total, and we have not received your "
                "payment. Please transfer the full amount by {pay_by}. "
                "Our dunning letter {number} lists the items."
            ),
            "final_demand": (
                "In spite of our dunning letter, items of {total} in total are still unpaid. This is our "
                "final demand {number}: please transfer the full amount by {pay_by}. "
                "Cooperation has stopped until then."
            ),
        },
        attached="The letter with every item and our account is attached as a PDF.",
        questions="If you have paid already or have a question, please reply to this mail: {contact}",
        regards="Kind regards",
    ),
    "zh-hans": _Texts(
        salutation="致：{name}",
        bodies={
            "reminder": (
                "谨此友好提醒：贵公司有款项即将到期，合计 {total}，烦请于各笔款项的到期日前安排付款。"
                "如款项已在支付途中，请接受我们的谢意。"
            ),
            "dunning_letter": (
                "贵公司合计 {total} 的款项付款期限已经届满，我公司尚未收到付款。"
                "请于 {pay_by} 前（含当日）全额支付。逾期款项明细见催款函 {number}。"
            ),
            "final_demand": (
                "我公司此前已发出催款函，但贵公司合计 {total} 的款项至今仍未支付。"
                "现发出最终催款函 {number}：请于 {pay_by} 前（含当日）全额支付。在此之前，双方合作暂停。"
            ),
        },
        attached="随信附上 PDF 函件，内含全部款项明细及我公司收款账户。",
        questions="如已付款或有任何疑问，请直接回复本邮件。联系人：{contact}",
        regards="此致",
    ),
    "zh-hant": _Texts(
        salutation="致：{name}",
        bodies={
            "reminder": (
                "謹此友好提醒：貴公司有款項即將到期，合計 {total}，煩請於各筆款項的到期日前安排付款。"
                "如款項已在支付途中，請接受我們的謝意。"
            ),
            "dunning_letter": (
                "貴公司合計 {total} 的款項付款期限已經屆滿，我公司尚未收到付款。"
                "請於 {pay_by} 前（含當日）全額支付。逾期款項明細見催款函 {number}。"
            ),
            "final_demand": (
                "我公司此前已發出催款函，但貴公司合計 {total} 的款項至今仍未支付。"
                "現發出最終催款函 {number}：請於 {pay_by} 前（含當日）全額支付。在此之前，雙方合作暫停。"
            ),
        },
        attached="隨信附上 PDF 函件，內含全部款項明細及我公司收款帳戶。",
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
    texts, words = _MAILS[letter.language], TEXTS[letter.language]
    company = letter.company.name
    if letter.language == "en":
        company = letter.company.name_en or company
    title = words.stages[letter.stage].title
    figures = {
        "name": _one_line(letter.customer.name),
        "number": letter.number or "",
        "total": money(letter.total_amount, letter.currency, words).strip(),
        "pay_by": long_date(letter.pay_by_on, words) if letter.pay_by_on else "",
        "contact": _one_line(f"{letter.contact_name} {letter.contact_phone or letter.company.phone}"),
    }
    paragraphs = (texts.salutation, texts.bodies[letter.stage], texts.attached, texts.questions)
    text = "\n\n".join(paragraph.format(**figures) for paragraph in paragraphs)
    heading = " ".join(filter(None, (title, letter.number)))
    return Mail(
        subject=_one_line(f"{heading}, {company}" if letter.language == "en" else f"{heading}（{company}）"),
        body=f"{text}\n\n{texts.regards}\n{_one_line(company)}\n",
        attachment_name=f"{letter.number or f'{title} {letter.issued_on}'}.pdf",
    )

"""The words of a statement of account, in the language of its reader (the customer, not who prints it)."""

from __future__ import annotations

from dataclasses import dataclass

from receivables.letters.texts import Language


@dataclass(frozen=True)
class StatementTexts:
    """Placeholders: {customer}, {company}, {day}, {number}, {contact}, {deadline}."""

    title: str
    slip_title: str
    to: str
    intro: str
    nothing: str
    heads: tuple[str, str, str, str, str, str]
    not_due: str
    days: str
    balance: str
    aging: str
    questions: str
    slip: str
    agrees: str
    differs: str
    difference: str
    stamp: str
    date: str
    page: str
    unallocated: str
    mail_body: str


TEXTS: dict[Language, StatementTexts] = {
    "en": StatementTexts(
        title="Statement of account",
        slip_title="Reconciliation slip",
        to="To {customer}",
        intro="According to our books the following items were open on {day}. Payments after that day are not in it.",
        nothing="According to our books nothing was open on {day}.",
        heads=("Document", "Date", "Due date", "Days past due", "Amount", "Open"),
        not_due="Not due",
        days="{label} days",
        balance="Balance",
        aging="Aging of the balance (days past due)",
        questions="If anything is not as in your books, please contact {contact}.",
        slip="To {company}: we have compared your statement {number} as of {day} with our books.",
        agrees="The balance agrees with our books.",
        differs="The balance does not agree. By our books it is:",
        difference="Reason of the difference:",
        stamp="Stamp and signature of {customer}",
        date="Date",
        page="Page {page} of {pages}",
        unallocated="unallocated payment",
        mail_body=(
            "To {customer}:\n\nPlease find attached our statement of account {number} as of {day}. Kindly compare it"
            " with your books, and return the signed reconciliation slip.\n\nIf you have a question, please reply to"
            " this mail: {contact}\n\nKind regards\n{company}\n"
        ),
    ),
    "zh-hans": StatementTexts(
        title="对账单",
        slip_title="对账回执",
        to="致：{customer}",
        intro="截至 {day}，我公司账面列示贵公司下列款项尚未结清；该日之后的付款未计入。",
        nothing="截至 {day}，我公司账面贵公司无未结清款项。",
        heads=("单据号", "单据日期", "到期日", "逾期天数", "金额", "未结余额"),
        not_due="未到期",
        days="{label} 天",
        balance="余额合计",
        aging="余额账龄（逾期天数）",
        questions="如与贵公司账面不符，请与 {contact} 联系。",
        slip="致 {company}：我公司已将贵公司截至 {day} 的对账单 {number} 与我公司账面核对。",
        agrees="余额相符。",
        differs="余额不符。我公司账面余额为：",
        difference="差异原因：",
        stamp="{customer}（盖章、签字）",
        date="日期",
        page="第 {page} 页，共 {pages} 页",
        unallocated="未核销收款",
        mail_body=(
            "致：{customer}\n\n随信附上我公司截至 {day} 的对账单 {number}，请与贵公司账面核对，"
            "并将签字盖章的对账回执寄回。\n\n如有疑问，请直接回复本邮件：{contact}\n\n此致\n{company}\n"
        ),
    ),
    "zh-hant": StatementTexts(
        title="對帳單",
        slip_title="對帳回執",
        to="致：{customer}",
        intro="截至 {day}，我公司帳面列示貴公司下列款項尚未結清；該日之後的付款未計入。",
        nothing="截至 {day}，我公司帳面貴公司無未結清款項。",
        heads=("單據號", "單據日期", "到期日", "逾期天數", "金額", "未結餘額"),
        not_due="未到期",
        days="{label} 天",
        balance="餘額合計",
        aging="餘額帳齡（逾期天數）",
        questions="如與貴公司帳面不符，請與 {contact} 聯絡。",
        slip="致 {company}：我公司已將貴公司截至 {day} 的對帳單 {number} 與我公司帳面核對。",
        agrees="餘額相符。",
        differs="餘額不符。我公司帳面餘額為：",
        difference="差異原因：",
        stamp="{customer}（蓋章、簽字）",
        date="日期",
        page="第 {page} 頁，共 {pages} 頁",
        unallocated="未核銷收款",
        mail_body=(
            "致：{customer}\n\n隨信附上我公司截至 {day} 的對帳單 {number}，請與貴公司帳面核對，"
            "並將簽字蓋章的對帳回執寄回。\n\n如有疑問，請直接回覆本郵件：{contact}\n\n此致\n{company}\n"
        ),
    ),
}

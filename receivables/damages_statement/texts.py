"""The words of a statement of liquidated damages, in the language of its reader (the customer, not who prints it)."""

from __future__ import annotations

from dataclasses import dataclass

from receivables.letters import Language


@dataclass(frozen=True)
class DamagesTexts:
    """Placeholders: {customer}, {company}, {day}, {contact}; of an item {document}, {due}, {daily}, {cap}, {base},
    {source}, {date}.
    """

    title: str
    to: str
    intro: str
    dating: str
    rounding: str
    nothing: str
    heads: tuple[str, str, str, str, str]
    item: str
    terms: str
    contract: str
    policy: str
    sources_joined: str
    capped: str
    disputed: str
    unallocated: str
    damages: str
    accrued: str
    settled: str
    settled_heads: tuple[str, str, str]
    kinds: dict[str, str]
    reversed: str
    balance: str
    excess: str
    questions: str
    page: str


TEXTS: dict[Language, DamagesTexts] = {
    "en": DamagesTexts(
        title="Statement of liquidated damages",
        to="To {customer}",
        intro=(
            "For the items below, which were paid late or are still open, liquidated damages accrued up to and"
            " including {day}. They are simple, counted by calendar days from the day after the due date up to and"
            " including the day of payment."
        ),
        dating="Where our books do not tell the day of a payment, the day counts on which it was first seen in them.",
        rounding="The amounts of the periods are not rounded; the damages of an item are rounded once, to the cent.",
        nothing="No liquidated damages had accrued by {day}.",
        heads=("From", "To", "Days", "Balance", "Damages"),
        item="{document}, due on {due}",
        terms="{daily} a day, at most {cap} of {base} ({source})",
        contract="contract {number}",
        policy="our terms {number}",
        sources_joined=", ",
        capped="The cap was reached on {date}.",
        disputed="In dispute.",
        unallocated="Item without a number",
        damages="Damages of the item",
        accrued="Accrued",
        settled="Settled so far",
        settled_heads=("Date", "What", "Amount"),
        kinds={"received": "payment received", "forfeited": "deposit forfeited", "waived": "waived"},
        reversed="{kind}, reversed",
        balance="Balance",
        excess="Settled beyond what accrued",
        questions="If anything is not as in your books, please contact {contact}.",
        page="Page {page} of {pages}",
    ),
    "zh-hans": DamagesTexts(
        title="违约金清单",
        to="致：{customer}",
        intro=(
            "下列款项逾期支付或尚未支付，截至{day}（含当日）已产生违约金如下。违约金按单利计算，自到期日次日起至付款当日（含）止，"
            "按日历天数计收。"
        ),
        dating="账簿未记明付款日期的，以账簿首次反映该付款之日计算。",
        rounding="各期间金额未作舍入；每笔款项的违约金合计后一次四舍五入到分。",
        nothing="截至{day}，无违约金产生。",
        heads=("起始日", "截止日", "天数", "欠款余额", "违约金"),
        item="{document}，到期日 {due}",
        terms="每日 {daily}，上限为 {base} 的 {cap}（{source}）",
        contract="合同 {number}",
        policy="我公司信用条款 {number}",
        sources_joined="、",
        capped="已于 {date} 达到上限。",
        disputed="该款项存在争议。",
        unallocated="无单号款项",
        damages="该笔违约金",
        accrued="累计违约金",
        settled="已冲抵",
        settled_heads=("日期", "事项", "金额"),
        kinds={"received": "收款", "forfeited": "保证金转为违约金", "waived": "减免"},
        reversed="{kind}（冲回）",
        balance="未付违约金",
        excess="超出部分",
        questions="如与贵公司账目不符，请联系：{contact}。",
        page="第 {page} 页，共 {pages} 页",
    ),
    "zh-hant": DamagesTexts(
        title="違約金清單",
        to="致：{customer}",
        intro=(
            "下列款項逾期支付或尚未支付，截至{day}（含當日）已產生違約金如下。違約金按單利計算，自到期日次日起至付款當日（含）止，"
            "按日曆天數計收。"
        ),
        dating="帳簿未記明付款日期的，以帳簿首次反映該付款之日計算。",
        rounding="各期間金額未作捨入；每筆款項的違約金合計後一次四捨五入到分。",
        nothing="截至{day}，無違約金產生。",
        heads=("起始日", "截止日", "天數", "欠款餘額", "違約金"),
        item="{document}，到期日 {due}",
        terms="每日 {daily}，上限為 {base} 的 {cap}（{source}）",
        contract="合約 {number}",
        policy="我公司信用條款 {number}",
        sources_joined="、",
        capped="已於 {date} 達到上限。",
        disputed="該款項存在爭議。",
        unallocated="無單號款項",
        damages="該筆違約金",
        accrued="累計違約金",
        settled="已沖抵",
        settled_heads=("日期", "事項", "金額"),
        kinds={"received": "收款", "forfeited": "保證金轉為違約金", "waived": "減免"},
        reversed="{kind}（沖回）",
        balance="未付違約金",
        excess="超出部分",
        questions="如與貴公司帳目不符，請聯絡：{contact}。",
        page="第 {page} 頁，共 {pages} 頁",
    ),
}

"""The letters in Simplified Chinese (简体中文)."""

from __future__ import annotations

from receivables.letters.texts.schema import LetterTexts, StageTexts

SIMPLIFIED_CHINESE = LetterTexts(
    stages={
        "reminder": StageTexts(
            title="付款提醒函",
            opening=(
                "感谢贵公司一直以来的信任与支持。谨此友好提醒：下列款项即将到期，合计**{total}**，"
                "烦请贵公司在各笔款项的到期日前安排付款。",
            ),
            closing=(
                "如款项已在支付途中，请接受我们的谢意，并忽略本函；如对款项有疑问，或预计不能按期付款，"
                "请在到期日前与我们联系，以便共同协商解决。",
            ),
            mail=(
                "谨此友好提醒：贵公司有款项即将到期，合计 {total}，烦请于各笔款项的到期日前安排付款。"
                "如款项已在支付途中，请接受我们的谢意。",
            ),
        ),
        "dunning_letter": StageTexts(
            title="催款函",
            opening=(
                "根据双方合同约定，下列款项的付款期限已经届满，而截至{issued_on}，"
                "我公司尚未收到贵公司的付款，"
                "逾期金额合计**{total}**。",
                "请贵公司于**{pay_by}前（含当日）**将上述款项全额汇入下列账户。",
            ),
            points_intro="同时提请贵公司注意合同约定的逾期付款责任：",
            points=(
                "自到期日次日起，按逾期金额**每日 {daily}** 计收违约金，累计不超过该笔款项的 {cap}；",
                "本函发出后仍未付清、且逾期达 **{stop_days} 日及以上**的款项，"
                "贵公司如缴有保证金，该**保证金自动转为违约金**，我公司同时**停止合作**。",
            ),
            closing=(
                "贵公司如对款项有异议，请在上述期限内以书面形式说明理由，无异议的款项仍应按期支付；"
                "如已付款，请提供付款凭证，并忽略本函。",
                "特此函告。",
            ),
            mail=(
                "贵公司合计 {total} 的款项付款期限已经届满，我公司尚未收到付款。"
                "请于 {pay_by} 前（含当日）全额支付。逾期款项明细见催款函 {number}。",
            ),
        ),
        "final_demand": StageTexts(
            title="最终催款函",
            opening=(
                "我公司此前已就下列款项向贵公司发出催款函{earlier}，但截至{issued_on}仍未收到付款，"
                "逾期金额合计**{total}**。现最后一次正式要求贵公司履行付款义务。",
                "请贵公司务必于**{pay_by}前（含当日）**将逾期款项全额汇入下列账户。",
            ),
            points_intro="鉴于款项逾期已达 {stop_days} 日及以上，根据合同约定，自本函出具之日起：",
            points=(
                "贵公司如缴有保证金，该**保证金自动转为违约金**，不再退还；",
                "我公司**停止与贵公司的合作**，暂停供货、租赁及服务，不再承接新的业务；",
                "我公司依约追收**违约金**：按逾期金额每日 {daily} 计算，累计不超过各笔款项的 {cap}，"
                "截至本函出具之日为**{damages}**，在逾期款项之外另行计收，并持续计算至款项付清之日止。",
            ),
            closing=(
                "如至{pay_by}仍未收到全部逾期款项，我公司将通过法律途径追索全部欠款及违约金，"
                "由此产生的费用由贵公司承担，届时不再另行通知。",
                "特此函告。",
            ),
            mail=(
                "我公司此前已发出催款函，但贵公司合计 {total} 的款项至今仍未支付。"
                "现发出最终催款函 {number}：请于 {pay_by} 前（含当日）全额支付。在此之前，双方合作暂停。",
            ),
        ),
    },
    money={"CNY": "人民币 {amount} 元", "": " {currency} {amount}"},
    date="{year}年{month}月{day}日",
    month_names=(),
    earlier="{issued_on} {number} 号",
    earlier_separator="、",
    earlier_all="（{letters}）",
    capital_currencies={
        "CNY": "人民币",
        "HKD": "港币",
        "MOP": "澳门币",
        "TWD": "新台币",
        "USD": "美元",
        "EUR": "欧元",
        "SGD": "新加坡元",
        "AUD": "澳元",
        "CAD": "加元",
    },
    capital="大写：{currency}{amount}",
    number="编号",
    issued_on="日期",
    customer_number="客户编码",
    pay_by="付款期限",
    contact="联系人",
    phone="电话",
    email="电子邮箱",
    attention="{contact} 收",
    salutation="尊敬的{contact}：",
    salutation_unnamed="尊敬的客户：",
    total_due="即将到期金额",
    total_overdue="逾期金额",
    index="序号",
    document="单据号",
    document_on="单据日期",
    due_on="到期日",
    days_to_due="距到期天数",
    days_overdue="逾期天数",
    amount="单据金额",
    open_amount="未付金额",
    damages="违约金",
    total="合计",
    amounts_in="币种：{currency}",
    schedule="附：款项明细表",
    see_schedule="款项明细见本函所附明细表。",
    payment="收款账户",
    payee="户名",
    bank="开户银行",
    account="账号",
    quote="汇款附言",
    no_account="付款账户请与我公司联系确认。",
    no_account_contact="付款账户请与我公司联系确认：{contact}",
    regards="",
    seal="（盖章）",
    page="第 {page} 页，共 {pages} 页",
)

"""The letters in Traditional Chinese (繁體中文)."""

from __future__ import annotations

from receivables.letters.texts.schema import LetterTexts, StageTexts

TRADITIONAL_CHINESE = LetterTexts(
    stages={
        "reminder": StageTexts(
            title="付款提醒函",
            opening=(
                "感謝貴公司一直以來的信任與支持。謹此友好提醒：下列款項即將到期，合計**{total}**，"
                "煩請貴公司於各筆款項的到期日前安排付款。",
            ),
            closing=(
                "如款項已在支付途中，請接受我們的謝意，並毋須理會本函；如對款項有疑問，或預計未能如期付款，"
                "請於到期日前與我們聯絡，以便共同商議解決。",
            ),
            mail=(
                "謹此友好提醒：貴公司有款項即將到期，合計 {total}，煩請於各筆款項的到期日前安排付款。"
                "如款項已在支付途中，請接受我們的謝意。",
            ),
        ),
        "dunning_letter": StageTexts(
            title="催款函",
            opening=(
                "根據雙方合約約定，下列款項的付款期限已經屆滿，而截至{issued_on}，"
                "我公司尚未收到貴公司的付款，"
                "逾期金額合計**{total}**。",
                "請貴公司於**{pay_by}前（含當日）**將上述款項全額匯入下列帳戶。",
            ),
            points_intro="同時提請貴公司注意合約約定的逾期付款責任：",
            points=(
                "自到期日翌日起，按逾期金額**每日 {daily}** 計收違約金，累計不超過該筆款項的 {cap}；",
                "本函發出後仍未付清、且逾期達 **{stop_days} 日或以上**的款項，"
                "貴公司如繳有保證金，該**保證金自動轉為違約金**，我公司同時**停止合作**。",
            ),
            closing=(
                "貴公司如對款項有異議，請於上述期限內以書面說明理由，無異議的款項仍應如期支付；"
                "如已付款，請提供付款憑證，並毋須理會本函。",
                "特此函告。",
            ),
            mail=(
                "貴公司合計 {total} 的款項付款期限已經屆滿，我公司尚未收到付款。"
                "請於 {pay_by} 前（含當日）全額支付。逾期款項明細見催款函 {number}。",
            ),
        ),
        "final_demand": StageTexts(
            title="最終催款函",
            opening=(
                "我公司先前已就下列款項向貴公司發出催款函{earlier}，惟截至{issued_on}仍未收到付款，"
                "逾期金額合計**{total}**。現最後一次正式要求貴公司履行付款義務。",
                "請貴公司務必於**{pay_by}前（含當日）**將逾期款項全額匯入下列帳戶。",
            ),
            points_intro="鑑於款項逾期已達 {stop_days} 日或以上，根據合約約定，自本函發出之日起：",
            points=(
                "貴公司如繳有保證金，該**保證金自動轉為違約金**，不再退還；",
                "我公司**停止與貴公司的合作**，暫停供貨、租賃及服務，不再承接新的業務；",
                "我公司依約追收**違約金**：按逾期金額每日 {daily} 計算，累計不超過各筆款項的 {cap}，"
                "截至本函發出之日為**{damages}**，於逾期款項之外另行計收，並持續計算至款項付清之日止。",
            ),
            closing=(
                "如至{pay_by}仍未收到全部逾期款項，我公司將循法律途徑追索全部欠款及違約金，"
                "由此產生的費用由貴公司承擔，屆時不再另行通知。",
                "特此函告。",
            ),
            mail=(
                "我公司先前已發出催款函，但貴公司合計 {total} 的款項至今仍未支付。"
                "現發出最終催款函 {number}：請於 {pay_by} 前（含當日）全額支付。在此之前，雙方合作暫停。",
            ),
        ),
    },
    money={"CNY": "人民幣 {amount} 元", "": " {currency} {amount}"},
    date="{year}年{month}月{day}日",
    month_names=(),
    earlier="{issued_on} {number} 號",
    earlier_separator="、",
    earlier_all="（{letters}）",
    capital_currencies={
        "CNY": "人民幣",
        "HKD": "港幣",
        "MOP": "澳門幣",
        "TWD": "新台幣",
        "USD": "美元",
        "EUR": "歐元",
        "SGD": "新加坡元",
        "AUD": "澳元",
        "CAD": "加元",
    },
    capital="大寫：{currency}{amount}",
    number="編號",
    issued_on="日期",
    customer_number="客戶編碼",
    pay_by="付款期限",
    contact="聯絡人",
    phone="電話",
    email="電子郵件",
    attention="{contact} 收",
    salutation="尊敬的{contact}：",
    salutation_unnamed="尊敬的客戶：",
    total_due="即將到期金額",
    total_overdue="逾期金額",
    index="序號",
    document="單據號碼",
    document_on="單據日期",
    due_on="到期日",
    days_to_due="距到期天數",
    days_overdue="逾期天數",
    amount="單據金額",
    open_amount="未付金額",
    damages="違約金",
    total="合計",
    amounts_in="幣別：{currency}",
    schedule="附：款項明細表",
    see_schedule="款項明細見本函所附明細表。",
    payment="收款帳戶",
    payee="戶名",
    bank="開戶銀行",
    account="帳號",
    quote="匯款附言",
    no_account="付款帳戶請與我公司聯絡確認。",
    no_account_contact="付款帳戶請與我公司聯絡確認：{contact}",
    regards="",
    seal="（蓋章）",
    page="第 {page} 頁，共 {pages} 頁",
)

"""What finance calls the columns of an invoice ledger, of receipts and of an aging table, beside those of open items.

A ledger tells of each invoice when it was paid: 收款日期, SettledDate. Names of payments may carry a number
(收款日期1, 回款金额2): a ledger has room for as many payments as it has columns.
"""

from __future__ import annotations

from receivables.reading.column_names import OPEN_ITEM_NAMES, names

PAID_ON = (
    names(
        "结清日期 结清日 结算日期 清账日期 核销日期 收款日期 收款日 实收日期 实际收款日期 回款日期 回款日 "
        "实际回款日期 到账日期 到账日 付款日期 实际付款日期 settleddate settledon settlementdate "
        "datesettled cleareddate clearingdate clearedon paymentdate paiddate paidon datepaid receiptdate "
        "receivedon receiveddate datereceived collectiondate paymentreceiveddate"
    ),
)
PAID_AMOUNT = (
    names(
        "收款金额 本次收款 本次收款金额 回款金额 本次回款 实收金额 到账金额 核销金额 本次核销金额 已收金额 "
        "已收款 已收款金额 已回款金额 已付金额 已核销金额 付款金额 paid paidamount amountpaid "
        "received receivedamount amountreceived settledamount settlementamount paymentreceived "
        "paymentamount payment receiptamount clearedamount"
    ),
)

LEDGER_NAMES: dict[str, tuple[frozenset[str], ...]] = {
    **{
        name: ranks
        for name, ranks in OPEN_ITEM_NAMES.items()
        if name not in ("paid_amount", "base_open_amount")
    },
    "paid_on": PAID_ON,
    "paid_amount": PAID_AMOUNT,
}

RECEIPT_NAMES: dict[str, tuple[frozenset[str], ...]] = {
    **{
        name: OPEN_ITEM_NAMES[name]
        for name in ("customer_ref", "customer_name", "any_customer", "document", "currency", "contract")
    },
    "description": OPEN_ITEM_NAMES["description"],
    "paid_on": (
        *PAID_ON,
        names("入账日期 记账日期 交易日期 业务日期 postingdate valuedate transactiondate bookingdate"),
    ),
    "any_date": (names("日期 date"),),
    "open_amount": (
        *PAID_AMOUNT,
        names("贷方金额 收入金额 credit creditamount"),
    ),
    "any_amount": (names("金额 总额 amount total value amt"),),
}

AGED_TABLE_NAMES: dict[str, tuple[frozenset[str], ...]] = {
    **{
        name: OPEN_ITEM_NAMES[name]
        for name in ("customer_ref", "customer_name", "any_customer", "currency", "contract")
    },
    "open_amount": (
        names(
            "合计 总计 应收合计 余额合计 欠款合计 total totals grandtotal totaldue totaloutstanding totalbalance"
        ),
        *OPEN_ITEM_NAMES["open_amount"],
        names("应收账款 应收款 金额 总额 amount value"),
    ),
}

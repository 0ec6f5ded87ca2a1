"""What finance calls the columns of a file of payables: those of receivables, but for who, how much and due when.

A file of payables must not be read as receivables, nor the other way round: each kind of file knows the names by which
the other calls its balance (`RECEIVABLE_BALANCES`, `PAYABLE_BALANCES`).
"""

from __future__ import annotations

from receivables.reading.column_names import OPEN_ITEM_NAMES, names

PAYABLE_NAMES: dict[str, tuple[frozenset[str], ...]] = {
    **OPEN_ITEM_NAMES,
    "customer_ref": (
        *OPEN_ITEM_NAMES["customer_ref"],
        names(
            "供应商编码 供应商编号 供应商代码 供应商号 供货单位编码 供货单位代码 vendorno vendornumber "
            "vendorcode vendorid supplierno suppliernumber suppliercode supplierid creditorno creditornumber "
            "lifnr"
        ),
    ),
    "customer_name": (
        *OPEN_ITEM_NAMES["customer_name"],
        names(
            "供应商名称 供应商全称 供应商名 供货单位名称 收款单位 收款单位名称 vendorname suppliername "
            "creditorname payeename"
        ),
    ),
    "any_customer": (
        *OPEN_ITEM_NAMES["any_customer"],
        names("供应商 供货单位 债权人 vendor supplier creditor payee"),
    ),
    "document": (
        *OPEN_ITEM_NAMES["document"],
        names("应付单号 应付单编号 应付单据号 billid payableno"),
    ),
    "due_on": (
        names(
            "到期日 到期日期 应付日期 应付日 应付款日期 应付款日 付款到期日 账款到期日 净到期日 duedate due "
            "dueon netduedate netdue paymentduedate datedue maturity maturitydate netduedt payby"
        ),
        names(
            "预计付款日期 约定付款日 约定付款日期 最迟付款日 最后付款日 最晚付款日期 付款期限 计划付款日期"
        ),
    ),
    "open_amount": (
        names(
            "原币应付余额 原币余额 原币未付金额 原币未清金额 原币未核销金额 应付余额原币 余额原币 "
            "openamountindoccurrency openamountindocumentcurrency balanceindocumentcurrency"
        ),
        names(
            "应付余额 应付账款余额 应付款余额 应付未付金额 未付金额 未付款 未付余额 未付款金额 未付货款 "
            "未清余额 未清金额 未清项金额 未核销金额 未核销余额 未结清金额 未结金额 未结余额 余额 剩余金额 "
            "剩余应付 期末余额 尚欠金额 openamount openbalance open openitemamount outstanding "
            "outstandingamount outstandingbalance amountoutstanding balance balancedue amountdue dueamount "
            "unpaid unpaidamount unpaidbalance remaining remainingamount remainingbalance residual "
            "residualamount amountresidual amountopen payablebalance openpayable openpayables payableamount "
            "payablesbalance accountspayable accountspayablebalance"
        ),
    ),
    "base_open_amount": (
        names(
            "本币余额 本位币余额 本币应付余额 本位币应付余额 本币未付金额 本位币未付金额 本币未清金额 "
            "本位币未清金额 本币未核销金额 应付余额本币 余额本币 应付余额本位币 余额本位币 "
            "openamountinlocalcurrency balanceinlocalcurrency openamountlocalcurrency"
        ),
    ),
    "amount": (
        names(
            "原币金额 原币应付金额 原币发票金额 原币价税合计 金额原币 amountindoccurr amountindoccurrency "
            "amountindocumentcurrency amountintransactioncurrency"
        ),
        names(
            "发票金额 应付金额 单据金额 价税合计 含税金额 账单金额 应付总额 原始金额 invoiceamount "
            "invoicedamount invoicevalue originalamount documentamount docamount billamount grossamount "
            "invoicetotal totalamount originalbalance"
        ),
    ),
    "any_amount": (names("金额 总额 应付账款 应付款 amount total value amt"),),
    "base_amount": (
        names(
            "本币金额 本位币金额 本币应付金额 本位币应付金额 金额本币 金额本位币 amountinlocalcurrency "
            "amountinlocalcurr amountinlc amountinloccurr localamount baseamount amountinbasecurrency"
        ),
    ),
    "paid_amount": (
        names(
            "已付金额 已付款 已付款金额 已核销金额 付款金额 paid paidamount amountpaid settledamount "
            "paymentmade"
        ),
    ),
}

RECEIVABLE_BALANCES = names(
    "应收余额 应收账款余额 应收款余额 原币应收余额 应收余额原币 本币应收余额 本位币应收余额 "
    "应收余额本币 应收账款 应收款 应收金额 未收金额 未收款 未收余额 未收款金额 未回款金额 未回款 "
    "剩余应收 应收未收金额 receivablebalance openreceivable openreceivables accountsreceivable "
    "accountsreceivablebalance"
)
PAYABLE_BALANCES = names(
    "应付余额 应付账款余额 应付款余额 原币应付余额 应付余额原币 本币应付余额 本位币应付余额 "
    "应付余额本币 应付账款 应付款 应付未付金额 剩余应付 未付货款 payablebalance payablesbalance "
    "openpayable openpayables payableamount accountspayable accountspayablebalance"
)

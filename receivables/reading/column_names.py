"""What finance calls its columns, in English and Chinese, normalised as `headers.normalised` does.

Each field has ranks, best first; the names of one rank mean the same, so two of them in one file is a
question. Traditional characters are folded to simplified ones before the look-up.
"""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPEN_ITEM_NAMES: dict[str, tuple[frozenset[str], ...]] = {
    "customer_ref": (
        names(
            "客户编码 客户编号 客户代码 客户号 客户代号 客户id 客户号码 客户账号 往来单位编码 "
            "往来单位编号 往来单位代码 客商编码 客商编号 客商代码 购货单位编码 购货单位代码 单位编码 "
            "单位编号 customerno customernumber customercode customerid customerref customerreference "
            "custno custcode custid customer# accountno accountnumber accountcode accountid debtorno "
            "debtornumber debtorcode debtorid partnercode partnerno partnerref clientno clientcode "
            "clientid clientnumber kunnr"
        ),
    ),
    "customer_name": (
        names(
            "客户名称 客户全称 客户姓名 客户名 单位名称 往来单位名称 客商名称 购货单位名称 公司名称 "
            "付款单位 付款单位名称 customername custname accountname debtorname partnername "
            "invoicepartnerdisplayname contactname clientname companyname name1 billtoname customerfullname "
            "partnerdisplayname partyname"
        ),
        names("客户简称 往来单位简称 客商简称 shortname name"),
    ),
    "any_customer": (
        names(
            "客户 往来单位 客商 购货单位 客户单位 欠款单位 债务人"
            " customer account debtor partner party contact client billto soldto billtocustomer"
        ),
    ),
    "document": (
        names(
            "发票号 发票号码 发票编号 invoice invoiceno invoicenumber invoiceid invoice# invno invnumber"
            " taxinvoiceno"
        ),
        names(
            "单据号 单据编号 单据号码 单号 单据 应收单号 应收单编号 票据号 票据号码 账单号 账单编号 "
            "document documentno documentnumber documentid document# docno docnumber doc# doc billno "
            "billnumber billingdocument belnr"
        ),
        names(
            "凭证号 凭证编号 凭证字号 凭证号码 凭证 voucher voucherno vouchernumber transactionno "
            "transactionnumber"
        ),
        names(
            "参考号 业务单号 业务编号 出库单号 reference referenceno referencenumber refno ref "
            "ourreference invoicereference num number"
        ),
    ),
    "document_on": (
        names(
            "发票日期 开票日期 开票日 发票日 invoicedate invoiceon dateofinvoice invoicebilldate invdate "
            "billingdate"
        ),
        names(
            "单据日期 单据日 业务日期 账单日期 documentdate docdate dateofdocument billdate issuedate "
            "dateissued issuedon"
        ),
        names(
            "凭证日期 记账日期 过账日期 入账日期 制单日期 postingdate voucherdate transactiondate bookingdate"
        ),
    ),
    "any_date": (names("日期 date"),),
    "due_on": (
        names(
            "到期日 到期日期 应收日期 应收日 应收款日期 付款到期日 收款到期日 账款到期日 应付款日期 "
            "应付款日 净到期日 duedate due dueon netduedate netdue paymentduedate datedue maturity "
            "maturitydate netduedt payby"
        ),
        names(
            "预计收款日期 预计回款日期 约定付款日 约定付款日期 约定收款日期 最迟付款日 最后付款日 "
            "最晚付款日期 付款期限"
        ),
    ),
    "currency": (
        names(
            "币种 币别 货币 货币代码 原币币种 原币币别 原币 交易币种 单据币种 currency currencycode curr "
            "cur ccy documentcurrency doccurrency invoicecurrency transactioncurrency"
        ),
    ),
    "open_amount": (
        names(
            "原币应收余额 原币余额 原币未收金额 原币未清金额 原币未核销金额 应收余额原币 余额原币 "
            "openamountindoccurrency openamountindocumentcurrency balanceindocumentcurrency"
        ),
        names(
            "应收余额 未收金额 未收款 未收余额 未收款金额 未清余额 未清金额 未清项金额 未核销金额 "
            "未核销余额 未结清金额 未结金额 未结余额 未付金额 未付余额 未回款金额 未回款 欠款金额 "
            "欠款余额 欠款 应收账款余额 应收款余额 余额 剩余金额 剩余应收 期末余额 应收未收金额 尚欠金额 "
            "尾款余额 openamount openbalance open openitemamount outstanding outstandingamount "
            "outstandingbalance amountoutstanding balance balancedue amountdue dueamount unpaid "
            "unpaidamount unpaidbalance remaining remainingamount remainingbalance residual "
            "residualamount amountresidual openamountdue amountopen receivablebalance"
        ),
    ),
    "base_open_amount": (
        names(
            "本币余额 本位币余额 本币应收余额 本位币应收余额 本币未收金额 本位币未收金额 本币未清金额 "
            "本位币未清金额 本币未核销金额 应收余额本币 余额本币 应收余额本位币 余额本位币 "
            "openamountinlocalcurrency balanceinlocalcurrency openamountlocalcurrency"
        ),
    ),
    "amount": (
        names(
            "原币金额 原币应收金额 原币发票金额 原币价税合计 金额原币 amountindoccurr amountindoccurrency"
            " amountindocumentcurrency amountintransactioncurrency"
        ),
        names(
            "发票金额 应收金额 单据金额 价税合计 含税金额 开票金额 账单金额 应收总额 原始金额"
            " invoiceamount invoicedamount invoicevalue originalamount documentamount docamount billamount"
            " grossamount invoicetotal totalamount originalbalance"
        ),
    ),
    "any_amount": (names("金额 总额 应收账款 应收款 amount total value amt"),),
    "base_amount": (
        names(
            "本币金额 本位币金额 本币应收金额 本位币应收金额 金额本币 金额本位币 amountinlocalcurrency "
            "amountinlocalcurr amountinlc amountinloccurr amountinlocalcurrency1 localamount baseamount "
            "amountinbasecurrency"
        ),
    ),
    "paid_amount": (
        names(
            "已收金额 已收款 已收款金额 已付金额 已核销金额 回款金额 已回款金额 收款金额"
            " paid paidamount amountpaid received receivedamount amountreceived settledamount paymentreceived"
        ),
    ),
    "contract": (
        names(
            "合同号 合同编号 合同号码 合同代码 合同 合约号 合约编号 合约 contract contractno "
            "contractnumber contractid contractcode contractref agreementno agreementnumber"
        ),
    ),
    "description": (
        names("摘要 说明 描述 业务内容 description desc text itemtext details narration particulars"),
        names("备注 附注 注释 remark remarks memo note notes comment comments"),
    ),
}

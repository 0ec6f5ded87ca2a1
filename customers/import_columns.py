"""What files of customers call their columns, Chinese and English, beside the fields' own names. Pure rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from customers.master_data import MASTER_DATA_FIELDS

NUMBER, ALIASES = "number", "aliases"
PEOPLE = ("account_manager", "service_manager")
IMPORT_FIELDS = (NUMBER, *MASTER_DATA_FIELDS, *PEOPLE, ALIASES)
HEADER_ROWS = 20
MIN_FIELDS = 2
_BRACKETS = re.compile(r"[(\[【〔{].*?[)\]】〕}]")
_NOISE = re.compile(r"[\W_]+")

OTHER_NAMES: dict[str, str] = {
    "number": "客户编号 客户编码 客户代码 客戶編號 客戶編碼 客戶代碼 number customerno customernumber customercode",
    "name": "客户名称 客户全称 单位名称 公司名称 企业名称 客戶名稱 公司名稱 name customername customer companyname",
    "name_en": "英文名称 英文名 客户英文名称 英文名稱 nameen englishname",
    "short_name": "客户简称 简称 客戶簡稱 簡稱 shortname",
    "enterprise_type": "企业性质 企业类型 企業性質 企業類型 typeofenterprise enterprisetype companytype",
    "industry": "行业 所属行业 行业类别 行业代码 行業 所屬行業 行業類別 industry industrycode sector",
    "registered_capital_amount": "注册资金 注册资本 註冊資本 registeredcapital",
    "registered_capital_currency": "注册资本币种 注册资金币种 註冊資本幣別 capitalcurrency registeredcapitalcurrency",
    "uscc": "统一社会信用代码 社会信用代码 信用代码 統一社會信用代碼 uscc unifiedsocialcreditcode creditcode",
    "business_licence_number": "营业执照号 营业执照号码 營業執照號碼 businesslicenceno businesslicensenumber",
    "tax_registration_number": "税务登记号 税号 纳税人识别号 稅務登記號碼 稅號 taxno taxregistrationno taxid",
    "organisation_code": "组织机构代码 组织代码 組織機構代碼 organizationcode orgcode",
    "bank_name": "开户银行 开户行 開戶銀行 bankname bank",
    "bank_account": "银行账号 账号 帐号 银行帐号 銀行帳號 帳號 bankaccount accountnumber",
    "legal_representative": "法定代表人 法人代表 法人 legalrepresentative",
    "person_in_charge": "负责人 負責人 personincharge",
    "finance_contact": "财务联系人 財務聯絡人 financecontact",
    "finance_phone": "财务电话 财务联系电话 財務電話 financephone",
    "finance_email": "财务邮箱 财务电子邮箱 财务邮件 財務電郵 financeemail",
    "business_contact": "业务联系人 業務聯絡人 businesscontact",
    "business_phone": "业务电话 业务联系电话 業務電話 businessphone",
    "address": "地址 联系地址 注册地址 address",
    "postal_code": "邮编 邮政编码 郵遞區號 郵政編碼 postalcode postcode zip zipcode",
    "letter_language": "函件语言 信函语言 函件語言 letterlanguage language",
    "currency": "币种 币别 结算币种 幣別 幣種 currency",
    "payment_term_days": "账期 付款期限 付款天数 帳期 付款天數 paymentterm paymenttermdays termdays",
    "payment_term_kind": "账期类型 账期起算 付款期限类型 帳期類型 帳期起算 kindofpaymentterm paymenttermkind termkind",
    "account_manager": "客户经理 客戶經理 accountmanager am",
    "service_manager": "客服经理 客服經理 customerservicemanager servicemanager csm",
    "aliases": "别名 曾用名 其他名称 別名 aliases alias othernames",
}


def column_key(header: str) -> str:
    """Return a column name without width, case, brackets, blanks and punctuation: the key of the look-up."""
    return _NOISE.sub("", _BRACKETS.sub("", unicodedata.normalize("NFKC", header)).casefold())


@dataclass(frozen=True)
class Header:
    """The header row understood: `index` of the row in the table, `columns` field → position, `texts` field → header,
    `unknown` headers that name no field, `twice` those of fields that two columns name."""

    index: int
    columns: Mapping[str, int]
    texts: Mapping[str, str]
    unknown: tuple[str, ...]
    twice: tuple[str, ...]


def find_header(rows: Sequence[Sequence[str]], own_names: Mapping[str, str]) -> Header | None:
    """Return the row among the first that names the most fields; None where none names two, one of them number or
    name.

    `own_names` maps further keys (`column_key`) to fields: what the fields are called in every language.
    """
    names = {key: field for field, keys in OTHER_NAMES.items() for key in keys.split()}
    names = {**own_names, **names}
    headers = [_header(index, row, names) for index, row in enumerate(rows[:HEADER_ROWS])]
    fit = [
        header
        for header in headers
        if len(header.columns) >= MIN_FIELDS and header.columns.keys() & {NUMBER, "name"}
    ]
    return max(fit, key=lambda header: (len(header.columns), -header.index), default=None)


def _header(index: int, row: Sequence[str], names: Mapping[str, str]) -> Header:
    columns: dict[str, int] = {}
    unknown, twice = [], []
    for position, text in enumerate(row):
        field = names.get(column_key(text)) if text else None
        if field is None:
            unknown += [text] if text else []
        elif field in columns:
            twice.append(text)
        else:
            columns[field] = position
    texts = {field: row[position] for field, position in columns.items()}
    return Header(index, columns, texts, tuple(unknown), tuple(twice))

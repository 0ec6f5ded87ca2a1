"""300 made-up companies with Chinese and English names; the same seed gives the same companies."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from stdnum.cn import uscc as uscc_number

from customers.models import EnterpriseType, ServiceType
from customers.payment_terms import END_OF_MONTH, NET

COUNT = 300
CITIES = (
    ("上海", "Shanghai", "310000"), ("杭州", "Hangzhou", "330100"), ("苏州", "Suzhou", "320500"),
    ("南京", "Nanjing", "320100"), ("广州", "Guangzhou", "440100"), ("深圳", "Shenzhen", "440300"),
    ("北京", "Beijing", "110000"), ("成都", "Chengdu", "510100"), ("武汉", "Wuhan", "420100"),
    ("厦门", "Xiamen", "350200"), ("青岛", "Qingdao", "370200"), ("西安", "Xi'an", "610100"),
)  # fmt: skip
POST_CODES = {
    "上海": "2000",
    "杭州": "3100",
    "苏州": "2150",
    "南京": "2100",
    "广州": "5100",
    "深圳": "5180",
    "北京": "1000",
    "成都": "6100",
    "武汉": "4300",
    "厦门": "3610",
    "青岛": "2660",
    "西安": "7100",
}
"""How the post codes of the cities begin."""
NAMES = (
    ("恒通", "Hengtong"), ("华瑞", "Huarui"), ("金鼎", "Jinding"), ("天元", "Tianyuan"), ("瑞丰", "Ruifeng"),
    ("博远", "Boyuan"), ("中信达", "Zhongxinda"), ("新世纪", "New Century"), ("宏图", "Hongtu"), ("长青", "Evergreen"),
    ("海联", "Hailian"), ("明德", "Mingde"), ("泰和", "Taihe"), ("永盛", "Yongsheng"), ("东方", "Orient"),
    ("银河", "Galaxy"), ("盛达", "Shengda"), ("科创", "Kechuang"), ("美林", "Meilin"), ("凯越", "Kaiyue"),
    ("锦绣", "Jinxiu"), ("同辉", "Tonghui"), ("安泰", "Antai"), ("鑫源", "Xinyuan"), ("启明", "Qiming"),
)  # fmt: skip
TRADES = (
    ("信息技术", "Information Technology"), ("机械设备", "Machinery"), ("电子科技", "Electronics"),
    ("建筑工程", "Construction"), ("物流", "Logistics"), ("医疗器械", "Medical Devices"),
    ("新能源", "New Energy"), ("商贸", "Trading"),
)  # fmt: skip
MOST = len(CITIES) * len(NAMES) * len(TRADES)
"""No two companies have the same name."""
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "强",
    "磊",
    "洋",
    "艳",
    "勇",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀英",
    "建华",
    "志强",
)
BANKS = ("中国工商银行", "中国建设银行", "中国农业银行", "招商银行", "交通银行")


@dataclass(frozen=True)
class Company:
    """Master data of one made-up customer; `payer` is how it pays: good, slow or failing."""

    number: str
    name: str
    name_en: str
    uscc: str
    enterprise_type: str
    capital_amount: Decimal
    bank_name: str
    bank_account: str
    legal_representative: str
    contact: str
    phone: str
    email: str
    address: str
    postal_code: str
    currency: str
    letter_language: str
    payment_term_days: int
    payment_term_kind: str
    service_type: str
    payer: str
    monthly_amount: Decimal


def made_up_companies(seed: int = 2026, count: int = COUNT) -> list[Company]:
    """Return `count` companies, the same for the same seed."""
    source = random.Random(seed)
    combinations = [(city, name, trade) for city in CITIES for name in NAMES for trade in TRADES]
    source.shuffle(combinations)
    return [_company(index, combinations[index], source) for index in range(count)]


def _company(index: int, combination: tuple, source: random.Random) -> Company:  # type: ignore[type-arg]
    (city, city_en, region), (name, name_en), (trade, trade_en) = combination
    export = index % 15 == 7
    traditional = index % 25 == 3
    base = f"91{region}MA{source.randrange(10**6):06d}{source.randrange(10)}"
    person = source.choice(SURNAMES) + source.choice(GIVEN)
    return Company(
        number=f"C{index + 1:05d}",
        name=f"{city}{name}{trade}有限公司",
        name_en=f"{city_en} {name_en} {trade_en} Co., Ltd.",
        uscc=base + uscc_number.calc_check_digit(base),
        enterprise_type=source.choice(list(EnterpriseType.values)),
        capital_amount=Decimal(source.choice((1, 2, 5, 10, 20, 50, 100)) * 1_000_000),
        bank_name=f"{source.choice(BANKS)}{city}分行",
        bank_account="6222" + "".join(str(source.randrange(10)) for _digit in range(15)),
        legal_representative=person,
        contact=source.choice(SURNAMES) + source.choice(GIVEN),
        phone=f"1{source.choice('3578')}{source.randrange(10**9):09d}",
        email="" if index % 12 == 5 else f"finance{index + 1}@customer.example",
        address=f"{city}市示范路{source.randrange(1, 999)}号",
        postal_code=f"{POST_CODES[city]}{index % 100:02d}",
        currency="USD" if export else "CNY",
        letter_language="en" if export else "zh-hant" if traditional else "zh-hans",
        payment_term_days=source.choice((30, 30, 60)),
        payment_term_kind=END_OF_MONTH if index % 20 == 9 else NET,
        service_type=source.choice(list(ServiceType.values)),
        payer=source.choices(("good", "slow", "failing"), weights=(70, 22, 8))[0],
        monthly_amount=Decimal(source.randrange(20, 900) * 1000),
    )

"""What the three robots are sent and what their answers mean; no network."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from creditrisk.notifications.robot_protocols import HOSTS, TOO_MANY, Kind, answer_of, is_mobile, request_for

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
SECONDS = "1795510800"
KINDS: tuple[Kind, ...] = ("wecom", "dingtalk", "feishu")


def said(kind: Kind, **fields: Any) -> tuple[str, dict[str, str], dict[str, Any]]:
    values = {"token": "T-1", "signing_secret": "", "text": "催款函", "mention": ""}
    request = request_for(kind, now=NOW, **(values | fields))
    address = urlsplit(request.path)
    query = {key: value[0] for key, value in parse_qs(address.query).items()}
    return address.path, query, json.loads(request.body)


def test_every_kind_has_one_host_over_tls() -> None:
    assert HOSTS == {
        "wecom": "https://qyapi.weixin.qq.com",
        "dingtalk": "https://oapi.dingtalk.com",
        "feishu": "https://open.feishu.cn",
    }


def test_wecom_names_by_mobile_or_user_id() -> None:
    path, query, data = said("wecom", mention="13800138000")
    assert (path, query) == ("/cgi-bin/webhook/send", {"key": "T-1"})
    assert data == {
        "msgtype": "text",
        "text": {"content": "催款函", "mentioned_mobile_list": ["13800138000"]},
    }
    assert said("wecom", mention="zhao")[2]["text"] == {"content": "催款函", "mentioned_list": ["zhao"]}
    assert said("wecom")[2]["text"] == {"content": "催款函"}


def test_dingtalk_signs_milliseconds_with_its_secret() -> None:
    path, query, data = said("dingtalk", signing_secret="SEC1", mention="+86-13800138000")
    stamp = f"{SECONDS}000"
    sign = base64.b64encode(hmac.new(b"SEC1", f"{stamp}\nSEC1".encode(), hashlib.sha256).digest()).decode()
    assert (path, query) == ("/robot/send", {"access_token": "T-1", "timestamp": stamp, "sign": sign})
    assert data == {
        "msgtype": "text",
        "text": {"content": "催款函 @+86-13800138000"},
        "at": {"atMobiles": ["+86-13800138000"]},
    }
    assert said("dingtalk", mention="zhao")[2]["at"] == {"atUserIds": ["zhao"]}
    assert said("dingtalk")[1:] == (
        {"access_token": "T-1"},
        {"msgtype": "text", "text": {"content": "催款函"}},
    )


def test_feishu_signs_seconds_the_other_way_round() -> None:
    """The text to sign is the key there, and the message is empty."""
    path, query, data = said("feishu", signing_secret="SEC1", mention="ou_1")
    sign = base64.b64encode(hmac.new(f"{SECONDS}\nSEC1".encode(), b"", hashlib.sha256).digest()).decode()
    assert (path, query) == ("/open-apis/bot/v2/hook/T-1", {})
    assert data == {
        "timestamp": SECONDS,
        "sign": sign,
        "msg_type": "text",
        "content": {"text": '<at user_id="ou_1"></at> 催款函'},
    }
    assert said("feishu")[2] == {"msg_type": "text", "content": {"text": "催款函"}}
    assert said("feishu", token="a/../b")[0] == "/open-apis/bot/v2/hook/a%2F..%2Fb"


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_in_the_text_calls_nobody(kind: Kind) -> None:
    body = json.dumps(said(kind, text='<at user_id="all"></at> <@all>')[2], ensure_ascii=False)
    assert "<" not in body
    assert "＜@all＞" in body


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_text_is_cut_between_characters(kind: Kind) -> None:
    data = said(kind, text="长" * 3000)[2]
    content = data["content"]["text"] if kind == "feishu" else data["text"]["content"]
    assert content == "长" * 666


@pytest.mark.parametrize(
    ("mention", "expected"),
    [("13800138000", True), ("1380013800", False), ("+4915112345678", True), ("zhao", False), ("", False)],
)
def test_mobile_numbers(mention: str, expected: bool) -> None:
    assert is_mobile(mention) is expected


def body(kind: Kind, code: object, text: str = "said") -> bytes:
    names = ("code", "msg") if kind == "feishu" else ("errcode", "errmsg")
    return json.dumps({names[0]: code, names[1]: text}).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_what_answers_mean(kind: Kind) -> None:
    verdicts = {
        "sent": answer_of(kind, status=200, body=body(kind, 0)),
        "failed": answer_of(kind, status=200, body=body(kind, 93000)),
        "failed ": answer_of(kind, status=400, body=body(kind, 19001)),
        "failed  ": answer_of(kind, status=404, body=b"<html>"),
        "failed   ": answer_of(kind, status=302, body=b""),
        "later": answer_of(kind, status=503, body=b"<html>"),
        "later ": answer_of(kind, status=500, body=body(kind, 1)),
        "later  ": answer_of(kind, status=429, body=b""),
        "unknown": answer_of(kind, status=200, body=b"<html>Log in to the network</html>"),
        "unknown ": answer_of(kind, status=200, body=b"[" * 5000),
        "unknown  ": answer_of(kind, status=200, body=b"[]"),
        "unknown   ": answer_of(kind, status=200, body=body(kind, "0")),
        "unknown    ": answer_of(kind, status=200, body=body(kind, code=True)),
        "unknown     ": answer_of(kind, status=200, body=b"\xff\xfe"),
    }
    assert {name: answer.verdict for name, answer in verdicts.items()} == {
        name: name.strip() for name in verdicts
    }
    assert verdicts["failed"].text == "93000: said"
    assert verdicts["later  "].is_too_many
    assert not verdicts["later"].is_too_many


@pytest.mark.parametrize(
    ("kind", "code"), [(kind, code) for kind in KINDS for code in sorted(TOO_MANY[kind])]
)
def test_too_many_messages_are_tried_again(kind: Kind, code: int) -> None:
    answer = answer_of(kind, status=200, body=body(kind, code))
    assert (answer.verdict, answer.is_too_many) == ("later", True)
    assert answer_of(kind, status=400, body=body(kind, code)).verdict == "later"


def test_feishu_s_old_robots_answer_with_capital_letters() -> None:
    fine = json.dumps({"StatusCode": 0, "StatusMessage": "success"}).encode()
    assert answer_of("feishu", status=200, body=fine).verdict == "sent"
    assert answer_of("wecom", status=200, body=fine).verdict == "unknown"

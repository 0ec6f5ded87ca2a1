"""How the robots of WeCom, DingTalk and Feishu are spoken to, and what their answers mean.

Sources: developer.work.weixin.qq.com/document/path/91770 (WeCom), open.dingtalk.com/document/robots/custom-robot-access
(DingTalk), open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (Feishu).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

Kind = Literal["wecom", "dingtalk", "feishu"]

HOSTS: dict[Kind, str] = {
    "wecom": "https://qyapi.weixin.qq.com",
    "dingtalk": "https://oapi.dingtalk.com",
    "feishu": "https://open.feishu.cn",
}
"""Nobody types an address: a robot's kind says where its messages go."""

TOO_MANY: dict[Kind, frozenset[int]] = {
    "wecom": frozenset({-1, 45009, 45033}),
    "dingtalk": frozenset({-1, 130101, 410100, 430101}),
    "feishu": frozenset({9499, 11232}),
}
"""Busy, or more messages than the robot may send in a while (WeCom and DingTalk: 20 a minute, Feishu: 100)."""

LONGEST_BYTES = 2000
"""WeCom takes 2,048 bytes of text; the others more."""
TOLD_CHARACTERS = 500
MOBILE_DIGITS = 11

Verdict = Literal["sent", "later", "failed", "unknown"]


@dataclass(frozen=True)
class RobotRequest:
    """What is posted: path with query, below the host of the kind, and a JSON body."""

    path: str
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What an answer means; `text` is what the robot said. `is_too_many`: it asks for a pause."""

    verdict: Verdict
    text: str = ""
    is_too_many: bool = False


def request_for(
    kind: Kind, *, token: str, signing_secret: str, text: str, mention: str, now: dt.datetime
) -> RobotRequest:
    """Return the request that lets the robot say `text` at `now` and name `mention` (mobile or user ID), if any.

    A robot with a `signing_secret` (DingTalk, Feishu) gets a signature over the time, as its group asks for.
    """
    plain = _cut(_plain(text))
    if kind == "wecom":
        return _wecom(token, plain, mention)
    if kind == "dingtalk":
        return _dingtalk(token, signing_secret, plain, mention, now)
    return _feishu(token, signing_secret, plain, mention, now)


def answer_of(kind: Kind, *, status: int, body: bytes) -> Answer:
    """Return what the HTTP `status` and `body` say about the message.

    An answer with a code is certain. A success without one, from something in between, is not: `unknown`.
    """
    code, text = _code_and_text(kind, body)
    if code in TOO_MANY[kind] or status == 429:
        return Answer("later", f"{code if code is not None else status}: {text}", is_too_many=True)
    if status >= 500:
        return Answer("later", f"HTTP {status}: {text}")
    if not 200 <= status < 300:
        return Answer("failed", f"HTTP {status}: {text}")
    if code is None:
        return Answer("unknown", f"HTTP {status}, but no answer of a robot: {text}")
    return Answer("sent") if code == 0 else Answer("failed", f"{code}: {text}")


def is_mobile(mention: str) -> bool:
    """Return whether `mention` is a mobile number rather than a user ID."""
    digits = mention.removeprefix("+").replace("-", "")
    return digits.isdecimal() and (mention.startswith("+") or len(digits) == MOBILE_DIGITS)


def _plain(text: str) -> str:
    """Return `text` with no tag in it: a customer's name must not call the whole group."""
    return text.replace("<", "＜").replace(">", "＞")


def _cut(text: str) -> str:
    return text.encode()[:LONGEST_BYTES].decode(errors="ignore")


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()


def _wecom(token: str, text: str, mention: str) -> RobotRequest:
    content: dict[str, Any] = {"content": text}
    if mention:
        content["mentioned_mobile_list" if is_mobile(mention) else "mentioned_list"] = [mention]
    path = "/cgi-bin/webhook/send?" + urlencode({"key": token})
    return RobotRequest(path, _json({"msgtype": "text", "text": content}))


def _dingtalk(token: str, secret: str, text: str, mention: str, now: dt.datetime) -> RobotRequest:
    query = {"access_token": token}
    if secret:
        stamp = str(int(now.timestamp() * 1000))
        signed = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        query |= {"timestamp": stamp, "sign": base64.b64encode(signed).decode()}
    data: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
    if mention:
        # DingTalk marks the person only where the text says his name, too.
        data["text"]["content"] = f"{text} @{mention}"
        data["at"] = {"atMobiles" if is_mobile(mention) else "atUserIds": [mention]}
    return RobotRequest("/robot/send?" + urlencode(query), _json(data))


def _feishu(token: str, secret: str, text: str, mention: str, now: dt.datetime) -> RobotRequest:
    data: dict[str, Any] = {}
    if secret:
        stamp = str(int(now.timestamp()))
        # Here the text to sign is the key, and nothing is what is signed.
        signed = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        data |= {"timestamp": stamp, "sign": base64.b64encode(signed).decode()}
    tag = f'<at user_id="{mention}"></at> ' if mention else ""
    data |= {"msg_type": "text", "content": {"text": f"{tag}{text}"}}
    return RobotRequest(f"/open-apis/bot/v2/hook/{quote(token, safe='')}", _json(data))


def _code_and_text(kind: Kind, body: bytes) -> tuple[int | None, str]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return None, body[:TOLD_CHARACTERS].decode(errors="replace")
    # Feishu answered with capital letters before; old robots still do.
    names = (
        (("code", "msg"), ("StatusCode", "StatusMessage")) if kind == "feishu" else (("errcode", "errmsg"),)
    )
    for code_name, text_name in names:
        code = data.get(code_name)
        if isinstance(code, int) and not isinstance(code, bool):
            return code, str(data.get(text_name, ""))[:TOLD_CHARACTERS]
    return None, body[:TOLD_CHARACTERS].decode(errors="replace")

"""Who may do what, from policy P3 in its own words: one entry for every address of the product.

Nothing here is read from the product's own permissions, or both would be wrong together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms.models import model_to_dict
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import OutboxMessage
from creditrisk.policy.forms import SettingsForm, field_name
from creditrisk.policy.selectors import policy_version_on
from customers.forms.customer import OPENING_FIELDS
from customers.master_data import MASTER_DATA_FIELDS
from customers.models import Customer
from receivables.models import ColumnMapping, Report
from receivables.reading.choices import shape_of
from receivables.selectors.collectable import collectable
from receivables.selectors.dunning_runs import preview_of
from reviews.tables import seen_step
from tests.factories.reviews import ALL_B, COMPLETE_ANSWERS, seen, step_of
from tests.factories.robots import create_robot
from tests.security.world import PDF, PEOPLE, REPORT_HEAD, SCOPES, STEP_ROLES, World

GROUP_LEADER, DEPUTY_LEADER = Role.GROUP_LEADER.value, Role.DEPUTY_LEADER.value
ACCOUNT_MANAGER, SERVICE_MANAGER = Role.ACCOUNT_MANAGER.value, Role.SERVICE_MANAGER.value
DEPARTMENT_MANAGER, ADMINISTRATOR = Role.DEPARTMENT_MANAGER.value, Role.ADMINISTRATOR.value
LEGAL_AFFAIRS = Role.LEGAL_AFFAIRS.value
FINANCE = frozenset({Role.FINANCE_CLERK.value, Role.PLANNING_FINANCE.value})
LEADERS = frozenset({GROUP_LEADER, DEPUTY_LEADER})
BUSINESS = frozenset(role.value for role in Role) - {ADMINISTRATOR}
REASSIGNERS = LEADERS | {ADMINISTRATOR}
SUPERVISORS = LEADERS | FINANCE | {LEGAL_AFFAIRS, Role.GENERAL_MANAGEMENT.value, Role.GENERAL_MANAGER.value}
"""P3.1, P3.3, P3.4: leaders, supervising departments and finance see all customers."""

People = Mapping[str, frozenset[str]]
"""Per scope, who. The empty scope is for addresses without an object."""

NOBODY: frozenset[str] = frozenset()
EVERYBODY: People = {"": frozenset(PEOPLE)}


def per_scope(own: Any = (), department: Any = (), everywhere: Any = ()) -> People:
    """Return who: `own` and `department` name those who have it there alone, `everywhere` those in all scopes."""
    always = frozenset(everywhere)
    return {
        "own": always | frozenset(own),
        "department": always | frozenset(department),
        "foreign": always,
        "lost": always,
    }


SEES_CUSTOMER = per_scope(
    own={ACCOUNT_MANAGER, SERVICE_MANAGER, DEPARTMENT_MANAGER},
    department={DEPARTMENT_MANAGER},
    everywhere=SUPERVISORS,
)
MANAGES = per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER})
OWN_ACCOUNT_MANAGER = per_scope(own={ACCOUNT_MANAGER})
OWN_SERVICE_MANAGER = per_scope(own={SERVICE_MANAGER})
SEES_MAIL = {scope: people | {ADMINISTRATOR} for scope, people in SEES_CUSTOMER.items()}


@dataclass(frozen=True)
class Rule:
    """Who gets `good` from one method; who sees the object and may not, `refused`; who does not see it, 404.

    `told`: the refusal is a message on the page that follows, so its status may be a redirect.
    `data` makes what a POST carries; it would be accepted from who may.
    """

    may: People
    sees: People | None = None
    good: int = 200
    refused: int = 403
    data: Callable[[World, str, str], Mapping[str, Any]] | None = None
    is_open: bool = False
    changes: bool = True

    def status(self, person: str, scope: str) -> int:
        """Return what `person`, who is logged in, gets for the object of `scope`."""
        if person in self.may[scope]:
            return self.good
        return self.refused if self.sees is None or person in self.sees[scope] else 404


@dataclass(frozen=True)
class Route:
    """One address: its name and pattern, how to reach the object of a scope, and its rule per method."""

    name: str
    pattern: str
    arguments: Callable[[World, str, str], list[Any]]
    get: Rule | None = None
    post: Rule | None = None
    variant: str = ""
    query: Callable[[World, str], str] | None = None

    def __str__(self) -> str:
        return f"{self.name}{'-' if self.variant else ''}{self.variant}"

    @property
    def scopes(self) -> tuple[str, ...]:
        rule = self.get or self.post
        assert rule is not None
        return tuple(scope for scope in ("", *SCOPES) if scope in rule.may)

    def address(self, world: World, scope: str, person: str) -> str:
        """Return the path of the object of `scope`."""
        path = reverse(self.name, args=self.arguments(world, scope, person))
        return f"{path}?{self.query(world, scope)}" if self.query else path


def no_arguments(_world: World, _scope: str, _person: str) -> list[Any]:
    return []


def thing(name: str, attribute: str = "number") -> Callable[[World, str, str], list[Any]]:
    """Return the argument of an address: an attribute of the object `name` of the scope."""

    def arguments(world: World, scope: str, _person: str) -> list[Any]:
        return [getattr(getattr(world.scopes[scope], name), attribute)]

    return arguments


def report(state: str) -> Callable[[World, str, str], list[Any]]:
    return lambda world, _scope, _person: [world.reports[state].number]


def everybody(**more: Any) -> Rule:
    return Rule(may=EVERYBODY, **more)


def only(*people: str, **more: Any) -> Rule:
    """Return the rule of an address without an object."""
    return Rule(may={"": frozenset(people)}, **more)


def as_posted(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None else value for name, value in values.items()}


# What the forms carry -----------------------------------------------------------------------------------------------


def master_data(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    usual = model_to_dict(Customer(name="新客户有限公司", payment_term_days=30), MASTER_DATA_FIELDS)
    return as_posted(usual) | {"number": "", "service_manager": "", "submission_key": str(uuid4())}


def edited(world: World, scope: str, _person: str) -> dict[str, Any]:
    customer = world.scopes[scope].customer
    asked = [name for name in MASTER_DATA_FIELDS if name not in OPENING_FIELDS]
    return as_posted(model_to_dict(customer, asked)) | {
        "address": "新地址 1 号",
        "version": customer.version,
    }


def handed_over(world: World, scope: str, _person: str) -> dict[str, Any]:
    customer = world.scopes[scope].customer
    other = world.scopes["department" if scope == "own" else "own"].team
    return {
        "account_manager": customer.account_manager_id,
        "service_manager": other.service_manager.pk,
        "version": customer.version,
    }


def reason(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"reason": "理由"}


def granted_limit(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    last = timezone.localdate() + timezone.timedelta(days=30)
    return {"amount": "50000.00", "valid_to_on": last.isoformat(), "reason": "理由", "version": 1}


def contract(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {
        "number": f"HT-{uuid4().hex[:8]}",
        "service_type": "sales",
        "amount": "1000.00",
        "currency": "CNY",
        "signed_on": timezone.localdate().isoformat(),
        "ends_on": "",
        "payment_term_days": "30",
        "handler": world.scopes[scope].customer.account_manager_id,
        "submission_key": str(uuid4()),
    }


def contract_terms(world: World, scope: str, person: str) -> dict[str, Any]:
    terms = contract(world, scope, person)
    del terms["signed_on"]
    return terms


def contract_edit(world: World, scope: str, person: str) -> dict[str, Any]:
    terms = contract_terms(world, scope, person)
    del terms["submission_key"]
    return terms | {"version": "1"}


def step_today(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"on": timezone.localdate().isoformat()}


def ending(world: World, scope: str, person: str) -> dict[str, Any]:
    return step_today(world, scope, person) | {"reason": "理由"}


def log_entry(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {
        "kind": "delivered",
        "happened_on": timezone.localdate().isoformat(),
        "text": "到货",
        "amount": "",
        "documents": SimpleUploadedFile("签收单.pdf", PDF + b"%3"),
        "submission_key": str(uuid4()),
    }


def contract_files(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"documents": SimpleUploadedFile("附件.pdf", PDF + b"%4")}


def dispute(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {
        "subject": "质量",
        "reason": "quality",
        "deadline_on": "",
        "disputed_amount": "",
        "documents": "",
        "owner": world.scopes[scope].team.legal_affairs.pk,
        "description": "",
        "submission_key": str(uuid4()),
    }


def note(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"text": "已联系", "submission_key": str(uuid4())}


def outcome(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"text": "了结"}


def new_owner(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {"owner": world.scopes[scope].team.general_management.pk, "text": ""}


def self_check(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"is_as_contracted": "yes", "deviations": "", "next_action": ""}


def override_request(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"reason": "保函", "submission_key": str(uuid4())}


def override_decision(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"reason": "可控", "valid_to_on": ""}


def deposit(**more: str) -> Callable[[World, str, str], dict[str, Any]]:
    def data(_world: World, _scope: str, _person: str) -> dict[str, Any]:
        return {
            "amount": "1.00",
            "currency": "CNY",
            "happened_on": timezone.localdate().isoformat(),
            "contract": "",
            "submission_key": str(uuid4()),
        } | more

    return data


def visit_plan(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {
        "planned_on": timezone.localdate().isoformat(),
        "channel": "on_site",
        "purpose": "季度拜访",
        "responsible": world.scopes[scope].team.service_manager.pk,
        "customer_participants": "",
        "submission_key": str(uuid4()),
    }


def visit_record(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {
        "done_on": timezone.localdate().isoformat(),
        "channel": "remote",
        "purpose": "季度拜访",
        "impression": "稳定",
        "risk_signal": "none",
        "documents": SimpleUploadedFile("照片.pdf", PDF + b"%4"),
        "submission_key": str(uuid4()),
    }


def follow_up(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {
        "text": "发送报价",
        "due_on": "2099-12-31",
        "responsible": world.team.legal_affairs.pk,
        "submission_key": str(uuid4()),
    }


def handover(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {
        "recipient": world.scopes[scope].team.service_manager.pk,
        "state_of_business": "合同执行顺利",
        "open_points": "",
        "submission_key": str(uuid4()),
    }


def confirmed(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {
        "sections": ["bank", "contacts"],
        "note": "",
        "version": world.scopes[scope].customer.version,
        "submission_key": str(uuid4()),
    }


def reassigned(world: World, scope: str, _person: str) -> dict[str, Any]:
    customer = world.scopes[scope].customer
    other = world.scopes["department" if scope == "own" else "own"].team
    return {
        "customers": [f"{customer.pk}:{customer.version}"],
        "account_successor": other.account_manager.pk,
        "service_successor": "",
        "submission_key": str(uuid4()),
    }


def assigned(world: World, _scope: str, _person: str) -> dict[str, Any]:
    customer = world.scopes["own"].customer
    return {
        "customers": [f"{customer.pk}:{customer.version}"],
        "account_manager": world.scopes["department"].team.account_manager.pk,
        "service_manager": "",
    }


def contact(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"kind": "finance", "name": "新联系人", "submission_key": str(uuid4())}


def contact_change(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {"kind": "finance", "name": "改名", "version": world.scopes[scope].contact.version}


def bank_account(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {
        "bank_name": "新银行",
        "account_number": "6222 9999 0000 1111",
        "currency": "CNY",
        "submission_key": str(uuid4()),
    }


def bank_account_change(world: World, scope: str, _person: str) -> dict[str, Any]:
    version = world.scopes[scope].bank_account.version
    return {"bank_name": "改名银行", "account_number": "", "currency": "CNY", "version": version}


def qualification(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {
        "kind": "iso_9000",
        "valid_to_on": "2030-12-31",
        "scans": SimpleUploadedFile("证书.pdf", PDF),
        "submission_key": str(uuid4()),
    }


def qualification_change(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {"kind": "iso_20000", "version": world.scopes[scope].qualification.version}


def answers(world: World, scope: str, _person: str) -> dict[str, Any]:
    review = world.scopes[scope].returned
    typed = COMPLETE_ANSWERS | {"uscc": review.new_customer_form.uscc, "name": "改名有限公司"}
    return as_posted(typed) | {"seen_form_version": review.form_version}


def seen_version(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {"seen_form_version": world.scopes[scope].returned.form_version}


def document(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"category": "contract", "documents": SimpleUploadedFile("补充合同.pdf", PDF + b"%2")}


def upload(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    rows = f"{REPORT_HEAD}\nZ-1,谁,INV-1,2025-10-01,2025-10-31,CNY,1.00,1.00\n"
    return {
        "file": SimpleUploadedFile("aging.csv", rows.encode()),
        "kind": "open_items",
        "as_of": "2025-11-30",
        "submission_key": str(uuid4()),
    }


def failed_run(world: World, _scope: str, _person: str) -> list[Any]:
    """Return what names a run of a job that failed."""
    run = world.other["job_run"]
    return [run.job, run.period]


def nothing(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {}


# The addresses ------------------------------------------------------------------------------------------------------


def notification(world: World, scope: str, person: str) -> list[Any]:
    owner = person if scope == "own" else next(name for name in world.notifications if name != person)
    return [world.notifications[owner if owner in world.notifications else ACCOUNT_MANAGER].pk]


def own_thing(name: str) -> Callable[[World, str, str], list[Any]]:
    """Return the argument of an address of something that everybody has of his own; a stranger tries a leader's."""
    return lambda world, _scope, person: [world.other[name].get(person, world.other[name][GROUP_LEADER]).pk]


def absence(world: World, _scope: str, person: str) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    data = {"deputy": world.other["colleague"].pk, "starts_on": today, "ends_on": today}
    return data | ({"person": world.people[person].pk} if person == ADMINISTRATOR else {})


def rates_file(*_: object) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("rates.csv", b"Currency,Date,Rate\nEUR,2026-01-31,8.1\n")}


def came_back(world: World, scope: str, _person: str) -> dict[str, Any]:
    """Let the mail have been sent, so that it can come back."""
    mail = world.scopes[scope].mail if scope else world.internal_mail
    OutboxMessage.objects.filter(pk=mail.pk).update(state="sent", sent_at=timezone.now())
    return {"reason": "no such user"}


def robot_choice(*_: object) -> dict[str, Any]:
    return {"robot": create_robot(name=str(uuid4())).pk, "mention": "13800138000"}


DECIDES_ABOUT_MAIL = per_scope(own={SERVICE_MANAGER}, everywhere={ADMINISTRATOR})
CALENDAR_DAY = {"day": "2099-12-31", "is_business_day": "no", "name": "司庆"}
HOME = (
    Route("home:start", "", no_arguments, get=everybody()),
    Route("home:counts", "counts/", no_arguments, get=everybody()),
    Route("absences:list", "absences/", no_arguments, get=everybody(), post=everybody(good=302, data=absence)),
    Route("absences:end", "absences/<int:absence_id>/end/", own_thing("absences"),
          post=everybody(good=302, data=nothing)),
    Route("business_days:calendar", "calendar/", no_arguments, get=everybody(),
          post=only(ADMINISTRATOR, good=302, data=lambda *_: CALENDAR_DAY)),
    Route("business_days:year", "calendar/<int:year>/", lambda *_: [2026], get=everybody(),
          post=only(ADMINISTRATOR, good=302, data=lambda *_: CALENDAR_DAY)),
    Route("business_days:clear", "calendar/<str:day>/clear/", lambda *_: ["2100-01-01"],
          post=only(ADMINISTRATOR, good=302, data=nothing)),
    Route("exchange_rates:rates", "exchange-rates/", no_arguments, get=everybody(),
          post=only(*FINANCE, ADMINISTRATOR, good=302,
                    data=lambda *_: {"currency": "EUR", "valid_on": "2026-01-31", "rate": "8.1"})),
    Route("exchange_rates:upload", "exchange-rates/upload/", no_arguments,
          post=only(*FINANCE, ADMINISTRATOR, good=302, data=rates_file)),
    Route("exchange_rates:remove", "exchange-rates/<int:pk>/remove/", lambda world, *_: [world.other["rate"].pk],
          post=only(*FINANCE, ADMINISTRATOR, good=302, data=nothing)),
    Route("home:health", "health/", no_arguments, get=everybody(is_open=True)),
    Route("home:health_of_jobs", "health/jobs/", no_arguments, get=everybody(is_open=True)),
    Route("accounts:profile", "me/", no_arguments, get=everybody(),
          post=everybody(good=302, data=lambda *_: {"phone": "021-5555", "mails_wanted": ""})),
    Route("accounts:set_language", "me/language/", no_arguments,
          post=everybody(good=302, is_open=True, data=lambda *_: {"language": "zh-hans", "next": "/policy/"})),
    Route("accounts:set_theme", "me/theme/", no_arguments,
          post=everybody(good=302, is_open=True, data=lambda *_: {"theme": "dark", "next": "/policy/"})),
    Route("policy:current", "policy/", no_arguments, get=everybody()),
    Route("policy:version", "policy/versions/<int:number>/", lambda *_: [1], get=everybody()),
    Route("jobs:list", "jobs/", no_arguments, get=only(ADMINISTRATOR, *LEADERS)),
    Route("jobs:detail", "jobs/<str:job>/<str:period>/", failed_run, get=only(ADMINISTRATOR, *LEADERS)),
    Route("jobs:again", "jobs/<str:job>/<str:period>/again/", failed_run,
          post=only(ADMINISTRATOR, *LEADERS, good=302, data=nothing)),
)  # fmt: skip


def new_draft(*_cell: Any) -> dict[str, Any]:
    return {"title": "草稿", "note": "", "begin_from": "", "submission_key": str(uuid4())}


def edited_draft(world: World, _scope: str, _person: str) -> dict[str, Any]:
    """Return the editor's form as it is shown, with another month of the annual reviews."""
    draft = world.other["draft"]
    shown = {"title": draft.title, "note": "", "seen_version": draft.version}
    form = SettingsForm(rules=draft.rules, initial=shown)
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return values | {field_name("review_cycle.annual_review_launch_month"): 11}


def published_draft(world: World, *_cell: Any) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    return {"effective_on": today, "note": "提前", "seen_version": world.other["draft"].version}


def draft_of(name: str) -> Callable[[World, str, str], list[Any]]:
    return lambda world, *_: [world.other[name].pk]


def publishers(**more: Any) -> Rule:
    """P3: the administrator keeps the settings, the group leader decides; others do not see what is drafted."""
    return only(GROUP_LEADER, ADMINISTRATOR, sees={"": NOBODY}, **more)


POLICY = (
    Route("policy:versions", "policy/versions/", no_arguments, get=everybody()),
    Route("policy:compare", "policy/versions/<int:old>/compare/<int:new>/", lambda *_: [1, 2], get=everybody()),
    Route("policy:drafts", "policy/drafts/", no_arguments, get=only(GROUP_LEADER, ADMINISTRATOR)),
    Route("policy:draft_create", "policy/drafts/new/", no_arguments, get=only(GROUP_LEADER, ADMINISTRATOR),
          post=only(GROUP_LEADER, ADMINISTRATOR, good=302, data=new_draft)),
    Route("policy:draft", "policy/drafts/<int:pk>/", draft_of("draft"), get=publishers()),
    Route("policy:draft_rules", "policy/drafts/<int:pk>/rules/", draft_of("draft"), get=publishers()),
    Route("policy:draft_edit", "policy/drafts/<int:pk>/edit/", draft_of("draft"), get=publishers(),
          post=publishers(good=302, data=edited_draft)),
    Route("policy:draft_discard", "policy/drafts/<int:pk>/discard/", draft_of("draft"),
          post=publishers(good=302, data=nothing)),
    Route("policy:draft_rebase", "policy/drafts/<int:pk>/rebase/", draft_of("outdated_draft"), get=publishers(),
          post=publishers(good=302, data=lambda *_: {"onto": 2})),
    Route("policy:draft_publish", "policy/drafts/<int:pk>/publish/", draft_of("draft"), get=publishers(),
          post=publishers(good=302, data=published_draft)),
    Route("supervision:simulation_create", "supervision/simulations/of/<int:draft_pk>/", draft_of("draft"),
          post=publishers(good=302, data=lambda *_: {"quarters": "1", "submission_key": str(uuid4())})),
    Route("supervision:simulation", "supervision/simulations/<int:pk>/", draft_of("simulation"), get=publishers()),
    Route("supervision:simulation_progress", "supervision/simulations/<int:pk>/progress/", draft_of("simulation"),
          get=publishers()),
)  # fmt: skip

LISTS = (
    Route("lists:columns", "lists/columns/", no_arguments,
          post=everybody(good=302, data=lambda *_: {"page": "customers:list", "shown": ["number"], "query": ""})),
    Route("lists:save", "lists/filters/", no_arguments,
          post=everybody(good=302, data=lambda *_: {"page": "customers:list", "name": "A", "query": "grade=A"})),
    Route("lists:delete", "lists/filters/<int:pk>/delete/", lambda world, *_: [world.shared_filter.pk],
          post=only(GROUP_LEADER, good=302, data=nothing)),
    Route("lists:delete", "lists/filters/<int:pk>/delete/", lambda world, *_: [world.own_filter.pk], variant="own",
          post=only(GROUP_LEADER, sees={"": NOBODY}, good=302, data=nothing)),
)  # fmt: skip

MAIL_DECISIONS: tuple[tuple[str, str, Callable[[World, str, str], dict[str, Any]]], ...] = (
    ("send_again", "again", nothing),
    ("send_elsewhere", "elsewhere", lambda *_: {"to": "other@example.com"}),
    ("bounced", "bounced", came_back),
)
NOTIFICATIONS = (
    Route("notifications:list", "messages/", no_arguments, get=everybody()),
    Route("notifications:mark_read", "messages/read/", no_arguments, post=everybody(good=302, data=nothing)),
    Route("notifications:open", "messages/<int:pk>/", notification,
          get=Rule(may={"own": frozenset(PEOPLE), "foreign": NOBODY}, sees={"own": NOBODY, "foreign": NOBODY},
                   good=302, changes=True)),
    Route("notifications:outbox", "messages/outbox/", no_arguments, get=everybody()),
    *(
        Route(f"notifications:{name}", f"messages/outbox/<int:pk>/{end}", thing("mail", "pk"),
              get=Rule(may=SEES_MAIL, sees=SEES_MAIL))
        for name, end in (("outbox_message", ""), ("outbox_attachment", "attachment/"))
    ),
    *(
        Route(f"notifications:{name}", f"messages/outbox/<int:pk>/{end}/", thing("mail", "pk"),
              post=Rule(may=DECIDES_ABOUT_MAIL, sees=SEES_MAIL, good=302, data=data))
        for name, end, data in MAIL_DECISIONS
    ),
    Route("notifications:outbox_message", "messages/outbox/<int:pk>/",
          lambda world, _scope, _person: [world.internal_mail.pk], variant="internal",
          get=only(ADMINISTRATOR, *LEADERS, sees={"": NOBODY})),
    *(
        Route(f"notifications:{name}", f"messages/outbox/<int:pk>/{end}/",
              lambda world, _scope, _person: [world.internal_mail.pk], variant="internal",
              post=only(ADMINISTRATOR, sees={"": LEADERS}, good=302, data=data))
        for name, end, data in MAIL_DECISIONS
    ),
    Route("notifications:choose_robot", "messages/robot/", no_arguments,
          post=everybody(good=302, data=robot_choice)),
)  # fmt: skip

NUMBER = "customers/<customer_number:number>/"
REASSIGNS = per_scope(
    own={ACCOUNT_MANAGER, DEPARTMENT_MANAGER}, department={DEPARTMENT_MANAGER}, everywhere=LEADERS
)
WATCHES = per_scope(
    own={SERVICE_MANAGER, DEPARTMENT_MANAGER}, department={DEPARTMENT_MANAGER}, everywhere=LEADERS
)
FREEZES = per_scope(everywhere=LEADERS | {Role.PLANNING_FINANCE.value})
GRANTS = per_scope(everywhere={GROUP_LEADER, Role.PLANNING_FINANCE.value})


def decided(
    name: str, end: str, name_of_thing: str, may: People, data: Callable[..., Mapping[str, Any]] = reason
) -> Route:
    """Return the route of a decision about a customer: a form, and what it carries."""
    return Route(
        f"customers:{name}",
        f"{NUMBER}{end}",
        thing(name_of_thing),
        get=Rule(may=may, sees=SEES_CUSTOMER),
        post=Rule(may=may, sees=SEES_CUSTOMER, good=302, data=data),
    )


CUSTOMERS = (
    Route("customers:list", "customers/", no_arguments, get=everybody()),
    Route("customers:export", "customers/export/", no_arguments, get=everybody()),
    Route("customers:create", "customers/new/", no_arguments, get=only(ACCOUNT_MANAGER),
          post=only(ACCOUNT_MANAGER, good=302, data=master_data)),
    Route("customers:duplicates", "customers/new/duplicates/", no_arguments, get=only(ACCOUNT_MANAGER)),
    Route("customers:detail", NUMBER, thing("customer"), get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("customers:assign", "customers/all/assign/", no_arguments,
          get=only(DEPARTMENT_MANAGER, *LEADERS), post=only(DEPARTMENT_MANAGER, *LEADERS, good=302, data=assigned)),
    Route("customers:timeline", f"{NUMBER}timeline/", thing("customer"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("customers:dossier", f"{NUMBER}dossier.pdf", thing("customer"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("customers:history", f"{NUMBER}history/", thing("customer"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("customers:edit", f"{NUMBER}edit/", thing("customer"), get=Rule(may=MANAGES, sees=SEES_CUSTOMER),
          post=Rule(may=MANAGES, sees=SEES_CUSTOMER, good=302, data=edited)),
    Route("customers:portfolio", f"{NUMBER}portfolio/", thing("customer"),
          get=Rule(may=REASSIGNS, sees=SEES_CUSTOMER),
          post=Rule(may=REASSIGNS, sees=SEES_CUSTOMER, good=302, data=handed_over)),
    Route("customers:stop", f"{NUMBER}stop/", thing("customer"),
          get=Rule(may=per_scope(everywhere=LEADERS), sees=SEES_CUSTOMER),
          post=Rule(may=per_scope(everywhere=LEADERS), sees=SEES_CUSTOMER, good=302, data=reason)),
    Route("customers:reinstate", f"{NUMBER}reinstate/", thing("suspended"),
          get=Rule(may=per_scope(everywhere={GROUP_LEADER}), sees=SEES_CUSTOMER),
          post=Rule(may=per_scope(everywhere={GROUP_LEADER}), sees=SEES_CUSTOMER, good=302, data=reason)),
    *(
        decided(name, end, name_of_thing, may)
        for name, end, name_of_thing, may in (
            ("watch", "watch/", "customer", WATCHES),
            ("end_watch", "watch/end/", "watched", WATCHES),
            ("close", "close/", "customer", per_scope(everywhere=LEADERS)),
            ("reopen", "reopen/", "closed", per_scope(everywhere={GROUP_LEADER})),
            ("freeze", "freeze/", "customer", FREEZES),
            ("unfreeze", "unfreeze/", "frozen", FREEZES),
        )
    ),
    decided("temporary_limit", "temporary-limit/", "customer", GRANTS, granted_limit),
    decided("temporary_limit_end", "temporary-limit/end/", "limited", GRANTS,
            lambda *_: {"reason": "理由", "version": 1}),
    decided("service_level", "service-level/", "customer", per_scope(everywhere={GROUP_LEADER}),
            lambda *_: {"service_level": "priority", "reason": "理由", "version": 1}),
    decided("parent", "parent/", "customer",
            per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER}, everywhere=LEADERS),
            lambda world, scope, _person: {"number": world.scopes[scope].suspended.number, "version": 1}),
    Route("customers:credit_check", f"{NUMBER}credit-check/", thing("customer"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("customers:contract_create", f"{NUMBER}contracts/new/", thing("customer"), variant="on_hold",
          get=Rule(may=per_scope(), sees=SEES_CUSTOMER),
          post=Rule(may=per_scope(), sees=SEES_CUSTOMER, data=contract)),
    Route("customers:contract_create", f"{NUMBER}contracts/new/", thing("solvent"),
          get=Rule(may=MANAGES, sees=SEES_CUSTOMER),
          post=Rule(may=MANAGES, sees=SEES_CUSTOMER, good=302, data=contract)),
    Route("customers:contract_create", f"{NUMBER}contracts/new/", thing("prospect"), variant="before_review",
          get=Rule(may=per_scope(), sees=SEES_CUSTOMER),
          post=Rule(may=per_scope(), sees=SEES_CUSTOMER, data=contract)),
)  # fmt: skip

CONTRACT, DISPUTE = "contracts/<int:pk>/", "contracts/disputes/<int:pk>/"
OVERRIDE, TASK = "contracts/overrides/<int:pk>/", "contracts/tasks/<int:pk>/"
SUPPORT = frozenset({LEGAL_AFFAIRS, Role.GENERAL_MANAGEMENT.value})
"""P3.3: legal support for contract disputes, and the department that supervises."""
FORFEITS = frozenset({GROUP_LEADER, Role.PLANNING_FINANCE.value})
READS_CUSTOMER = Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)
TO_CUSTOMERS_OBJECT = Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER, good=302)
"""Who comes by a link to an address that takes POSTs is led to the object."""


def posted(people: People, data: Callable[[World, str, str], Mapping[str, Any]]) -> Rule:
    return Rule(may=people, sees=SEES_CUSTOMER, good=302, data=data)


def form_page(name: str, pattern: str, of: Any, people: People, data: Any, variant: str = "") -> Route:
    """Return a page with a form: the same people may look at it and send it."""
    return Route(name, pattern, of, get=Rule(may=people, sees=SEES_CUSTOMER), post=posted(people, data),
                 variant=variant)  # fmt: skip


def posting(name: str, pattern: str, of: Any, people: People, data: Any) -> Route:
    return Route(name, pattern, of, get=TO_CUSTOMERS_OBJECT, post=posted(people, data))


def contract_and_file(world: World, scope: str, _person: str) -> list[Any]:
    return [world.scopes[scope].performing.pk, world.scopes[scope].contract_file.pk]


def customer_and_deposit(world: World, scope: str, _person: str) -> list[Any]:
    return [world.scopes[scope].customer.number, world.scopes[scope].deposit.pk]


ENDS_CONTRACTS = per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER}, everywhere=LEADERS)
KEEPS_DEPOSITS = per_scope(everywhere=FINANCE)
LEADS_DISPUTES = per_scope(everywhere=SUPPORT)
NOTES_DISPUTES = per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER}, everywhere=SUPPORT)
CONTRACTS = (
    Route("contracts:list", "contracts/", no_arguments, get=everybody()),
    Route("contracts:dispute_list", "contracts/disputes/", no_arguments, get=everybody()),
    Route("contracts:override_list", "contracts/overrides/", no_arguments, get=everybody()),
    Route("contracts:tasks", "contracts/tasks/", no_arguments, get=everybody()),
    *(
        Route("contracts:detail", CONTRACT, thing(state, "pk"), variant=state, get=READS_CUSTOMER)
        for state in ("contract_draft", "signed", "performing")
    ),
    form_page("customers:contract_draft", f"{NUMBER}contracts/draft/", thing("customer"), MANAGES, contract_terms),
    form_page("contracts:edit", f"{CONTRACT}edit/", thing("contract_draft", "pk"), MANAGES, contract_edit),
    form_page("contracts:sign", f"{CONTRACT}sign/", thing("contract_draft", "pk"), MANAGES, step_today),
    form_page("contracts:start", f"{CONTRACT}start/", thing("signed", "pk"), MANAGES, step_today),
    form_page("contracts:finish", f"{CONTRACT}finish/", thing("finishable", "pk"), MANAGES, ending),
    form_page("contracts:terminate", f"{CONTRACT}terminate/", thing("signed", "pk"), ENDS_CONTRACTS, ending),
    posting("contracts:log", f"{CONTRACT}log/", thing("performing", "pk"), MANAGES, log_entry),
    posting("contracts:attach", f"{CONTRACT}files/", thing("performing", "pk"), MANAGES, contract_files),
    Route("contracts:file", f"{CONTRACT}files/<int:file_id>/", contract_and_file, get=READS_CUSTOMER),
    posting("contracts:file_remove", f"{CONTRACT}files/<int:file_id>/remove/", contract_and_file, MANAGES, nothing),
    form_page("contracts:dispute_create", f"{CONTRACT}disputes/new/", thing("signed", "pk"), MANAGES, dispute),
    Route("contracts:dispute_detail", DISPUTE, thing("dispute", "pk"), get=READS_CUSTOMER),
    posting("contracts:dispute_note", f"{DISPUTE}note/", thing("dispute", "pk"), NOTES_DISPUTES, note),
    posting("contracts:dispute_reassign", f"{DISPUTE}reassign/", thing("dispute", "pk"), LEADS_DISPUTES, new_owner),
    posting("contracts:dispute_resolve", f"{DISPUTE}resolve/", thing("dispute", "pk"), LEADS_DISPUTES, outcome),
    posting("contracts:dispute_withdraw", f"{DISPUTE}withdraw/", thing("dispute", "pk"), MANAGES, outcome),
    form_page("customers:override_request", f"{NUMBER}override/", thing("weak"), OWN_ACCOUNT_MANAGER,
              override_request),
    Route("contracts:override_detail", OVERRIDE, thing("override", "pk"), get=READS_CUSTOMER),
    *(
        posting(f"contracts:override_{action}", f"{OVERRIDE}{action}/", thing("override", "pk"),
                per_scope(everywhere={GROUP_LEADER}), override_decision)
        for action in ("grant", "refuse")
    ),
    posting("contracts:override_withdraw", f"{OVERRIDE}withdraw/", thing("override", "pk"), OWN_ACCOUNT_MANAGER,
            nothing),
    Route("contracts:task_detail", TASK, thing("self_check", "pk"), get=READS_CUSTOMER,
          post=posted(per_scope(own={SERVICE_MANAGER}), self_check)),
    Route("customers:deposits", f"{NUMBER}deposits/", thing("customer"), get=READS_CUSTOMER),
    form_page("customers:deposit_receive", f"{NUMBER}deposits/receive/", thing("customer"), KEEPS_DEPOSITS,
              deposit(reference="")),
    form_page("customers:deposit_return", f"{NUMBER}deposits/return/", thing("customer"), KEEPS_DEPOSITS,
              deposit(reference="", reason="")),
    form_page("customers:deposit_forfeit", f"{NUMBER}deposits/forfeit/", thing("customer"),
              per_scope(everywhere=FORFEITS), deposit(reason="逾期", decision="会议纪要")),
    form_page("customers:deposit_reverse", f"{NUMBER}deposits/<int:entry_id>/reverse/", customer_and_deposit,
              KEEPS_DEPOSITS, reason),
)  # fmt: skip

MEETING = "supervision/case-reviews/<slug:number>/"
SUPERVISES = SUPERVISORS | {DEPARTMENT_MANAGER}
"""P3.1, P3.3, P3.4: who watches all customers, and the head of a department its part of them."""
HANDLES = SUPERVISES | {ACCOUNT_MANAGER, SERVICE_MANAGER}
HOLDS_MEETINGS = per_scope(everywhere=LEADERS)
READS_WHOLE_MEETING = per_scope(everywhere=SUPERVISORS)
"""Nobody of the others took part in it."""


def minutes(world: World, scope: str, _person: str) -> dict[str, Any]:
    written = {"kind": "seminar", "held_on": "2026-11-20", "title": "研讨会", "minutes": "新纪要"}
    if not scope:
        return written | {"participants": [], "version": "", "submission_key": str(uuid4())}
    return written | {"version": world.scopes[scope].meeting.version, "submission_key": str(uuid4())}


def point(world: World, scope: str, _person: str) -> dict[str, Any]:
    things = world.scopes[scope]
    return {"customer": things.solvent.number, "point": "按时付款", "version": things.meeting.version}


def case_follow_up(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {
        "text": "拜访",
        "responsible": world.team.deputy_leader.pk,
        "due_on": "2026-12-01",
        "customer": world.scopes[scope].customer.number,
        "submission_key": str(uuid4()),
    }


def of_meeting(name: str) -> Callable[[World, str, str], list[Any]]:
    """Return the arguments of an address of something that hangs on the meeting."""
    return lambda world, scope, _person: [
        world.scopes[scope].meeting.number,
        getattr(world.scopes[scope], name).pk,
    ]


def held_by_leaders(name: str, pattern: str, of: Any, data: Any, people: People = HOLDS_MEETINGS) -> Route:
    """Return an address that takes a POST about a meeting; who comes by a link is led to it."""
    return Route(name, pattern, of, get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER, good=302),
                 post=Rule(may=people, sees=SEES_CUSTOMER, good=302, data=data))  # fmt: skip


SUPERVISION = (
    Route("supervision:dashboard", "supervision/", no_arguments, get=only(*SUPERVISES)),
    Route("supervision:definitions", "supervision/definitions/", no_arguments, get=everybody()),
    Route("supervision:customers", "supervision/customers/", no_arguments, get=only(*SUPERVISES)),
    Route("supervision:approvals", "supervision/approvals/", no_arguments, get=only(*SUPERVISES)),
    Route("supervision:self_checks", "supervision/self-checks/", no_arguments, get=only(*HANDLES)),
    Route("supervision:handlers", "supervision/handlers/", no_arguments, get=only(*HANDLES)),
    Route("supervision:case_review_list", "supervision/case-reviews/", no_arguments, get=everybody()),
    Route("supervision:case_review_create", "supervision/case-reviews/new/", no_arguments, get=only(*LEADERS),
          post=only(*LEADERS, good=302, data=minutes)),
    Route("supervision:follow_up_list", "supervision/follow-ups/", no_arguments, get=everybody()),
    Route("supervision:follow_up_done", "supervision/follow-ups/<int:pk>/done/", thing("case_follow_up", "pk"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER, good=302),
          post=Rule(may=per_scope(own={SERVICE_MANAGER}, everywhere=LEADERS), sees=SEES_CUSTOMER, good=302,
                    data=lambda *_: {"result": "已签"})),
    *(
        Route("supervision:case_review", MEETING, thing(name), variant=name,
              get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER))
        for name in ("meeting", "closed_meeting")
    ),
    Route("supervision:case_review_edit", f"{MEETING}edit/", thing("meeting"),
          get=Rule(may=HOLDS_MEETINGS, sees=SEES_CUSTOMER),
          post=Rule(may=HOLDS_MEETINGS, sees=SEES_CUSTOMER, good=302, data=minutes)),
    held_by_leaders("supervision:case_review_close", f"{MEETING}sign-off/", thing("meeting"),
                    lambda world, scope, _person: {"version": world.scopes[scope].meeting.version},
                    per_scope(everywhere={GROUP_LEADER})),
    held_by_leaders("supervision:point_note", f"{MEETING}customers/", thing("meeting"), point),
    held_by_leaders("supervision:point_remove", f"{MEETING}customers/<int:pk>/remove/", of_meeting("point"), nothing),
    held_by_leaders("supervision:follow_up_ask", f"{MEETING}follow-ups/", thing("meeting"), case_follow_up),
    held_by_leaders("supervision:follow_up_remove", f"{MEETING}follow-ups/<int:pk>/remove/",
                    of_meeting("case_follow_up"), nothing),
    held_by_leaders("supervision:files_add", f"{MEETING}files/", thing("meeting"),
                    lambda *_: {"documents": SimpleUploadedFile("附件.pdf", PDF + b"%4")}),
    Route("supervision:file", f"{MEETING}files/<int:pk>/", of_meeting("meeting_file"),
          get=Rule(may=READS_WHOLE_MEETING, sees=READS_WHOLE_MEETING)),
    held_by_leaders("supervision:addendum_add", f"{MEETING}addenda/", thing("closed_meeting"),
                    lambda *_: {"text": "补充", "submission_key": str(uuid4())}),
)  # fmt: skip

VISIT = "portfolio/visits/<int:pk>/"
HANDOVER = "portfolio/handovers/<int:pk>/"
TO_OBJECT = Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER, good=302)
"""Who comes by a link to an address that takes POSTs is led to the object."""
REASSIGNS_PERSON = per_scope(
    own={DEPARTMENT_MANAGER}, department={DEPARTMENT_MANAGER}, everywhere=REASSIGNERS
)
KNOWS_PERSON = {
    scope: frozenset(PEOPLE) - ({DEPARTMENT_MANAGER} if scope == "foreign" else NOBODY) for scope in SCOPES
}
"""A head of another department is told that there is nobody; who reassigns nobody is told that he may not."""


def for_managers(data: Callable[[World, str, str], Mapping[str, Any]]) -> dict[str, Rule]:
    """Return the rules of a page with a form for those who manage the customer."""
    return {
        "get": Rule(may=MANAGES, sees=SEES_CUSTOMER),
        "post": Rule(may=MANAGES, sees=SEES_CUSTOMER, good=302, data=data),
    }


def inside(name: str) -> Callable[[World, str, str], list[Any]]:
    """Return the arguments of an address of something that hangs on the visit."""
    return lambda world, scope, _person: [
        world.scopes[scope].visit_done.pk,
        getattr(world.scopes[scope], name).pk,
    ]


PORTFOLIO = (
    Route("portfolio:visit_list", "portfolio/visits/", no_arguments, get=everybody()),
    Route("portfolio:visit_plan", "portfolio/visits/plan/<customer_number:number>/", thing("customer"),
          **for_managers(visit_plan)),
    Route("portfolio:visit_record_new", "portfolio/visits/record/<customer_number:number>/", thing("customer"),
          **for_managers(visit_record)),
    *(
        Route("portfolio:visit", VISIT, thing(name, "pk"), variant=name,
              get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER))
        for name in ("visit_planned", "visit_done")
    ),
    Route("portfolio:visit_record", f"{VISIT}record/", thing("visit_planned", "pk"), **for_managers(visit_record)),
    Route("portfolio:visit_cancel", f"{VISIT}cancel/", thing("visit_planned", "pk"), **for_managers(reason)),
    Route("portfolio:visit_attach", f"{VISIT}files/", thing("visit_done", "pk"), get=TO_OBJECT,
          post=Rule(may=MANAGES, sees=SEES_CUSTOMER, good=302,
                    data=lambda *_: {"documents": SimpleUploadedFile("记录.pdf", PDF + b"%3")})),
    Route("portfolio:visit_file", f"{VISIT}files/<int:file_id>/", inside("visit_file"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("portfolio:follow_up_add", f"{VISIT}follow-ups/", thing("visit_done", "pk"), get=TO_OBJECT,
          post=Rule(may=MANAGES, sees=SEES_CUSTOMER, good=302, data=follow_up)),
    Route("portfolio:follow_up_complete", f"{VISIT}follow-ups/<int:follow_up_id>/complete/", inside("follow_up"),
          get=TO_OBJECT, post=Rule(may=MANAGES, sees=SEES_CUSTOMER, good=302, data=nothing)),
    Route("portfolio:handover_list", "portfolio/handovers/", no_arguments, get=everybody()),
    Route("portfolio:handover_propose", "portfolio/handovers/propose/<customer_number:number>/", thing("customer"),
          get=Rule(may=OWN_ACCOUNT_MANAGER, sees=SEES_CUSTOMER),
          post=Rule(may=OWN_ACCOUNT_MANAGER, sees=SEES_CUSTOMER, good=302, data=handover)),
    Route("portfolio:handover", HANDOVER, thing("handover", "pk"), get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    *(
        Route(f"portfolio:handover_{action}", f"{HANDOVER}{action}/", thing("handover", "pk"), get=TO_OBJECT,
              post=Rule(may=may, sees=SEES_CUSTOMER, good=302, data=data))
        for action, may, data in (
            ("accept", per_scope(own={SERVICE_MANAGER}), nothing),
            ("decline", per_scope(own={SERVICE_MANAGER}), reason),
            ("withdraw", OWN_ACCOUNT_MANAGER, nothing),
        )
    ),
    Route("portfolio:confirmation_list", "portfolio/confirmations/", no_arguments, get=everybody()),
    Route("portfolio:confirm", "portfolio/confirmations/<customer_number:number>/", thing("customer"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER),
          post=Rule(may=MANAGES, sees=SEES_CUSTOMER, good=302, data=confirmed)),
    Route("portfolio:reassign_people", "portfolio/reassign/", no_arguments,
          get=only(DEPARTMENT_MANAGER, *REASSIGNERS)),
    Route("portfolio:reassign", "portfolio/reassign/<int:pk>/",
          lambda world, scope, _person: [world.scopes[scope].team.account_manager.pk],
          get=Rule(may=REASSIGNS_PERSON, sees=KNOWS_PERSON),
          post=Rule(may=REASSIGNS_PERSON, sees=KNOWS_PERSON, good=302, data=reassigned)),
)  # fmt: skip

SEES_WHOLE_NUMBERS = per_scope(
    own={ACCOUNT_MANAGER, SERVICE_MANAGER}, everywhere=LEADERS | FINANCE | {Role.GENERAL_MANAGER.value}
)


def row(name: str, *more: str) -> Callable[[World, str, str], list[Any]]:
    """Return the arguments of a row of the customer's file: his number, the row's key, and that of a file of it."""

    def arguments(world: World, scope: str, _person: str) -> list[Any]:
        things = world.scopes[scope]
        return [things.customer.number, *(getattr(things, part).pk for part in (name, *more))]

    return arguments


def row_pages(name: str, folder: str, new: Any, change: Any) -> tuple[Route, ...]:
    """Return the addresses at which the customer's managers add, change and retire rows of his file (P5.1)."""

    def keeps(data: Any) -> Rule:
        return Rule(may=MANAGES, sees=SEES_CUSTOMER, good=302, data=data)

    form = Rule(may=MANAGES, sees=SEES_CUSTOMER)
    return (
        Route(
            f"customers:{name}_create", f"{NUMBER}{folder}/new/", thing("customer"), get=form, post=keeps(new)
        ),
        Route(
            f"customers:{name}_edit",
            f"{NUMBER}{folder}/<int:pk>/edit/",
            row(name),
            get=form,
            post=keeps(change),
        ),
        Route(
            f"customers:{name}_retire", f"{NUMBER}{folder}/<int:pk>/retire/", row(name), post=keeps(nothing)
        ),
    )


SCAN = f"{NUMBER}qualifications/<int:pk>/scans/<int:scan_id>/"
CUSTOMER_ROWS = (
    *row_pages("contact", "contacts", contact, contact_change),
    *row_pages("bank_account", "bank-accounts", bank_account, bank_account_change),
    Route("customers:bank_account_show", f"{NUMBER}bank-accounts/<int:pk>/show/", row("bank_account"),
          post=Rule(may=SEES_WHOLE_NUMBERS, sees=SEES_CUSTOMER, data=nothing)),
    *row_pages("qualification", "qualifications", qualification, qualification_change),
    Route("customers:scan", SCAN, row("qualification", "scan"), get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("customers:scan_remove", f"{SCAN}remove/", row("qualification", "scan"),
          post=Rule(may=MANAGES, sees=SEES_CUSTOMER, good=302, data=nothing)),
    Route("customers:qualification_list", "customers/all/qualifications-ending/", no_arguments, get=everybody()),
)  # fmt: skip

KEEPS_ALIASES = per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER}, everywhere={Role.FINANCE_CLERK.value})
ALIASES = (
    Route("customers:alias_add", f"{NUMBER}aliases/", thing("customer"),
          post=Rule(may=KEEPS_ALIASES, sees=SEES_CUSTOMER, good=302, data=lambda *_: {"name": "老名字"})),
    Route("customers:alias_remove", f"{NUMBER}aliases/<int:alias>/remove/",
          lambda world, scope, _person: [world.scopes[scope].customer.number, world.scopes[scope].alias.pk],
          post=Rule(may=KEEPS_ALIASES, sees=SEES_CUSTOMER, good=302, data=nothing)),
)  # fmt: skip

MERGES = (
    Route("customers:merge", "customers/merge/", no_arguments, get=only(ADMINISTRATOR),
          post=only(ADMINISTRATOR, good=302, data=lambda world, *_: {
              "keep": world.scopes["own"].customer.number, "drop": world.scopes["foreign"].weak.number,
              "reason": "同一家公司"})),
    Route("customers:merge_record", "customers/merges/<int:pk>/", thing("merge", "pk"),
          get=Rule(may=SEES_MAIL, sees=SEES_MAIL)),
)  # fmt: skip

IMPORTERS = (ACCOUNT_MANAGER, ADMINISTRATOR, *LEADERS)


def customer_file(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {
        "file": SimpleUploadedFile("customers.csv", "客户编号,客户名称\nIMP-1,进口公司\n".encode()),
        "mode": "insert",
        "submission_key": str(uuid4()),
    }


def own_import(world: World, _scope: str, person: str) -> list[Any]:
    return [world.other["imports"].get(person, world.other["imports"][GROUP_LEADER]).pk]


def of_importers(good: int = 200, **more: Any) -> Rule:
    """Everybody sees the files he handed in himself."""
    return only(*IMPORTERS, sees={"": NOBODY}, good=good, **more)


IMPORTS = (
    Route("customers:import_create", "customers/import/", no_arguments, get=only(*IMPORTERS),
          post=only(*IMPORTERS, good=302, data=customer_file)),
    Route("customers:import_detail", "customers/imports/<int:pk>/", own_import, get=of_importers()),
    Route("customers:import_errors", "customers/imports/<int:pk>/errors.xlsx", own_import, get=of_importers()),
    Route("customers:import_commit", "customers/imports/<int:pk>/commit/", own_import,
          post=of_importers(302, data=nothing)),
)  # fmt: skip

REVIEW = "reviews/<str:number>/"
ADJUSTMENT = "reviews/adjustments/<int:pk>/"


def at_scopes(people: People) -> People:
    """Return `people` without the scope that has no reviews under way."""
    return {scope: who for scope, who in people.items() if scope != "lost"}


def step_arguments(role: str) -> Callable[[World, str, str], list[Any]]:
    def arguments(world: World, scope: str, _person: str) -> list[Any]:
        review = getattr(world.scopes[scope], f"at_{role}")
        return [review.number, step_of(review, role).pk]

    return arguments


def decision(role: str, opinion: str) -> Callable[[World, str, str], dict[str, Any]]:
    def data(world: World, scope: str, _person: str) -> dict[str, Any]:
        return {"opinion": opinion, **seen(getattr(world.scopes[scope], f"at_{role}"))}

    return data


def decides(role: str) -> People:
    """Annex 1: the customer's own service manager, the head of the account manager's department, else every
    holder of the role."""
    if role == SERVICE_MANAGER:
        return at_scopes(per_scope(own={role}))
    if role == DEPARTMENT_MANAGER:
        return at_scopes(per_scope(own={role}, department={role}))
    return at_scopes(per_scope(everywhere={role}))


def approved_step(review: Any) -> list[Any]:
    return [review.number, step_of(review, SERVICE_MANAGER).pk]


def annual_level(world: World, _scope: str, _person: str) -> dict[str, Any]:
    """Return one ticked review of the leader's sitting, with another level than the customer has."""
    review = world.scopes["own"].annual_approved
    return {"chosen": [review.pk], f"level-{review.pk}": "priority", f"reason-{review.pk}": "付款及时"}


def annual_version(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {"seen_form_version": seen(world.scopes[scope].annual)["seen_form_version"]}


def remarks(world: World, scope: str, person: str) -> dict[str, Any]:
    return {"remarks": "备注", **annual_version(world, scope, person)}


def scores(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {**ALL_B, **{f"reason_{code}": "如此" for code in ALL_B}}


def claimed_step(review: Any) -> list[Any]:
    return [review.number, step_of(review, LEGAL_AFFAIRS).pk]


def asked_question(world: World, scope: str, _person: str) -> list[Any]:
    things = world.scopes[scope]
    return [things.at_service_manager.number, things.question.pk]


def to_colleague(**more: str) -> Callable[[World, str, str], dict[str, Any]]:
    """Return what hands something to somebody who is none of the people that try the addresses."""
    return lambda world, _scope, _person: {"to": world.other["colleague"].pk, **more}


def ticked(world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"steps": [seen_step(step_of(world.scopes["own"].at_legal_affairs, LEGAL_AFFAIRS))]}


def ticked_adjustments(world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {
        "adjustments": [world.scopes["own"].adjustment.pk],
        "decision": "confirm",
        "grade": "",
        "reason": "",
        "query": "",
        "submission_key": str(uuid4()),
    }


def another_grade(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"grade": "C", "reason": "诉讼"}


def one_stage(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-roles": [GROUP_LEADER],
        "form-0-currency": "CNY",
        "form-0-ORDER": 1,
        "effective_on": today.isoformat(),
        "note": "简化",
        "seen_version": policy_version_on(today).number,
        "action": "publish",
    }


SEES_REVIEW = at_scopes(SEES_CUSTOMER)
TAKES_PART = at_scopes(
    per_scope(
        own={ACCOUNT_MANAGER, SERVICE_MANAGER, DEPARTMENT_MANAGER},
        department={DEPARTMENT_MANAGER},
        everywhere=set(STEP_ROLES) - {SERVICE_MANAGER, DEPARTMENT_MANAGER},
    )
)
"""The initiator, and whoever decides in the chain, in whatever round."""
INITIATOR = at_scopes(OWN_ACCOUNT_MANAGER)
TO_REVIEW = Rule(may=SEES_REVIEW, sees=SEES_REVIEW, good=302)
"""Who comes by a link to an address that takes POSTs is led to the review."""
REVIEWS = (
    Route("reviews:list", "reviews/", no_arguments, get=everybody()),
    Route("reviews:inbox", "reviews/inbox/", no_arguments, get=everybody()),
    Route("reviews:approve_several", "reviews/inbox/approve/", no_arguments,
          post=only(LEGAL_AFFAIRS, good=302, refused=302, data=ticked)),
    Route("reviews:chains", "reviews/chains/", no_arguments, get=everybody()),
    Route("reviews:chain_edit", "reviews/chains/<str:kind>/", lambda *_: ["annual"],
          get=only(GROUP_LEADER, ADMINISTRATOR),
          post=only(GROUP_LEADER, ADMINISTRATOR, good=302, data=one_stage)),
    Route("reviews:adjustment_list", "reviews/adjustments/", no_arguments, get=everybody()),
    Route("reviews:adjustments_decide", "reviews/adjustments/decide/", no_arguments,
          post=only(*LEADERS, good=302, refused=302, data=ticked_adjustments)),
    Route("reviews:adjustment", ADJUSTMENT, thing("adjustment", "pk"), get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    *(
        Route(f"reviews:adjustment_{action}", f"{ADJUSTMENT}{action}/", thing("adjustment", "pk"),
              post=Rule(may=per_scope(everywhere=LEADERS), sees=SEES_CUSTOMER, good=302, data=data))
        for action, data in (("confirm", nothing), ("amend", another_grade), ("refuse", reason))
    ),
    Route("reviews:check", "reviews/check/", no_arguments, get=everybody()),
    Route("reviews:report", "reviews/report/", no_arguments, get=everybody()),
    Route("reviews:report_workbook", "reviews/report/workbook/", no_arguments, get=everybody()),
    Route("reviews:phrases", "reviews/phrases/", no_arguments, get=everybody(),
          post=everybody(good=302, data=lambda *_: {"text": "无异议"})),
    Route("reviews:phrase_remove", "reviews/phrases/<int:phrase_id>/remove/", own_thing("phrases"),
          post=everybody(good=302, data=nothing)),
    Route("reviews:create", "reviews/new/", no_arguments, get=everybody()),
    Route("reviews:create", "reviews/new/<str:customer_number>/", thing("unreviewed"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER),
          post=Rule(may=OWN_ACCOUNT_MANAGER, sees=SEES_CUSTOMER, good=302, data=nothing)),
    Route("reviews:start_annual", "reviews/annual/", no_arguments,
          get=only(SERVICE_MANAGER),
          post=only(SERVICE_MANAGER, good=302, data=nothing)),
    Route("reviews:start_annual", "reviews/annual/<str:customer_number>/", thing("solvent"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER),
          post=Rule(may=OWN_SERVICE_MANAGER, sees=SEES_CUSTOMER, good=302, data=nothing)),
    Route("reviews:annual_board", "reviews/annual-reviews/", no_arguments, get=only(*BUSINESS)),
    Route("reviews:annual_missing", "reviews/annual-reviews/missing/", no_arguments, get=only(*BUSINESS)),
    Route("reviews:service_levels", "reviews/annual-reviews/service-levels/", no_arguments,
          get=only(GROUP_LEADER), post=only(GROUP_LEADER, good=302, data=annual_level)),
    Route("reviews:detail", REVIEW, thing("annual"), variant="annual", get=Rule(may=MANAGES, sees=MANAGES)),
    Route("reviews:detail", REVIEW, thing("annual_approved"), variant="annual_approved",
          get=Rule(may=SEES_REVIEW, sees=SEES_REVIEW)),
    Route("reviews:panel", f"{REVIEW}panel/", thing("returned"), get=Rule(may=SEES_REVIEW, sees=SEES_REVIEW)),
    Route("reviews:print", f"{REVIEW}print/", thing("returned"), get=Rule(may=SEES_REVIEW, sees=SEES_REVIEW)),
    *(
        Route(f"reviews:{action}", f"{REVIEW}steps/<int:step_id>/{action}/", step_arguments(LEGAL_AFFAIRS),
              get=TO_REVIEW,
              post=Rule(may=decides(LEGAL_AFFAIRS), sees=SEES_REVIEW, good=302, refused=302, data=data))
        for action, data in (("claim", nothing), ("consult", to_colleague(question="如何?")))
    ),
    Route("reviews:release", f"{REVIEW}steps/<int:step_id>/release/",
          lambda world, scope, _person: claimed_step(world.scopes[scope].claimed), get=TO_REVIEW,
          post=Rule(may=decides(LEGAL_AFFAIRS), sees=SEES_REVIEW, good=302, refused=302, data=nothing)),
    Route("reviews:transfer", f"{REVIEW}steps/<int:step_id>/transfer/", step_arguments(SERVICE_MANAGER), get=TO_REVIEW,
          post=Rule(may=decides(SERVICE_MANAGER), sees=SEES_REVIEW, good=302, refused=302,
                    data=to_colleague(reason="休假"))),
    Route("reviews:advise", f"{REVIEW}questions/<int:consultation_id>/answer/",
          asked_question, get=TO_REVIEW,
          post=Rule(may=at_scopes(per_scope(everywhere={Role.FINANCE_CLERK.value})), sees=SEES_REVIEW, good=302,
                    refused=302, data=lambda *_: {"opinion": "按期"})),
    Route("reviews:send_copies", f"{REVIEW}copies/", thing("returned"), get=TO_REVIEW,
          post=Rule(may=TAKES_PART, sees=SEES_REVIEW, good=302, refused=302, data=to_colleague())),
    Route("reviews:edit", f"{REVIEW}edit/", thing("annual"), variant="annual",
          get=Rule(may=OWN_SERVICE_MANAGER, sees=MANAGES, refused=302),
          post=Rule(may=OWN_SERVICE_MANAGER, sees=MANAGES, good=302, data=remarks)),
    Route("reviews:autosave", f"{REVIEW}autosave/", thing("annual"), variant="annual",
          get=Rule(may=MANAGES, sees=MANAGES, good=302),
          post=Rule(may=OWN_SERVICE_MANAGER, sees=MANAGES, data=remarks)),
    Route("reviews:autosave", f"{REVIEW}autosave/", thing("returned"), get=TO_REVIEW,
          post=Rule(may=INITIATOR, sees=SEES_REVIEW, data=answers)),
    Route("reviews:score", f"{REVIEW}score/", thing("annual"), variant="annual",
          get=Rule(may=MANAGES, sees=MANAGES),
          post=Rule(may=MANAGES, sees=MANAGES, good=302, data=scores)),
    Route("reviews:refresh", f"{REVIEW}refresh/", thing("annual"), variant="annual",
          get=Rule(may=MANAGES, sees=MANAGES, good=302),
          post=Rule(may=OWN_SERVICE_MANAGER, sees=MANAGES, good=302, data=annual_version)),
    Route("reviews:detail", REVIEW, thing("draft"), variant="draft",
          get=Rule(may=OWN_ACCOUNT_MANAGER, sees=OWN_ACCOUNT_MANAGER)),
    *(
        Route("reviews:detail", REVIEW, thing(state), variant=state, get=Rule(may=SEES_REVIEW, sees=SEES_REVIEW))
        for state in (f"at_{SERVICE_MANAGER}", "returned", "approved")
    ),
    Route("reviews:edit", f"{REVIEW}edit/", thing("draft"), variant="draft",
          get=Rule(may=OWN_ACCOUNT_MANAGER, sees=OWN_ACCOUNT_MANAGER)),
    Route("reviews:edit", f"{REVIEW}edit/", thing("returned"),
          get=Rule(may=INITIATOR, sees=SEES_REVIEW, refused=302),
          post=Rule(may=INITIATOR, sees=SEES_REVIEW, good=302, data=answers)),
    Route("reviews:submit", f"{REVIEW}submit/", thing("returned"), get=TO_REVIEW,
          post=Rule(may=INITIATOR, sees=SEES_REVIEW, good=302, refused=302, data=seen_version)),
    Route("reviews:withdraw", f"{REVIEW}withdraw/", thing("returned"), get=TO_REVIEW,
          post=Rule(may=INITIATOR, sees=SEES_REVIEW, good=302, refused=302, data=reason)),
    Route("reviews:attach", f"{REVIEW}attachments/", thing("returned"), get=TO_REVIEW,
          post=Rule(may=INITIATOR, sees=SEES_REVIEW, good=302, data=document)),
    Route("reviews:attachment", f"{REVIEW}attachments/<int:attachment_id>/",
          lambda world, scope, _person: [world.scopes[scope].returned.number, world.scopes[scope].attachment.pk],
          get=Rule(may=SEES_REVIEW, sees=SEES_REVIEW)),
    Route("reviews:attachment_preview", f"{REVIEW}attachments/<int:attachment_id>/preview/",
          lambda world, scope, _person: [world.scopes[scope].returned.number, world.scopes[scope].attachment.pk],
          get=Rule(may=SEES_REVIEW, sees=SEES_REVIEW)),
    Route("reviews:attachment_remove", f"{REVIEW}attachments/<int:attachment_id>/remove/",
          lambda world, scope, _person: [world.scopes[scope].returned.number, world.scopes[scope].attachment.pk],
          get=TO_REVIEW, post=Rule(may=INITIATOR, sees=SEES_REVIEW, good=302, data=nothing)),
    Route("reviews:urge", f"{REVIEW}urge/", thing("annual_submitted"), get=TO_REVIEW,
          post=Rule(may=at_scopes(OWN_SERVICE_MANAGER), sees=SEES_REVIEW, good=302, refused=302, data=nothing)),
    Route("reviews:take_back", f"{REVIEW}steps/<int:step_id>/take-back/",
          lambda world, scope, _person: approved_step(world.scopes[scope].at_department_manager),
          get=TO_REVIEW,
          post=Rule(may=at_scopes(OWN_SERVICE_MANAGER), sees=SEES_REVIEW, good=302, refused=302, data=nothing)),
    *(
        Route(f"reviews:{action}", f"{REVIEW}steps/<int:step_id>/{action}/", step_arguments(role), variant=role,
              get=TO_REVIEW if role == SERVICE_MANAGER else None,
              post=Rule(may=decides(role), sees=SEES_REVIEW, good=302, data=decision(role, "意见")))
        for role in STEP_ROLES
        for action in (("approve", "return", "reject") if role in (SERVICE_MANAGER, LEGAL_AFFAIRS) else ("approve",))
    ),
)  # fmt: skip

UPLOAD = "receivables/uploads/<slug:number>/"
SEES_REPORT = {"": SUPERVISORS}
LETTER = "receivables/letters/<int:pk>/"
TEMPLATE = "receivables/letters/templates/<slug:stage>/<slug:language>/"


def template(_world: World, _scope: str, _person: str) -> list[Any]:
    return ["reminder", "en"]


def new_words(_world: World, _scope: str, _person: str) -> Mapping[str, Any]:
    words = dict.fromkeys(("points_intro", "points", "note", "customer"), "")
    return words | {"title": "T", "opening": "{total}", "closing": "c", "mail": "{total}", "based_on": 0}


def posted_letter(world: World, scope: str, _person: str) -> Mapping[str, Any]:
    letter = world.scopes[scope].letter
    return {"letters": str(letter.pk), "posted_on": timezone.localdate().isoformat()}


PROPOSAL = "receivables/proposals/<slug:number>/"
LEADER = per_scope(everywhere={GROUP_LEADER})
AGREES_TERMS = per_scope(everywhere=LEADERS | {Role.PLANNING_FINANCE.value})
FORFEITS = per_scope(everywhere={GROUP_LEADER, Role.PLANNING_FINANCE.value})
PROPOSES = per_scope(
    own={ACCOUNT_MANAGER, SERVICE_MANAGER, DEPARTMENT_MANAGER}, department={DEPARTMENT_MANAGER}
)


def proposal_and_file(world: World, scope: str, _person: str) -> list[Any]:
    return [world.scopes[scope].proposal.number, world.scopes[scope].proposal_file.pk]


def cooperation_proposal(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"kind": "stop", "reason": "经营异常", "submission_key": str(uuid4())}


def own_terms(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"contract": "", "reason": "框架协议", "letter_from_day": "5"}


def release(world: World, _scope: str, _person: str) -> dict[str, Any]:
    on = timezone.localdate()
    preview = preview_of(on=on, customers=Customer.objects.all())
    assert preview is not None
    return {
        "on": on.isoformat(),
        "fingerprint": preview.fingerprint,
        "stages": ["reminder"],
        "left_out": "",
        "submission_key": str(uuid4()),
    }


def upload_page(name: str, end: str, state: str, **rules: Rule) -> Route:
    return Route(f"receivables:{name}", f"{UPLOAD}{end}", report(state), variant=state, **rules)


def for_finance() -> Rule:
    return Rule(may={"": FINANCE}, sees=SEES_REPORT, good=302, data=nothing)


def for_supervisors(good: int = 200) -> Rule:
    return Rule(may=SEES_REPORT, sees=SEES_REPORT, good=good)


CLASSIFIED = "receivables/classified/<int:pk>/"
DETAIL_SCOPES = ("own", "department", "foreign")
DETAIL_OWNER = {"own": frozenset({SERVICE_MANAGER}), "department": NOBODY, "foreign": NOBODY}
SEES_DETAIL = {scope: SUPERVISORS | people for scope, people in DETAIL_OWNER.items()}


def classified(world: World, scope: str, _person: str) -> list[Any]:
    return [world.other["details"][scope].pk]


def classified_line(world: World, scope: str, _person: str) -> list[Any]:
    detail = world.other["details"][scope]
    return [detail.pk, detail.lines.all()[0].pk]


def signable(world: World, scope: str, _person: str) -> list[Any]:
    detail = world.other["details"][scope]
    detail.lines.update(next_action="打电话")
    return [detail.pk]


STATEMENT = "receivables/statements/<slug:number>/"
DAMAGES = "receivables/damages/<customer_number:number>/"
WAIVER = "receivables/damages/waivers/<int:pk>/"


def received_damages(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    key = str(uuid4())
    return {"amount": "1.00", "currency": "CNY", "received_on": today, "reference": "", "submission_key": key}


def asked_waiver(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    values = {"currency": "CNY", "document": "", "due_on": "", "amount": "", "reason": "老客户"}
    return values | {"submission_key": str(uuid4())}


def statement(world: World, scope: str, _person: str) -> list[Any]:
    return [world.other["statements"][scope].number]


def to_his_customer(world: World, _scope: str, _person: str) -> dict[str, Any]:
    number = world.scopes["own"].customer.number
    return {"as_of": "2026-02-28", "language": "", "customers": number, "send": "print"}


def item_query(world: World, scope: str) -> str:
    return f"document=INV-{world.scopes[scope].customer.number}&due_on=2026-02-18&currency=CNY"


def chosen_columns(*_: object) -> dict[str, Any]:
    fields = (
        "customer_ref",
        "customer_name",
        "document",
        "document_on",
        "due_on",
        "currency",
        "amount",
        "open_amount",
    )
    chosen = {f"column_{index}": field for index, field in enumerate(fields)}
    return {
        "header_row": "1",
        "encoding": "utf-8",
        "day_order": "",
        "decimal_mark": "",
        "remember_as": "x",
    } | chosen


def corrected_rows(world: World, _scope: str, _person: str) -> dict[str, Any]:
    error = world.reports["refused"].row_errors.get()
    row = f"{error.row},UNKNOWN-1,谁,INV-9,2026-03-01,2026-03-31,CNY,1.00,1.00"
    return {"file": SimpleUploadedFile("corrected.csv", f"行,{REPORT_HEAD}\n{row}\n".encode())}


def remembered(world: World, _scope: str, _person: str) -> dict[str, Any]:
    """Let the refused upload be one that was read by a mapping."""
    report = world.reports["refused"]
    shape = shape_of(report.reading["header"])
    ColumnMapping.objects.create(
        file_kind=report.file_kind, shape=shape, name="m", saved_by=report.uploaded_by
    )
    Report.objects.filter(pk=report.pk).update(reading={**report.reading, "remembered": shape})
    return {}


def open_codes(world: World, scope: str) -> list[str]:
    """Return what the forms call the customer's open items."""
    found = collectable(world.scopes[scope].customer, on=timezone.localdate())
    return [item.code for item in found.items]


def one_key(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"result": "no_answer", "note": "", "query": "person=all", "submission_key": str(uuid4())}


def contact_entry(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {
        "result": "reached",
        "happened_on": timezone.localdate().isoformat(),
        "way": "phone",
        "spoke_to": "王",
        "next_on": "",
        "note": "",
        "submission_key": str(uuid4()),
    }


def promise(world: World, scope: str, _person: str) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    return {
        "items": open_codes(world, scope),
        "currency": "CNY",
        "way": "phone",
        "made_on": today,
        "due_on_1": today,
        "amount_1": "1.00",
        "submission_key": str(uuid4()),
    }


def item_dispute(world: World, scope: str, _person: str) -> dict[str, Any]:
    return {
        "items": open_codes(world, scope),
        "currency": "CNY",
        "way": "phone",
        "subject": "质量",
        "reason": "quality",
        "owner": world.scopes[scope].team.legal_affairs.pk,
        "submission_key": str(uuid4()),
    }


MANAGED: dict[str, Any] = {"may": MANAGES, "sees": SEES_CUSTOMER}
COLLECTIONS = (
    Route("receivables:work_list", "receivables/worklist/", no_arguments, get=everybody()),
    Route("receivables:work_log", "receivables/worklist/<customer_number:number>/", thing("customer"),
          post=Rule(**MANAGED, good=302, data=one_key)),
    Route("receivables:contact_list", "receivables/contacts/", no_arguments, get=everybody()),
    Route("receivables:contact_create", "receivables/contacts/new/<customer_number:number>/", thing("customer"),
          get=Rule(**MANAGED), post=Rule(**MANAGED, good=302, data=contact_entry)),
    Route("receivables:promise_list", "receivables/promises/", no_arguments, get=everybody()),
    Route("receivables:promise_create", "receivables/promises/new/<customer_number:number>/", thing("customer"),
          get=Rule(**MANAGED), post=Rule(**MANAGED, good=302, data=promise)),
    Route("receivables:promise_detail", "receivables/promises/<slug:number>/", thing("promise"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:promise_withdraw", "receivables/promises/<slug:number>/withdraw/", thing("promise"),
          post=Rule(**MANAGED, good=302, data=reason)),
    Route("receivables:dispute_create", "receivables/disputes/new/<customer_number:number>/", thing("customer"),
          get=Rule(**MANAGED), post=Rule(**MANAGED, good=302, data=item_dispute)),
)  # fmt: skip

RECEIVABLES = (
    Route("receivables:upload_list", "receivables/uploads/", no_arguments, get=everybody()),
    Route("receivables:upload_create", "receivables/uploads/new/", no_arguments, get=only(*FINANCE),
          post=only(*FINANCE, good=302, data=upload)),
    *(upload_page("upload_detail", "", state, get=for_supervisors())
      for state in ("uploaded", "checked", "refused", "committed")),
    upload_page("upload_check", "check/", "refused", post=for_finance()),
    upload_page("upload_commit", "commit/", "checked", post=for_finance()),
    upload_page("upload_discard", "discard/", "checked", post=for_finance()),
    upload_page("upload_errors", "errors.xlsx", "refused", get=for_supervisors()),
    upload_page("upload_file", "file/", "committed", get=for_supervisors()),
    upload_page("upload_progress", "progress/", "uploaded", get=for_supervisors()),
    upload_page("upload_columns", "columns/", "refused", get=Rule(may={"": FINANCE}, sees=SEES_REPORT),
                post=Rule(may={"": FINANCE}, sees=SEES_REPORT, good=302, data=chosen_columns)),
    upload_page("upload_customers", "customers/", "refused",
                post=Rule(may={"": {Role.FINANCE_CLERK.value, Role.PLANNING_FINANCE.value}}, sees=SEES_REPORT, good=302,
                          data=lambda *_: {"decision_0": "create", "number_0": ""})),
    upload_page("upload_correct", "correct/", "refused",
                post=Rule(may={"": FINANCE}, sees=SEES_REPORT, good=302, data=corrected_rows)),
    upload_page("upload_forget", "forget-mapping/", "refused",
                post=Rule(may={"": FINANCE}, sees=SEES_REPORT, good=302, data=remembered)),
    upload_page("upload_rows", "rows.xlsx", "refused", get=for_supervisors()),
    Route("receivables:aging_item", "receivables/aging/customers/<customer_number:number>/item/",
          thing("customer"), query=item_query, get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:aging_items", "receivables/aging/customers/<customer_number:number>/items/",
          thing("customer"), get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:aging", "receivables/aging/", no_arguments, get=everybody()),
    Route("receivables:classified_list", "receivables/classified/", no_arguments, get=everybody(),
          post=only(SERVICE_MANAGER, good=302, data=lambda *_: {"month": "2026-02"})),
    Route("receivables:classified_detail", CLASSIFIED, classified, get=Rule(may=SEES_DETAIL, sees=SEES_DETAIL)),
    Route("receivables:classified_export", f"{CLASSIFIED}export.xlsx", classified,
          get=Rule(may=SEES_DETAIL, sees=SEES_DETAIL)),
    Route("receivables:classified_action", f"{CLASSIFIED}lines/<int:line>/", classified_line,
          post=Rule(may=DETAIL_OWNER, sees=SEES_DETAIL, good=302,
                    data=lambda *_: {"text": "打电话", "on": "2026-03-05"})),
    Route("receivables:classified_sign", f"{CLASSIFIED}sign/", signable,
          post=Rule(may=DETAIL_OWNER, sees=SEES_DETAIL, good=302, data=nothing)),
    Route("receivables:statement_list", "receivables/statements/", no_arguments, get=everybody(),
          post=only(ACCOUNT_MANAGER, SERVICE_MANAGER, *FINANCE, data=to_his_customer)),
    Route("receivables:statement_detail", STATEMENT, statement, get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:statement_pdf", f"{STATEMENT}pdf/", statement,
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:statement_workbook", f"{STATEMENT}statement.xlsx", statement,
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:statement_answer", f"{STATEMENT}answer/", statement,
          post=Rule(may=per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER}, everywhere=FINANCE), sees=SEES_CUSTOMER,
                    good=302,
                    data=lambda *_: {"answer": "agrees", "on": timezone.localdate().isoformat(), "note": ""})),
    Route("receivables:damages_list", "receivables/damages/", no_arguments, get=everybody()),
    Route("receivables:damages_customer", DAMAGES, thing("customer"), get=READS_CUSTOMER),
    Route("receivables:damages_pdf", f"{DAMAGES}statement.pdf", thing("customer"), get=READS_CUSTOMER),
    form_page("receivables:damages_receive", f"{DAMAGES}receive/", thing("customer"),
              per_scope(everywhere=FINANCE), received_damages),
    form_page("receivables:damages_waive", f"{DAMAGES}waive/", thing("customer"),
              per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER, DEPARTMENT_MANAGER}, department={DEPARTMENT_MANAGER}),
              asked_waiver),
    form_page("receivables:damages_reverse", "receivables/damages/receipts/<int:pk>/reverse/",
              thing("damages_receipt", "pk"), per_scope(everywhere=FINANCE), reason),
    Route("receivables:damages_waiver", WAIVER, thing("waiver", "pk"), get=READS_CUSTOMER),
    Route("receivables:damages_waiver_approve", f"{WAIVER}approve/", thing("waiver", "pk"),
          post=posted(per_scope(everywhere={GROUP_LEADER}), reason)),
    Route("receivables:damages_waiver_refuse", f"{WAIVER}refuse/", thing("waiver", "pk"),
          post=posted(per_scope(everywhere={GROUP_LEADER}), reason)),
    Route("receivables:damages_waiver_withdraw", f"{WAIVER}withdraw/", thing("waiver", "pk"),
          post=posted(OWN_ACCOUNT_MANAGER, nothing)),
    Route("receivables:effectiveness", "receivables/effectiveness/", no_arguments, get=everybody()),
    Route("receivables:dunning_status", "receivables/dunning/status/<customer_number:customer_number>/",
          thing("customer"), get=READS_CUSTOMER),
    Route("receivables:compare", "receivables/compare/", no_arguments, get=everybody()),
    Route("receivables:compare_export", "receivables/compare/export.xlsx", no_arguments, get=everybody()),
    Route("receivables:aging_export", "receivables/aging/export.xlsx", no_arguments, get=everybody()),
    Route("receivables:aging_customer", "receivables/aging/customers/<customer_number:number>/",
          thing("customer"), get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:letter_list", "receivables/letters/", no_arguments, get=everybody()),
    Route("receivables:letter_print", "receivables/letters/print/", no_arguments, get=everybody()),
    # To who does not see the letter, none fits.
    Route("receivables:letter_print_file", "receivables/letters/print/letters.pdf", no_arguments,
          get=Rule(may=SEES_CUSTOMER, refused=400),
          query=lambda world, scope: f"number={world.scopes[scope].letter.number}"),
    Route("receivables:letter_print_posted", "receivables/letters/print/posted/", no_arguments,
          post=Rule(may=per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER}, everywhere=FINANCE),
                    sees=SEES_CUSTOMER, good=302, data=posted_letter)),
    Route("receivables:letter_template_list", "receivables/letters/templates/", no_arguments, get=everybody()),
    Route("receivables:letter_template_edit", TEMPLATE, template,
          get=only(*REASSIGNERS), post=only(*REASSIGNERS, good=302, data=new_words)),
    Route("receivables:letter_template_preview", f"{TEMPLATE}preview/", template,
          post=only(*REASSIGNERS, data=new_words, changes=False)),
    Route("receivables:letter_template_versions", f"{TEMPLATE}versions/", template, get=everybody()),
    Route("receivables:letter_detail", LETTER, thing("letter", "pk"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:letter_pdf", f"{LETTER}pdf/", thing("letter", "pk"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:letter_posted", f"{LETTER}posted/", thing("letter", "pk"),
          post=Rule(may=per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER}, everywhere=FINANCE),
                    sees=SEES_CUSTOMER, good=302,
                    data=lambda *_: {"posted_on": timezone.localdate().isoformat()})),
    Route("receivables:dunning", "receivables/dunning/", no_arguments, get=everybody()),
    Route("receivables:dunning_release", "receivables/dunning/release/", no_arguments,
          post=only(*REASSIGNERS, good=302, data=release)),
    Route("receivables:dunning_terms_list", "receivables/dunning/terms/", no_arguments, get=everybody()),
    Route("receivables:dunning_terms", "receivables/dunning/terms/<customer_number:customer_number>/",
          thing("customer"), get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER),
          post=Rule(may=AGREES_TERMS, sees=SEES_CUSTOMER, good=302, data=own_terms)),
    Route("receivables:dunning_terms_end", "receivables/dunning/terms/<int:pk>/end/", thing("terms", "pk"),
          post=Rule(may=AGREES_TERMS, sees=SEES_CUSTOMER, good=302, data=nothing)),
    Route("receivables:proposal_list", "receivables/proposals/", no_arguments, get=everybody()),
    form_page("receivables:proposal_create", "receivables/proposals/new/<customer_number:number>/",
              thing("weak"), PROPOSES, cooperation_proposal),
    Route("receivables:proposal_detail", PROPOSAL, thing("proposal"),
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:proposal_approve", f"{PROPOSAL}approve/", thing("proposal"),
          post=Rule(may=LEADER, sees=SEES_CUSTOMER, good=302, data=lambda *_: {"decision": "停止"})),
    Route("receivables:proposal_refuse", f"{PROPOSAL}refuse/", thing("proposal"),
          post=Rule(may=LEADER, sees=SEES_CUSTOMER, good=302, data=lambda *_: {"decision": "预付"})),
    Route("receivables:proposal_withdraw", f"{PROPOSAL}withdraw/", thing("proposal"),
          post=Rule(may=OWN_ACCOUNT_MANAGER, sees=SEES_CUSTOMER, good=302, data=nothing)),
    Route("receivables:proposal_file", f"{PROPOSAL}files/<int:pk>/", proposal_and_file,
          get=Rule(may=SEES_CUSTOMER, sees=SEES_CUSTOMER)),
    Route("receivables:forfeiture_confirm", "receivables/forfeitures/<int:pk>/confirm/", thing("forfeiture", "pk"),
          post=Rule(may=FORFEITS, sees=SEES_CUSTOMER, good=302, data=nothing)),
    Route("receivables:forfeiture_refuse", "receivables/forfeitures/<int:pk>/refuse/", thing("forfeiture", "pk"),
          post=Rule(may=FORFEITS, sees=SEES_CUSTOMER, good=302, data=reason)),
)  # fmt: skip

READS_SUMMARY = per_scope(
    own={SERVICE_MANAGER, DEPARTMENT_MANAGER}, department={DEPARTMENT_MANAGER}, everywhere=SUPERVISORS
)
READS_GROUP: People = {"": SUPERVISORS}
SIGNS_GROUP: People = {"": frozenset({DEPUTY_LEADER})}
SUMMARY = "supervision/summaries/<int:pk>/"


def summary(world: World, scope: str, _person: str) -> list[Any]:
    return [world.other["summaries"][scope or "group"].pk]


def analysis(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"analysis": "逾期集中在两家客户。", "seen_form_version": "1"}


def summary_routes(name: str, path: str, **rules: Any) -> tuple[Route, Route]:
    """Return the address for a manager's summary, and for the group's."""
    method, make = next(iter(rules.items()))
    own = Route(f"supervision:{name}", path, summary, **{method: make(READS_SUMMARY, OWN_SERVICE_MANAGER)})
    group = Route(
        f"supervision:{name}", path, summary, variant="group", **{method: make(READS_GROUP, SIGNS_GROUP)}
    )
    return own, group


def read_by(readers: People, _authors: People) -> Rule:
    return Rule(may=readers, sees=readers)


def written_by(good: int, data: Any) -> Callable[[People, People], Rule]:
    return lambda readers, authors: Rule(may=authors, sees=readers, good=good, data=data)


SUMMARIES = (
    Route("supervision:summary_list", "supervision/summaries/", no_arguments, get=everybody()),
    *summary_routes("summary_detail", SUMMARY, get=read_by),
    *summary_routes("summary_pdf", f"{SUMMARY}pdf/", get=read_by),
    *summary_routes("summary_workbook", f"{SUMMARY}workbook/", get=read_by),
    *summary_routes("summary_autosave", f"{SUMMARY}analysis/", post=written_by(200, analysis)),
    *summary_routes("summary_refresh", f"{SUMMARY}refresh/", post=written_by(302, nothing)),
    *summary_routes("summary_sign", f"{SUMMARY}sign/", post=written_by(302, analysis)),
)


def raised_warning(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"kind": "other", "reason": "换了老板", "submission_key": str(uuid4())}


def warning_entry(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    return {"kind": "note", "happened_on": today, "text": "已联系", "contact": "", "visit": "",
            "submission_key": str(uuid4())}  # fmt: skip


def warning_owner(world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"owner": world.team.group_leader.pk, "text": ""}


def warning_due(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"due_on": (timezone.localdate() + timedelta(days=30)).isoformat(), "text": ""}


def warning_outcome(_world: World, _scope: str, _person: str) -> dict[str, Any]:
    return {"outcome": "acted", "note": "了结"}


WARNING = "warnings/<slug:number>/"
WORKS_ON_WARNINGS = per_scope(own={ACCOUNT_MANAGER, SERVICE_MANAGER}, everywhere=LEADERS)
"""P5.1: the customer's managers follow a warning up; P3.1: the leaders watch over all of them."""
DIRECTS_WARNINGS = per_scope(own={DEPARTMENT_MANAGER}, department={DEPARTMENT_MANAGER}, everywhere=LEADERS)
"""P3.1: leaders and heads of departments say who works on a case and until when."""
WARNINGS = (
    Route("warnings:list", "warnings/", no_arguments, get=everybody()),
    Route("warnings:precision", "warnings/precision/", no_arguments, get=everybody()),
    form_page("warnings:raise", "warnings/raise/<customer_number:number>/", thing("customer"), WORKS_ON_WARNINGS,
              raised_warning),
    Route("warnings:detail", WARNING, thing("warning"), get=READS_CUSTOMER),
    posting("warnings:entry", f"{WARNING}entry/", thing("warning"), WORKS_ON_WARNINGS, warning_entry),
    posting("warnings:reassign", f"{WARNING}reassign/", thing("warning"), DIRECTS_WARNINGS, warning_owner),
    posting("warnings:due", f"{WARNING}due/", thing("warning"), DIRECTS_WARNINGS, warning_due),
    posting("warnings:close", f"{WARNING}close/", thing("warning"), WORKS_ON_WARNINGS, warning_outcome),
)  # fmt: skip

ROUTES = (
    *HOME,
    *POLICY,
    *LISTS,
    *NOTIFICATIONS,
    *CUSTOMERS,
    *CUSTOMER_ROWS,
    *ALIASES,
    *MERGES,
    *IMPORTS,
    *CONTRACTS,
    *PORTFOLIO,
    *WARNINGS,
    *REVIEWS,
    *COLLECTIONS,
    *RECEIVABLES,
    *SUPERVISION,
    *SUMMARIES,
)

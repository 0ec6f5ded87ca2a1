"""The demo company's people: every role of P3 is staffed, and one log-in per role is shown on the log-in page."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from creditrisk.accounts.models import Department, RoleAssignment, User
from creditrisk.accounts.roles import Role

DEMO_PASSWORD = "demo-credit-2026"  # noqa: S105  shown on the log-in page of a demo, never used elsewhere


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    department: str
    roles: tuple[Role, ...]
    shown: bool = True


DEPARTMENTS = (
    ("EAST", "华东销售部", "East China Sales"),
    ("SOUTH", "华南销售部", "South China Sales"),
    ("SERVICE", "客户服务部", "Customer Service"),
    ("MARKET", "市场部", "Market Department"),
    ("GM", "综合部", "General Management"),
    ("FIN", "计财部", "Planning & Finance"),
    ("BOARD", "公司领导", "Company Leaders"),
)
HEADS = {
    "EAST": "dept",
    "SOUTH": "dept2",
    "SERVICE": "csm",
    "MARKET": "deputy",
    "GM": "office",
    "FIN": "planning",
}

PEOPLE = (
    Person("am", "王芳 (Wang Fang)", "EAST", (Role.ACCOUNT_MANAGER,)),
    Person("csm", "李娜 (Li Na)", "SERVICE", (Role.SERVICE_MANAGER,)),
    Person("dept", "张伟 (Zhang Wei)", "EAST", (Role.DEPARTMENT_MANAGER,)),
    Person("legal", "刘洋 (Liu Yang)", "GM", (Role.LEGAL_AFFAIRS,)),
    Person("office", "陈静 (Chen Jing)", "GM", (Role.GENERAL_MANAGEMENT,)),
    Person("planning", "杨敏 (Yang Min)", "FIN", (Role.PLANNING_FINANCE,)),
    Person("vp", "赵强 (Zhao Qiang)", "BOARD", (Role.GROUP_LEADER,)),
    Person("manager", "周建国 (Zhou Jianguo)", "BOARD", (Role.GENERAL_MANAGER,)),
    Person("deputy", "吴磊 (Wu Lei)", "MARKET", (Role.DEPUTY_LEADER,)),
    Person("finance", "徐丽 (Xu Li)", "FIN", (Role.FINANCE_CLERK,)),
    Person("admin", "孙浩 (Sun Hao)", "GM", (Role.ADMINISTRATOR,)),
    Person("am2", "马超 (Ma Chao)", "EAST", (Role.ACCOUNT_MANAGER,), shown=False),
    Person("am3", "朱琳 (Zhu Lin)", "SOUTH", (Role.ACCOUNT_MANAGER,), shown=False),
    Person("am4", "胡军 (Hu Jun)", "SOUTH", (Role.ACCOUNT_MANAGER,), shown=False),
    Person("dept2", "郭涛 (Guo Tao)", "SOUTH", (Role.DEPARTMENT_MANAGER,), shown=False),
    Person("csm2", "何雪 (He Xue)", "SERVICE", (Role.SERVICE_MANAGER,), shown=False),
    Person("csm3", "高峰 (Gao Feng)", "SERVICE", (Role.SERVICE_MANAGER,), shown=False),
)


def demo_logins() -> list[tuple[str, str, str]]:
    """Return (user name, translated role, password), one per role, in the order of the policy."""
    return [(person.username, str(person.roles[0].label), DEMO_PASSWORD) for person in PEOPLE if person.shown]


def create_people() -> dict[str, User]:
    """Create the departments, people and roles; return the people by user name."""
    departments = {
        code: Department.objects.create(code=code, name=name, name_en=name_en)
        for code, name, name_en in DEPARTMENTS
    }
    # One hash for all: hashing is slow on purpose, and the password is public anyway.
    password = make_password(DEMO_PASSWORD)
    users = {
        user.username: user
        for user in User.objects.bulk_create(
            User(
                username=person.username,
                name=person.name,
                email=f"{person.username}@example.com",
                department=departments[person.department],
                password=password,
            )
            for person in PEOPLE
        )
    }
    RoleAssignment.objects.bulk_create(
        RoleAssignment(user=users[person.username], role=role) for person in PEOPLE for role in person.roles
    )
    for code, head in HEADS.items():
        departments[code].head = users[head]
        departments[code].save()
    return users

"""Settings. Everything that differs between installations comes from the environment (see `.env.example`).

Without DATABASE_URL the product runs on embedded servers in CREDITRISK_DATA_DIR (see `creditrisk.embedded`).
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import environ
import pgtrigger
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

LOCAL = env.bool("CREDITRISK_LOCAL", default=False)
"""Set by `make run`, the commands on embedded servers and the tests: a product on this machine only, plain http."""

DATA_DIR = Path(env.str("CREDITRISK_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
INSECURE_KEYS = {"", "secret", "changeme", "change-me", "insecure", "default", "creditrisk"}
if not LOCAL:
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production. Unset DEBUG.")
    if SECRET_KEY.lower() in INSECURE_KEYS or len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("Set SECRET_KEY to a random value of at least 50 characters.")
elif not SECRET_KEY:
    SECRET_KEY = "local-only-" + "creditrisk" * 5

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if LOCAL else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
CREDITRISK_DEMO = env.bool("CREDITRISK_DEMO", default=False)
"""Show the demo log-ins on the log-in page. Only ever on a local product."""
if CREDITRISK_DEMO and not LOCAL:
    raise ImproperlyConfigured("CREDITRISK_DEMO shows passwords and is for local products only.")

INSTALLED_APPS = [
    "creditrisk.home",
    "reviews",
    "supervision",
    "receivables",
    "customers",
    "creditrisk.accounts",
    "creditrisk.business_days",
    "creditrisk.company",
    "creditrisk.exchange_rates",
    "creditrisk.policy",
    "creditrisk.jobs",
    "creditrisk.lists",
    "creditrisk.audit",
    "creditrisk.notifications",
    "creditrisk.numbering",
    "creditrisk.embedded",
    "creditrisk.accounts.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "django_tables2",
    "csp",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "creditrisk.accounts.middleware.ChosenLanguageMiddleware",
    "creditrisk.request_size.RequestSizeMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "creditrisk.middleware.BusinessErrorMiddleware",
    "creditrisk.middleware.AnswersKeptMiddleware",
]

ROOT_URLCONF = "creditrisk.urls"
WSGI_APPLICATION = "creditrisk.wsgi.application"
FORM_RENDERER = "creditrisk.forms.BootstrapRenderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "creditrisk.context_processors.navigation",
                "creditrisk.home.context_processors.demo",
            ],
            "builtins": ["creditrisk.template_tags"],
        },
    },
]

# Database and broker ------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default="postgres:///creditrisk")}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 10)
# After a restart of PostgreSQL the pool, too, must not hand out connections to the one that is gone.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if env.bool("CREDITRISK_WEB", default=False):
    # A pool only in the web process: Celery's children would inherit its sockets.
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}

REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "creditrisk.cache.RedisOrMemoryCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "creditrisk",
        # redis-py retries for seconds when the server is down; a page must not wait for its cache.
        "OPTIONS": {"retry": Retry(NoBackoff(), 0), "socket_connect_timeout": 1, "socket_timeout": 2},
    },
    # Pieces of pages that are the same for many: each process keeps what it rendered.
    "rendered": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "rendered",
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# redis+socket is Celery's spelling of a Unix socket, unix that of redis-py.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 2100,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    # A page must not wait for a broker that says nothing; a worker must not drop its work for a short stall.
    "socket_timeout": 1.5 if env.bool("CREDITRISK_WEB", default=False) else 10,
    "retry_on_timeout": False,
    # Without these a publish to a broker that is down tries for six seconds.
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "run" / "beat-schedule")
# Names as strings: the kernel imports no app. The database knows which periods are due; beat only wakes the jobs.
CELERY_BEAT_SCHEDULE = {
    "run again what somebody asked for": {"task": "creditrisk.jobs.tasks.run_asked_again", "schedule": 60.0},
    "send queued mails": {"task": "creditrisk.notifications.tasks.send_queued_mails", "schedule": 30.0},
    "check uploads that wait": {"task": "receivables.tasks.check_waiting_uploads", "schedule": 60.0},
    "drop lines that are older than they are kept": {
        "task": "receivables.tasks.drop_lines",
        "schedule": 6 * 3600.0,
    },
    "catch up on daily dunning": {
        "task": "receivables.tasks.catch_up_dunning",
        "schedule": 60.0,
    },
    "write released dunning notices": {
        "task": "receivables.tasks.write_waiting_releases",
        "schedule": 60.0,
    },
    "open the day's self-checks of contracts": {
        "task": "customers.tasks.catch_up_self_checks",
        "schedule": 600.0,
    },
    "ask for file confirmations": {
        "task": "customers.tasks.catch_up_confirmations",
        "schedule": 3600.0,
    },
    "catch up on qualification reminders": {
        "task": "customers.tasks.catch_up_qualification_reminders",
        "schedule": 300.0,
    },
    "remind of follow-ups of case reviews": {
        "task": "creditrisk.jobs.tasks.catch_up_job",
        "args": ("case_follow_ups",),
        "schedule": 600.0,
    },
    "raise the day's early warnings": {
        "task": "creditrisk.jobs.tasks.catch_up_job",
        "args": ("early_warnings",),
        "schedule": 300.0,
    },
    "compute what new reports invoiced": {
        "task": "supervision.tasks.compute_report_figures",
        "schedule": 300.0,
    },
    "reckon simulations of the policy that wait": {
        "task": "supervision.tasks.simulate_waiting_policies",
        "schedule": 60.0,
    },
    "make the monthly summaries": {
        "task": "creditrisk.jobs.tasks.catch_up_job",
        "args": ("monthly_summary",),
        "schedule": 300.0,
    },
    "look after the monthly summaries": {
        "task": "creditrisk.jobs.tasks.catch_up_job",
        "args": ("summary_care",),
        "schedule": 600.0,
    },
    "adjust the grades of a quarter": {
        "task": "creditrisk.jobs.tasks.catch_up_job",
        "args": ("grade_adjustment",),
        "schedule": 300.0,
    },
    "launch the annual reviews": {
        "task": "creditrisk.jobs.tasks.catch_up_job",
        "args": ("annual_reviews",),
        "schedule": 600.0,
    },
    "remind of the annual reviews": {
        "task": "creditrisk.jobs.tasks.catch_up_job",
        "args": ("annual_review_reminders",),
        "schedule": 600.0,
    },
    "catch up on deadlines of reviews": {"task": "reviews.tasks.catch_up_deadlines", "schedule": 300.0},
    "catch up on the morning's mails": {"task": "reviews.tasks.catch_up_digests", "schedule": 300.0},
}

# People -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# Only who somebody is. What he may do follows from his roles (accounts.models.User.has_perm).
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:start"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "creditrisk.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SOCIALACCOUNT_ONLY = False

# Language, time -----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("CREDITRISK_TIME_ZONE", default="Asia/Shanghai")
CELERY_TIMEZONE = TIME_ZONE
USE_THOUSAND_SEPARATOR = False
LANGUAGE_COOKIE_SECURE = not LOCAL
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

# Files --------------------------------------------------------------------------------------------

STATIC_URL = "static/"
# A local product serves the files from where they lie; only a server collects them.
STATIC_ROOT = None if LOCAL else BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
CREDITRISK_FORM_MAX_BYTES = 2 * 1024 * 1024
"""A request to an address that takes no files, and what surrounds the files elsewhere."""
DATA_UPLOAD_MAX_MEMORY_SIZE = CREDITRISK_FORM_MAX_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

CREDITRISK_REPORT_MAX_BYTES = 200 * 1024 * 1024
CREDITRISK_ATTACHMENT_MAX_BYTES = 20 * 1024 * 1024
CREDITRISK_ATTACHMENTS_MAX_COUNT = 30
CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES = 10 * CREDITRISK_ATTACHMENT_MAX_BYTES
CREDITRISK_CUSTOMERS_FILE_MAX_BYTES = 20 * 1024 * 1024
CREDITRISK_REPORT_MAX_ROWS = 1_000_000
CREDITRISK_RATE_MAX_AGE_DAYS = env.int("RATE_MAX_AGE_DAYS", default=31)
"""An exchange rate counts for so many days where no newer one is entered: month-end rates reach to the next one."""
CREDITRISK_LINES_KEPT_MONTHS = env.int("LINES_KEPT_MONTHS", default=0)
"""For so many months the single lines of reports are kept; 0: for ever. Reports, files and sums stay in any case."""
CREDITRISK_READING_MEMORY_BYTES = 1_500 * 1024 * 1024
CREDITRISK_READING_SECONDS = 120

# Company ------------------------------------------------------------------------------------------

CREDITRISK_COMPANY = {
    "name": env.str("COMPANY_NAME", default="示范科技有限公司"),
    "name_en": env.str("COMPANY_NAME_EN", default="Demo Technology Co., Ltd."),
    "address": env.str("COMPANY_ADDRESS", default="上海市浦东新区示范路 100 号"),
    "address_en": env.str("COMPANY_ADDRESS_EN", default="100 Demo Road, Pudong, Shanghai"),
    "phone": env.str("COMPANY_PHONE", default="+86 21 5555 0100"),
    "email": env.str("COMPANY_EMAIL", default="finance@example.com"),
    "bank_name": env.str("COMPANY_BANK_NAME", default="示范银行上海分行"),
    "bank_account": env.str("COMPANY_BANK_ACCOUNT", default="6222 0000 0000 0000 001"),
}
"""The letterhead and account of a new installation. What an administrator saves in the administration counts from
then on (see `creditrisk.company`)."""

# Dunning ------------------------------------------------------------------------------------------

CREDITRISK_DUNNING_NOT_BEFORE = dt.time.fromisoformat(
    env.str("DUNNING_NOT_BEFORE", default="00:00" if CREDITRISK_DEMO else "08:00")
)
"""Local time at which the day's dunning run is due. Who looks at the demo shall not have to wait for it."""

# Customer files -----------------------------------------------------------------------------------

CREDITRISK_REMINDERS_NOT_BEFORE = dt.time.fromisoformat(env.str("REMINDERS_NOT_BEFORE", default="07:00"))
"""Local time at which the day's reminders to our own people are due."""

CREDITRISK_DIGEST_NOT_BEFORE = dt.time.fromisoformat(env.str("DIGEST_NOT_BEFORE", default="08:30"))
"""Local time at which the morning's mail to those for whom something waits is due."""

# Mail ---------------------------------------------------------------------------------------------

EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Creditrisk <creditrisk@localhost>")
if LOCAL:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
else:
    vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))


def _time_or_none(text: str) -> dt.time | None:
    return dt.time.fromisoformat(text) if text else None


CREDITRISK_CUSTOMER_MAILS_FROM = _time_or_none(
    env.str("CUSTOMER_MAILS_FROM", default="" if LOCAL else "08:00")
)
CREDITRISK_CUSTOMER_MAILS_UNTIL = _time_or_none(
    env.str("CUSTOMER_MAILS_UNTIL", default="" if LOCAL else "20:00")
)
"""Local times between which, on business days, mails to customers leave. Both empty: at any time, on any day."""
if (CREDITRISK_CUSTOMER_MAILS_FROM is None) != (CREDITRISK_CUSTOMER_MAILS_UNTIL is None):
    raise ImproperlyConfigured("Set both CUSTOMER_MAILS_FROM and CUSTOMER_MAILS_UNTIL, or neither.")
if (
    CREDITRISK_CUSTOMER_MAILS_FROM is not None
    and CREDITRISK_CUSTOMER_MAILS_UNTIL is not None
    and CREDITRISK_CUSTOMER_MAILS_FROM >= CREDITRISK_CUSTOMER_MAILS_UNTIL
):
    raise ImproperlyConfigured("CUSTOMER_MAILS_FROM must be before CUSTOMER_MAILS_UNTIL.")
CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO = env.str("CUSTOMER_MAILS_DRY_RUN_TO", default="")
"""Where every mail to a customer goes instead, while the product is tried out; robots are then not called at all."""
if CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO and "@" not in CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO:
    raise ImproperlyConfigured("CUSTOMER_MAILS_DRY_RUN_TO must be a mail address, or empty.")
CREDITRISK_ROBOT_TIMEOUT = 10
CREDITRISK_ROBOT_BASE_URL = env.str("ROBOT_BASE_URL", default="")
"""Where robots are called instead of at their own hosts: a stand-in for tests, or a gateway to the internet."""

NOTIFICATIONS_CUSTOMERS = {
    # By name, because mails belong to the kernel and customers to an app above it.
    "visible": "customers.selectors.visible_customers",
    "serviced": "customers.selectors.serviced_customers",
}
NOTIFICATIONS_AFTER_SENDING = ["receivables.services.delivery.fall_back_letters"]
NOTIFICATIONS_SETTLED = ["receivables.selectors.delivery.messages_of_posted_letters"]
"""What names the messages that are settled otherwise (a letter that was posted), whatever became of the mail itself."""
"""Called with `now` after each pass of the sender and each mail that a person or a mail server called bounced."""
ACCOUNT_PANELS = ["creditrisk.notifications.panels.robot_panel"]
"""Cards on a person's own page, by name: each is called with the request and returns HTML."""
POLICY_DRAFT_PANELS = [
    "receivables.panels.draft_terms_panel",
    "supervision.panels.policy_simulation_panel",
]
"""Cards beside a draft of the policy, by name: each is called with the request and the draft and returns HTML."""

# Security -----------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not LOCAL:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        # Throttling counts by address: without this everybody would have the proxy's.
        ALLAUTH_TRUSTED_PROXY_COUNT = 1

# History and logs ---------------------------------------------------------------------------------

PGHISTORY_LEVEL = pgtrigger.Statement  # bulk imports write their history in one statement, too
PGHISTORY_APPEND_ONLY = True
DJANGO_STRUCTLOG_CELERY_ENABLED = False
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "stream": sys.stderr}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django_structlog": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "ERROR"},
    },
}

# Front end ----------------------------------------------------------------------------------------

THEME_COOKIE_NAME = "theme"
NAVIGATION_BADGES = {
    # What waits for a person; by name, because the frame belongs to the kernel and the rows to the apps above it.
    "reviews:inbox": "reviews.selectors.waiting_for",
    "reviews:adjustment_list": "reviews.adjustment_selectors.adjustments_waiting_for",
    "contracts:tasks": "customers.contract_selectors.open_self_checks_of",
    "warnings:list": "customers.warning_selectors.cases_waiting_for",
    "portfolio:visit_list": "customers.portfolio_selectors.open_tasks_of",
    "receivables:work_list": "receivables.selectors.worklist.work_waiting_for",
    "receivables:proposal_list": "receivables.selectors.proposals.proposals_waiting_for",
    "receivables:damages_list": "receivables.selectors.damages_list.waivers_to_decide",
    "supervision:follow_up_list": "supervision.selectors.case_reviews.follow_ups_waiting_for",
    "notifications:list": "creditrisk.notifications.selectors.unread_by",
    "supervision:summary_list": "supervision.selectors.summaries.summaries_waiting_for",
}
DJANGO_TABLES2_TEMPLATE = "django_tables2/creditrisk.html"

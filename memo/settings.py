"""Django settings; reads the environment only through memo/env.py. docs/operate.md lists every variable."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from memo import env, logs

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("MEMO_DATA_DIR", str(BASE_DIR / ".dev" / "data")))

DEBUG = env.flag("MEMO_DEBUG")
SECRET_KEY = env.secret("MEMO_SECRET_KEY")
if not SECRET_KEY:
    raise env.MissingSetting(
        "Set MEMO_SECRET_KEY (50 random characters) or MEMO_SECRET_KEY_FILE; `make run` does it itself."
    )

# Where people reach this installation; links in mails, the CSRF origin and the cookie flags come from here.
BASE_URL = env.text("MEMO_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.words("MEMO_ALLOWED_HOSTS", urlsplit(BASE_URL).hostname or "127.0.0.1")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXY_COUNT = env.number("MEMO_TRUSTED_PROXY_COUNT", 0)

INSTALLED_APPS = [
    "memo",
    "widget",
    "notifications",
    "conversations",
    "channels_app",
    "customers",
    "texts",
    "companies",
    "accounts",
    "mail",
    "events",
    "ui",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "memo.middleware.RequestContextMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "ui.fragments.TurboFormsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "memo.middleware.MemberMiddleware",
    "memo.middleware.GuessingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "memo.urls"
ASGI_APPLICATION = "memo.asgi.application"
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
                "csp.context_processors.nonce",
                "memo.context.shell",
            ],
            "builtins": [
                "ui.templatetags.ui",
                "accounts.templatetags.people",
                "django.templatetags.i18n",
                "ui.templatetags.constant_texts",
                "django.templatetags.static",
            ],
        },
    }
]
FORM_RENDERER = "ui.forms.FormRenderer"

# --- data ---------------------------------------------------------------------------------------------
DATABASES = {"default": env.database(env.text("DATABASE_URL", "postgres://memo@127.0.0.1/memo"))}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"] = {
    # Django's own pool: under ASGI every request has a thread of its own, so CONN_MAX_AGE would never reuse one.
    "pool": {"min_size": 1, "max_size": env.number("MEMO_DB_POOL", 12), "timeout": 10},
    "application_name": "memo",
}
if env.flag("MEMO_DB_PREPARE", True):
    # What a connection asks for the third time is parsed and planned once: half of the database's work for a page.
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 3}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
VALKEY_URL = env.text("VALKEY_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "memo.cache.SharedRedisCache", "LOCATION": VALKEY_URL, "KEY_PREFIX": "memo"}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": VALKEY_URL, "socket_timeout": None}], "prefix": "memo-layer"},
    }
}
MEDIA_ROOT = Path(env.text("MEMO_MEDIA_DIR", str(DATA_DIR / "media")))
MEDIA_URL = "/never-served-directly/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- people -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# The address is unique in any case: a constraint on lower(email), which the check does not see.
# Who may frame a page says the policy's frame-ancestors, which differs for the widget; the old header cannot.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "security.W002"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.password_rules.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "companies.adapters.AccountAdapter"
MFA_ADAPTER = "companies.adapters.SecondFactorAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.ProviderAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = "strict"  # adding an address tells nobody whether somebody has it (S-51)
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_FORMS = {
    "reset_password": "accounts.sign_in_forms.ResetPasswordForm",
    "request_login_code": "accounts.sign_in_forms.RequestLoginCodeForm",
    "add_email": "accounts.sign_in_forms.AddEmailForm",
    "login": "accounts.sign_in_forms.LoginForm",
    "confirm_login_code": "companies.sign_in_forms.ConfirmLoginCodeForm",
}
MFA_FORMS = {"authenticate": "companies.sign_in_forms.AuthenticateForm"}
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip",
    "request_login_code": "20/m/ip",
    "confirm_email": "1/10s/key",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers offer passkeys under https, and on localhost
MFA_TOTP_ISSUER = "Memo"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the main address is always proved; a further one waits for its link
# One OpenID Connect provider for the installation; it signs in people who exist, by their confirmed address.
OIDC_ISSUER = env.text("MEMO_OIDC_ISSUER").rstrip("/")
OIDC_NAME = env.text("MEMO_OIDC_NAME", "OpenID Connect")
SOCIALACCOUNT_PROVIDERS = env.oidc(
    OIDC_ISSUER,
    name=OIDC_NAME,
    client_id=env.text("MEMO_OIDC_CLIENT_ID"),
    client_secret=env.secret("MEMO_OIDC_CLIENT_SECRET"),
)
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
USERSESSIONS_TRACK_ACTIVITY = False

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "memo-session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "memo-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SIGNED_COOKIE_LEGACY_SALT_FALLBACK = False

# --- transport security -------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS and env.flag("MEMO_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^up$", r"^ready$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "connect-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        # Browsers ask this also of where a form's answer redirects to: the provider's page.
        "form-action": [SELF, *env.origin(OIDC_ISSUER)],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "frame-src": [SELF],
    }
}

# --- language, time, static files ---------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("sv", "Svenska")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = env.text("MEMO_TIME_ZONE", "Europe/Berlin")
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("MEMO_STATIC_DIR", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "ui.bundles.BundleFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

# --- mail ---------------------------------------------------------------------------------------------
SMTP_URL = env.secret("SMTP_URL")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
globals().update(env.smtp(SMTP_URL or "smtp://127.0.0.1:1025"))
_HOST = urlsplit(BASE_URL).hostname or "localhost"
# A mail address at a bare IP number is refused by many programs.
MAIL_DOMAIN = env.text("MEMO_MAIL_DOMAIN", "localhost" if _HOST.replace(".", "").isdigit() else _HOST)
DEFAULT_FROM_EMAIL = env.text("MEMO_FROM_EMAIL", f"Memo <notify@{MAIL_DOMAIN}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# The name under which the operator's own mail server writes Authentication-Results; only that header is believed.
MAIL_AUTHSERV_ID = env.text("MEMO_MAIL_AUTHSERV_ID")

# --- push ---------------------------------------------------------------------------------------------
# The key pair that push services know this installation by; empty = made of the secret key.
VAPID_PRIVATE_KEY = env.secret("MEMO_VAPID_PRIVATE_KEY")
# Where browsers may have their push messages delivered: host names, “*.” before a name for all below it, “*” for any.
PUSH_HOSTS = env.words(
    "MEMO_PUSH_HOSTS",
    "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com",
)

# --- clock and figures --------------------------------------------------------------------------------
UNSEEN_AFTER_S = env.number("MEMO_UNSEEN_AFTER_S", 60)
SERVER = env.text("MEMO_SERVER", "daphne")
CELERY_BROKER_URL = VALKEY_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 30}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

LOGGING = logs.configuration(json_lines=env.flag("MEMO_LOG_JSON", not DEBUG), level=env.text("MEMO_LOG_LEVEL", "INFO"))

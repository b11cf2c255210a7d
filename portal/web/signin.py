"""Who is signed in and in which role they act; Flask-Security set up in our look and words."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as kept
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_security import Security, login_user
from flask_security.recoverable import generate_reset_password_token
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import may_somewhere
from portal.accounts import queries
from portal.accounts.models import Account, Membership
from portal.foundation import secrets
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.queries import in_force
from portal.web import language, navigation
from portal.web.addresses import address
from portal.web.identity import Accounts, Letters, SignedIn
from portal.web.pages import is_staff_page, needs
from portal.web.passwords import (
    AskForLinkForm,
    NewPasswordForm,
    OtherPasswordForm,
    Passwords,
    SignInForm,
)
from portal.web.sessions import StaffSessions, limits, present

signin = Blueprint("signin", __name__)
MEMBERSHIP = "membership"
LINK_LIVES = timedelta(days=1)

#: The roles that an account can have, with their names.
ROLES: dict[Role, Any] = {
    Role.DISPATCHER: _l("dispatcher"),
    Role.MEMBER: _l("member"),
    Role.LEAD: _l("lead"),
    Role.DIRECTOR: _l("director"),
    Role.CUSTODIAN: _l("identity custodian"),
    Role.AUDITOR: _l("auditor"),
    Role.ADMINISTRATOR: _l("administrator"),
    Role.TREASURER: _l("treasurer"),
    Role.UNIT: _l("unit"),
}
STAFF_ROLES = tuple(role for role in ROLES if role is not Role.UNIT)
#: Every sentence of Flask-Security that our pages can show; its own have no whole Chinese.
MESSAGES: dict[str, tuple[Any, str]] = {
    "GENERIC_AUTHN_FAILED": (_l("Address and password do not belong together."), "error"),
    "PASSWORD_RESET_REQUEST": (
        _l("If an account has this address, a mail with a link is on its way to it."),
        "info",
    ),
    "PASSWORD_RESET_EXPIRED": (_l("This link is too old. Ask for a new one here."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (
        _l("This link was used already or is not whole. Ask for a new one here."),
        "error",
    ),
    "PASSWORD_RESET_NO_LOGIN": (_l("The password is set. Sign in with it."), "success"),
    "PASSWORD_CHANGE": (
        _l("The password is changed. Everywhere else you are signed out."),
        "success",
    ),
    "PASSWORD_IS_THE_SAME": (_l("Choose another password than the present one."), "error"),
    "PASSWORD_NOT_PROVIDED": (_l("Type a password"), "error"),
    "INVALID_PASSWORD": (_l("This is not the present password."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (_l("The two are not the same."), "error"),
    "EMAIL_NOT_PROVIDED": (_l("Type your e-mail address"), "error"),
    "INVALID_EMAIL_ADDRESS": (_l("Type an address like name@example.org"), "error"),
    "INVALID_INPUT": (_l("Type this again"), "error"),
    "INVALID_REDIRECT": (_l("The page after sign-in must be one of ours."), "error"),
    "UNAUTHENTICATED": (_l("Please sign in."), "info"),
}


def bind(app: Flask) -> None:
    """Attach sessions, Flask-Security and the knowledge of who asks to the app."""
    app.session_interface = StaffSessions()
    app.config.from_mapping(configuration())
    security = Security(
        app,
        Accounts(),
        login_form=SignInForm,
        forgot_password_form=AskForLinkForm,
        reset_password_form=NewPasswordForm,
        change_password_form=OtherPasswordForm,
        mail_util_cls=Letters,
        password_util_cls=Passwords,
    )
    close_other_doors(app, security)
    app.register_blueprint(signin)
    app.before_request(know_who_asks)
    app.context_processor(staff_context)


def configuration() -> dict[str, Any]:
    """Return the settings of Flask-Security and its relatives that differ from their own."""
    own = {
        "RECOVERABLE": True,
        "CHANGEABLE": True,
        "CHANGE_URL": "/profile/password",
        "RETURN_GENERIC_RESPONSES": True,
        # A key outside the database: a stolen table of hashes alone can't be guessed at.
        "PASSWORD_SALT": secrets.in_use().key("passwords").hex(),
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        "DEPRECATED_PASSWORD_SCHEMES": [],
        # Of the hash of a password, in a token that nobody but its owner gets.
        "HASHING_SCHEMES": ["hex_sha256"],
        "RESET_PASSWORD_WITHIN": LINK_LIVES,
        "API_ENABLED_METHODS": ["session"],
        # No page asks for the password again yet: that comes with what needs it.
        "FRESHNESS": timedelta(minutes=-1),
        "POST_LOGIN_VIEW": "signin.start",
        "POST_LOGOUT_VIEW": ".login",
        "POST_CHANGE_VIEW": "signin.start",
        "STATIC_FOLDER": None,
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
        "EMAIL_PLAINTEXT": False,
        "EMAIL_HTML": False,
    }
    return {
        **{f"SECURITY_{name}": value for name, value in own.items()},
        **{f"SECURITY_MSG_{name}": value for name, value in MESSAGES.items()},
        # The token lives as long as the session: a form left open over lunch is not lost.
        "WTF_CSRF_TIME_LIMIT": None,
    }


def close_other_doors(app: Flask, security: Security) -> None:
    """Leave the session as the only way in, and the session untouched on public pages."""
    security._want_json = lambda asked: False
    security.login_manager.request_loader(lambda asked: None)
    # Flask-Login would put a hash of address and browser into the session.
    security.login_manager._session_identifier_generator = lambda: None
    app.config["SESSION_PROTECTION"] = None
    # Both look into the session at every request, and nothing of ours needs them.
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    app.after_request_funcs[None].remove(security.login_manager._update_remember_cookie)


def know_who_asks() -> ResponseReturnValue | None:
    """Find who is signed in and in which role they act; public pages ask nobody."""
    if "actor" in g or not is_staff_page(request.path):
        return None
    if not current_user.is_authenticated:
        return None
    account: Account = current_user.account
    g.account, g.profile_language = account, account.language
    session, moment = db.session(), now()
    today = moment.astimezone(in_force(session, moment).city.zone).date()
    g.memberships = queries.roles_of(account, on=today)
    chosen = next(
        (one for one in g.memberships if str(one.id) == kept.get(MEMBERSHIP)),
        next(iter(g.memberships), None),
    )
    if chosen is None:
        return render_template("security/no_role.html"), 403
    g.membership = chosen
    g.actor = queries.actor_in(account, chosen)
    g.session_idle = limits(session, moment).idle
    return None


def staff_context() -> dict[str, Any]:
    """Give templates of staff pages what base_staff.html needs, made once a request."""
    actor: Actor | None = g.get("actor")
    if actor is None or actor.account_id is None:
        return {}
    if "staff" not in g:
        account = g.get("account") or queries.account(db.session(), actor.account_id)
        g.staff = staff_of(actor, account, now())
    return {"staff": g.staff}


def staff_of(actor: Actor, account: Account, moment: datetime) -> dict[str, Any]:
    """Return the header, the bar and the end of the session."""
    session = db.session()
    membership: Membership | None = g.get("membership")
    group = membership.group if membership else queries.group(session, actor.group_id)
    others = g.get("memberships", ())
    return {
        "account": account.id.hex,
        "name": account.person.name,
        "role": str(ROLES.get(actor.role, actor.role)),
        "group": group_name(group),
        "roles": [
            {"label": role_label(one), "url": url_for("signin.act_as", membership_id=one.id)}
            for one in others
        ],
        "nav": navigation.bar(session, actor, moment),
        "home_url": address("signin.start"),
        # Nobody is offered a search who may find nothing by it.
        "search_url": own_url("search.results") if may_somewhere(actor, Action.READ_FILE) else None,
        "sign_out_url": address("security.logout"),
        "profile_url": own_url(_profile(actor)),
        "has_profile": may_somewhere(actor, Action.EDIT_PROFILE),
        "stay_url": address("signin.stay"),
        # What waits on this phone of inspections without a network.
        "kept_url": own_url("own_phone.page" if actor.unit_id else "phone.page"),
        "ends": session_end(moment),
        "csrf_token": generate_csrf(),
        "keys_off": not account.shortcuts,
    }


def _profile(actor: Actor) -> str:
    """Return the page that is about the account itself."""
    has_profile = may_somewhere(actor, Action.EDIT_PROFILE)
    return navigation.ELSE if has_profile else "security.change_password"


def own_url(endpoint: str) -> str | None:
    """Return the address of a page if this version has it."""
    return address(endpoint) if endpoint in current_app.view_functions else None


def group_name(group: Any) -> str:
    """Return a group's name in the language of the page; nothing for no group."""
    if group is None:
        return ""
    name: str = group.name_zh if language.current().startswith("zh") else group.name_en
    return name


def role_label(membership: Membership) -> str:
    """Return a role with its group, as the menu of roles shows it."""
    role = str(ROLES.get(membership.role, membership.role))
    group = group_name(membership.group)
    return f"{group} · {role}" if group else role


def session_end(moment: datetime) -> dict[str, Any] | None:
    """Return when the session ends if nobody does anything: `at`, and `seconds` from now."""
    row = present().held.row if "session_idle" in g else None
    if row is None:
        return None
    at = min(moment.replace(second=0, microsecond=0) + g.session_idle, row.ends_at)
    return {"at": at, "seconds": int((at - moment).total_seconds())}


def sign_in(account: Account, membership: Membership) -> None:
    """Sign somebody in to one of their roles without a password: only the demo's people."""
    if not current_app.config["PORTAL_SETTINGS"].is_demo:
        abort(404)
    login_user(SignedIn(account))
    kept[MEMBERSHIP] = str(membership.id)
    g.actor = queries.actor_in(account, membership)


def account_link(account: Account) -> str:
    """Return the link that lets an account's owner set a password, once, within a day.

    Needs an app context only: jobs and commands make links too. Always of the portal's own
    address, whatever host a request named.
    """
    token = generate_reset_password_token(SignedIn(account))  # type: ignore[no-untyped-call]
    settings = current_app.config["PORTAL_SETTINGS"]
    return f"{settings.public_url}/reset/{token}"


@signin.get("/as")
@needs(Action.USE_ACCOUNT)
def start() -> ResponseReturnValue:
    """Go to the first page of the role acted in."""
    return redirect(navigation.landing(g.actor), 303)


@signin.post("/as/<uuid:membership_id>")
@needs(Action.USE_ACCOUNT)
def act_as(membership_id: UUID) -> ResponseReturnValue:
    """Act in another of one's own roles from now on."""
    chosen = next((one for one in g.get("memberships", ()) if one.id == membership_id), None)
    if chosen is None or not FlaskForm().validate():
        abort(404 if chosen is None else 400)
    kept[MEMBERSHIP] = str(chosen.id)
    g.actor = queries.actor_in(g.account, chosen)
    return redirect(navigation.landing(g.actor), 303)


@signin.post("/as/stay")
@needs(Action.USE_ACCOUNT)
def stay() -> ResponseReturnValue:
    """Keep the session alive; the page's script asks for it, or a press without script."""
    if not FlaskForm().validate():
        abort(400)
    if request.headers.get("Accept") == "application/json":
        return {"seconds": (session_end(now()) or {}).get("seconds", 0)}
    return redirect(navigation.landing(g.actor), 303)

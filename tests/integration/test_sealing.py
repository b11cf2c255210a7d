"""Custodians' keys and sealed contacts in the database."""

import json
import os
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.sealing import queries, services
from portal.sealing.envelope import CannotOpen, Custodian, open_with
from portal.sealing.models import CustodianKey, SealedKind
from tests.support.files import custodians

NOON = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
FIELDS = {"name": "王小明", "phone": "138 0000 0000"}


def register(session, count=3):
    for number, (custodian, _) in enumerate(custodians()[:count]):
        services.register(session, custodian, label=f"custodian {number}", now=NOON)


def seal(session, fields=FIELDS, context=None):
    return services.seal_contact(
        session, fields, context=context or uuid4(), entropy=os.urandom, now=NOON
    )


def opened(item, *places):
    keys = {custodians()[place][0].id: custodians()[place][1] for place in places}
    where = services.context_of(item.kind, item.context)
    return json.loads(open_with(item.envelope, keys, context=where))


def test_a_contact_is_opened_by_any_two_and_not_by_one(session):
    with unit_of_work(session):
        register(session)
        item_id, lone_id = seal(session), seal(session, {"name": "\ud800 lone"})
    item = queries.sealed_item(session, item_id)
    assert opened(item, 0, 1) == opened(item, 1, 2) == opened(item, 0, 2) == FIELDS
    with pytest.raises(CannotOpen):
        opened(item, 2)
    assert opened(queries.sealed_item(session, lone_id), 0, 2) == {"name": "\ud800 lone"}


def test_a_row_moved_to_another_report_no_longer_opens(session):
    with unit_of_work(session):
        register(session)
        item_id = seal(session)
    session.execute(text("UPDATE sealed_items SET context = gen_random_uuid()"))
    session.expire_all()
    with pytest.raises(CannotOpen):
        opened(queries.sealed_item(session, item_id), 0, 1)


def test_how_much_was_given_and_when_is_not_told(session):
    report = uuid4()
    with unit_of_work(session):
        register(session)
        short, long = seal(session, {"name": "A"}), seal(session, FIELDS, report)
    short, long = (queries.sealed_item(session, item) for item in (short, long))
    assert len(short.envelope) == len(long.envelope)
    assert long.created_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert queries.has_contact(session, report)
    assert not queries.has_contact(session, uuid4())


def test_with_fewer_than_two_live_keys_nothing_is_sealed(session):
    with unit_of_work(session):
        assert not queries.can_seal(session)
        register(session, 2)
        assert queries.can_seal(session)
        services.retire(session, custodians()[0][0].id, now=NOON)
        assert not queries.can_seal(session)
        with pytest.raises(Incomplete) as refusal:
            seal(session)
    assert (refusal.value.field, refusal.value.reason) == ("contact", "no_custodians")
    assert len(queries.keys(session)) == 2


def test_a_retired_key_gets_nothing_new_and_opens_what_it_had(session):
    with unit_of_work(session):
        register(session)
        before = seal(session)
        services.retire(session, custodians()[0][0].id, now=NOON)
        after = seal(session)
    assert opened(queries.sealed_item(session, before), 0, 1) == FIELDS
    with pytest.raises(CannotOpen):
        opened(queries.sealed_item(session, after), 0, 1)
    assert opened(queries.sealed_item(session, after), 1, 2) == FIELDS
    with pytest.raises(OutOfTurn):
        services.retire(session, custodians()[0][0].id, now=NOON)
    with pytest.raises(NotFound):
        services.retire(session, uuid4(), now=NOON)


def test_one_account_never_holds_two_live_keys(session):
    account = uuid4()
    first, second, third = (custodian for custodian, _ in custodians())
    with unit_of_work(session):
        services.register(session, first, label="a", account_id=account, now=NOON)
        with pytest.raises(Incomplete):
            services.register(session, second, label="b", account_id=account, now=NOON)
        services.retire(session, first.id, now=NOON)
        services.register(session, second, label="b", account_id=account, now=NOON)
    row = CustodianKey(
        id=third.id, account_id=account, label="c", public_key=third.public, created_at=NOON
    )
    session.add(row)
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_a_key_is_registered_once_and_whole(session):
    custodian = custodians()[0][0]
    with unit_of_work(session):
        services.register(session, custodian, label="a", now=NOON)
        for again in (
            custodian,
            Custodian(uuid4(), custodian.public),
            Custodian(custodian.id, custodians()[1][0].public),
            Custodian(uuid4(), b"short"),
        ):
            with pytest.raises(Incomplete):
                services.register(session, again, label="b", now=NOON)


@pytest.mark.parametrize(
    ("kind", "envelope", "name"),
    [
        (SealedKind.CONTACT, None, None),
        (SealedKind.CONTACT, b"x", "kept/aa/aa"),
        (SealedKind.ORIGINAL, b"x", None),
    ],
)
def test_the_database_refuses_an_item_in_two_places_or_none(session, kind, envelope, name):
    with pytest.raises(IntegrityError):
        session.execute(
            text(
                "INSERT INTO sealed_items (id, kind, context, envelope, store_name, created_at)"
                " VALUES (gen_random_uuid(), :kind, gen_random_uuid(), :envelope, :name, now())"
            ),
            {"kind": kind.value, "envelope": envelope, "name": name},
        )
    session.rollback()

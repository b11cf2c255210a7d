"""Sealing: any two open, nothing else does."""

import itertools
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.sealing import keys as key_files
from portal.sealing.envelope import (
    BOX_BYTES,
    HEAD_BYTES,
    SHARE_BYTES,
    CannotOpen,
    Custodian,
    can_seal_with,
    custodians_of,
    open_with,
    seal,
)
from tests.support.files import custodians

PLAIN = "王小明 138 0000 0000".encode()


def sealed(count=3, plain=PLAIN, context=b"contact:1"):
    keys = [custodian for custodian, _ in custodians(count)]
    return seal(plain, keys=keys, context=context, entropy=os.urandom)


def private(*places, count=3):
    chosen = [custodians(count)[place] for place in places]
    return {custodian.id: key for custodian, key in chosen}


@pytest.mark.parametrize("count", [2, 3, 5, 16])
def test_any_two_custodians_open(count):
    envelope = sealed(count)
    for pair in itertools.combinations(range(count), 2):
        assert open_with(envelope, private(*pair, count=count), context=b"contact:1") == PLAIN


def test_one_custodian_does_not_open_even_with_the_share_of_nobody():
    envelope = sealed()
    for place in range(3):
        with pytest.raises(CannotOpen):
            open_with(envelope, private(place), context=b"contact:1")
    stranger, key = custodians(2)[0]
    with pytest.raises(CannotOpen):
        open_with(envelope, {**private(0), stranger.id: key}, context=b"contact:1")


def test_a_key_under_another_custodians_id_does_not_open():
    first, second = (custodian.id for custodian, _ in custodians()[:2])
    stolen = {first: custodians()[0][1], second: custodians()[0][1]}
    with pytest.raises(CannotOpen):
        open_with(sealed(), stolen, context=b"contact:1")


def test_another_context_does_not_open():
    with pytest.raises(CannotOpen):
        open_with(sealed(), private(0, 1), context=b"contact:2")


def test_no_flipped_bit_goes_unnoticed():
    envelope = sealed()
    for at in range(len(envelope)):
        hurt = bytearray(envelope)
        hurt[at] ^= 1 << (at % 8)
        with pytest.raises(CannotOpen):
            open_with(bytes(hurt), private(0, 1), context=b"contact:1")


def test_no_cut_envelope_opens():
    envelope = sealed()
    for length in range(len(envelope)):
        with pytest.raises(CannotOpen):
            open_with(envelope[:length], private(0, 2), context=b"contact:1")


def test_shares_of_two_envelopes_cannot_be_mixed():
    one, other = sealed(), sealed()
    box = slice(HEAD_BYTES + 16, HEAD_BYTES + 16 + BOX_BYTES)
    mixed = one[: box.start] + other[box] + one[box.stop :]
    with pytest.raises(CannotOpen):
        open_with(mixed, private(0, 1), context=b"contact:1")


def test_the_same_words_never_give_the_same_envelope_and_never_stand_in_it():
    one, other = sealed(), sealed()
    assert one != other
    assert len(one) == len(other)
    assert PLAIN not in one
    data = slice(HEAD_BYTES + 3 * SHARE_BYTES, None)
    assert one[data] != other[data]


def test_an_envelope_names_its_custodians():
    assert custodians_of(sealed()) == tuple(custodian.id for custodian, _ in custodians())


def test_one_person_twice_is_not_two_custodians():
    key = custodians()[0][0]
    assert not can_seal_with([])
    assert not can_seal_with([key])
    assert not can_seal_with([key, key])
    with pytest.raises(ValueError):
        seal(b"", keys=[key, key], context=b"", entropy=os.urandom)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=3000), st.binary(max_size=60))
def test_all_bytes_come_back(plain, context):
    envelope = sealed(plain=plain, context=context)
    assert open_with(envelope, private(2, 0), context=context) == plain


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_garbage_is_refused_in_one_way(garbage):
    for text in (garbage, b"HPSEAL\x01\x02\x03" + garbage):
        with pytest.raises(CannotOpen):
            open_with(text, private(0, 1), context=b"")


# Key files


PHRASE = "eine lange Losung 4"


@pytest.fixture(scope="module")
def key_file():
    return key_files.generate("王女士", PHRASE, entropy=os.urandom, cost=key_files.CHEAP)


def test_a_key_file_opens_by_its_passphrase_and_what_it_registers_fits(key_file):
    custodian, key = key_files.unlock(key_file.text, PHRASE)
    assert (custodian, "王女士") == key_files.public_part(key_file.text)
    other, other_key = custodians()[0]
    envelope = seal(b"x", keys=[custodian, other], context=b"c", entropy=os.urandom)
    opened = open_with(envelope, {custodian.id: key, other.id: other_key}, context=b"c")
    assert opened == b"x"
    assert key.hex() not in key_file.text


def test_a_wrong_passphrase_and_an_exchanged_part_are_refused(key_file):
    with pytest.raises(key_files.WrongPassphrase):
        key_files.unlock(key_file.text, PHRASE + " ")
    content = json.loads(key_file.text)
    other = custodians()[0][0]
    for name, value in (
        ("id", str(other.id)),
        ("public", key_files.b64encode(other.public).decode()),
    ):
        with pytest.raises(key_files.WrongPassphrase):
            key_files.unlock(json.dumps({**content, name: value}), PHRASE)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("memory_bytes", 1 << 40),
        ("memory_bytes", "much"),
        ("passes", 10**9),
        ("name", "md5"),
    ],
)
def test_a_hostile_key_file_cannot_ask_for_the_whole_memory(key_file, change, value):
    content = json.loads(key_file.text)
    content["kdf"][change] = value
    with pytest.raises(key_files.BadKeyFile):
        key_files.unlock(json.dumps(content), PHRASE)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "null", "\x00"])
def test_what_is_no_key_file_is_said_to_be_none(text):
    with pytest.raises(key_files.BadKeyFile):
        key_files.public_part(text)


def test_a_short_passphrase_makes_no_key():
    with pytest.raises(ValueError):
        key_files.generate("x", "kurz", entropy=os.urandom)


def test_key_files_are_for_their_owner_and_never_overwritten(tmp_path, key_file):
    path = key_files.write(key_file, tmp_path / "keys")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    with pytest.raises(FileExistsError):
        key_files.write(key_file, tmp_path / "keys")
    assert path.read_text(encoding="utf-8") == key_file.text


def test_keys_for_several_people_differ(tmp_path):
    made = key_files.generate_files(
        tmp_path, ["a", "b", "c"], [PHRASE] * 3, entropy=os.urandom, cost=key_files.CHEAP
    )
    assert len({file.custodian.public for file, _ in made}) == 3
    assert sorted(tmp_path.iterdir()) == sorted(path for _, path in made)


def test_a_custodian_is_a_value():
    custodian = custodians()[0][0]
    assert custodian == Custodian(custodian.id, custodian.public)

"""Basic auth: right ones pass, and nobody learns who exists."""

import asyncio
from base64 import b64encode

import bcrypt
import pytest
from pydantic import SecretStr

from collector.web import passwords
from collector.web.passwords import Passwords, TooManyWaiting, credentials
from tests.web.certificates import HASH, OTHER_HASH

USERS = {"anna": SecretStr(HASH), "борис": SecretStr(OTHER_HASH)}


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The hashes that bcrypt has worked on."""
    seen: list[bytes] = []

    def note(password: bytes, hashed: bytes) -> bool:
        seen.append(hashed)
        return real(password, hashed)

    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", note)
    return seen


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Basic " + b64encode(b"anna:sesame"), ("anna", "sesame")),
        (b"basic  " + b64encode("борис:a:b".encode()), ("борис", "a:b")),
        (b"Basic " + b64encode(b"anna:"), ("anna", "")),
        (b"Basic " + b64encode(b"anna"), None),
        (b"Basic " + b64encode(b"anna:\xff"), None),
        (b"Basic !!!", None),
        (b"Basic", None),
        (b"Bearer " + b64encode(b"anna:sesame"), None),
        (None, None),
    ],
)
def test_what_a_header_says(header: bytes | None, expected: tuple[str, str] | None) -> None:
    assert credentials(header) == expected


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "password", "right"),
    [
        ("anna", "sesame", True),
        ("борис", "open", True),
        ("anna", "open", False),
        ("anna", "", False),
        ("anna", "sesame\0", False),
        ("nobody", "sesame", False),
        ("nobody", "fakepassword", False),
    ],
)
async def test_only_a_user_s_own_password_is_right(name: str, password: str, right: bool) -> None:
    assert await Passwords().right(USERS, (name, password)) is right


@pytest.mark.anyio
async def test_only_the_first_72_bytes_count_as_when_it_was_hashed() -> None:
    long = "x" * 72
    users = {"anna": SecretStr(bcrypt.hashpw(long.encode(), bcrypt.gensalt(4)).decode())}

    assert await Passwords().right(users, ("anna", long + "yz"))


@pytest.mark.anyio
async def test_a_right_password_is_checked_once_and_a_wrong_one_each_time(checked: list[bytes]) -> None:
    known = Passwords()
    for _ in range(3):
        await known.right(USERS, ("anna", "sesame"))
    assert len(checked) == 1

    for _ in range(3):
        assert not await known.right(USERS, ("anna", "wrong"))
    assert len(checked) == 4


@pytest.mark.anyio
async def test_a_new_password_forgets_the_old_one(checked: list[bytes]) -> None:
    known = Passwords()
    assert await known.right(USERS, ("anna", "sesame"))

    assert not await known.right({"anna": SecretStr(OTHER_HASH)}, ("anna", "sesame"))
    assert not await known.right({"boris": SecretStr(OTHER_HASH)}, ("anna", "sesame"))


@pytest.mark.anyio
async def test_a_name_that_does_not_exist_costs_as_much_as_one_that_does(checked: list[bytes]) -> None:
    users = {"anna": SecretStr(HASH), "boris": SecretStr(OTHER_HASH.replace("$04$", "$05$"))}
    known = Passwords()
    for number in range(20):
        await known.right(users, (f"nobody{number}", "x"))
    for _ in range(2):
        await known.right(users, ("nobody0", "y"))

    costs = [hashed.split(b"$")[2] for hashed in checked]
    assert set(costs[:20]) == {b"04", b"05"}
    assert set(costs[20:]) == {costs[0]}


@pytest.mark.anyio
async def test_only_so_many_wait_and_those_who_are_known_do_not() -> None:
    known = Passwords()
    assert await known.right(USERS, ("anna", "sesame"))
    slow = {"anna": SecretStr(HASH), "slow": SecretStr(HASH.replace("$04$", "$10$"))}
    waiting = [asyncio.create_task(known.right(slow, ("slow", str(n)))) for n in range(passwords.MOST_WAITING)]
    await asyncio.sleep(0)

    with pytest.raises(TooManyWaiting):
        await known.right(slow, ("anna", "wrong"))
    assert await known.right(slow, ("anna", "sesame"))
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

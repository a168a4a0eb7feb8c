"""The web configuration file: what is wrong in it is told with its line, all in one go."""

import logging
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from collector.log import Lines
from collector.settings.errors import ConfigErrors
from collector.web.config_file import WebConfig, faults, read
from tests.web.certificates import HASH, MUTUAL, TLS, USERS, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def _told(shop: Shop, text: str) -> list[str]:
    path = shop.write(text)
    return [str(fault).removeprefix(f"{path}:") for fault in faults(str(path))]


def _context(shop: Shop, text: str) -> ssl.SSLContext:
    context = read(shop.write(text)).context
    assert context is not None
    return context


@pytest.mark.parametrize("text", ["", "# nothing\n", "tls_server_config: {}\nbasic_auth_users:\nhttp_server_config:\n"])
def test_an_empty_file_protects_nothing(shop: Shop, text: str) -> None:
    assert read(shop.write(text)).file.protections == frozenset()


def test_a_whole_file_as_other_exporters_read_it(shop: Shop) -> None:
    config = read(
        shop.write(
            MUTUAL
            + USERS
            + f"""
  bob: {HASH.replace("$2b$", "$2y$")}
http_server_config:
  http2: yes
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=31536000; includeSubDomains
    X-XSS-Protection: 1
    Content-Security-Policy: ""
rate_limit: {{interval: 500ms, burst: 20}}
"""
        )
    )

    assert config.file.protections == {"TLS", "client certificates", "basic auth"}
    assert config.file.headers == {
        "X-Frame-Options": "deny",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-XSS-Protection": "1",
    }
    assert config.file.rate_limit.interval.total_seconds() == 0.5
    assert [path.name for path in config.paths] == ["web.yml", "server.pem", "server.key", "ca.pem"]


def test_mistakes_are_told_all_in_one_go(shop: Shop) -> None:
    told = _told(
        shop,
        "tls_server_config:\n  cert_fil: server.pem\n  min_version: TLS10\n  client_auth_type: RequireAnyClientCert\n"
        "basic_auth_users:\n  anna: sesame\n  boris: opensesame\nbasic_auth: {}\n"
        "http_server_config: {headers: {X-Powered: us, X-Frame-Options: never}}\nrate_limit: {interval: soon}\n",
    )

    assert told == [
        "2: tls_server_config.cert_fil: unknown key\n  Did you mean cert_file?",
        "3: tls_server_config.min_version: TLS10 is not served: it is broken, and OpenSSL leaves it out\n"
        "  Write TLS12 or TLS13.",
        "4: tls_server_config.client_auth_type: asks for certificates that nobody verifies, "
        "which Python's TLS cannot do\n  Write RequireAndVerifyClientCert, or NoClientCert.",
        "6: basic_auth_users.anna: is no bcrypt hash\n  Make one with: htpasswd -nBC 10 '' | tr -d ':\\n'",
        "7: basic_auth_users.boris: is no bcrypt hash\n  Make one with: htpasswd -nBC 10 '' | tr -d ':\\n'",
        "8: basic_auth: unknown key\n  Did you mean basic_auth_users?",
        "9: http_server_config.headers.X-Frame-Options: found 'never'; should be 'deny' or 'sameorigin'\n"
        "  deny or sameorigin, or left out.",
        "9: http_server_config.headers.X-Powered: unknown key\n  Keys: Content-Security-Policy, "
        "Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection.",
        "10: rate_limit.interval: 'soon' is no duration\n"
        "  Write a number with ms, s, m or h, such as 1s; 0 for no limit.",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("tls_server_config: {min_version: TLS13, key_file: server.key}", "has neither cert nor cert_file"),
        (TLS + "  cert: x\n", "has both cert and cert_file"),
        (TLS + "  min_version: TLS13\n  max_version: TLS12\n", "min_version lies above max_version"),
        (TLS + "  client_ca_file: ca.pem\n", "asks clients for none"),
        (TLS + "  client_auth_type: RequireAndVerifyClientCert\n", "names nobody who signs them"),
        (TLS + "  client_allowed_sans: [a]\n", "has client_allowed_sans, but asks clients for no certificate"),
        (TLS + "  client_auth_type: Maybe\n", "client_auth_type: is no policy"),
        (TLS + "  client_auth_type: RequestClientCert\n", "nobody verifies, which Python's TLS cannot do"),
        (TLS + "  curve_preferences: [CurveP256, X25519]\n", "names several, and Python's TLS can be told one"),
        (TLS + "  curve_preferences: [CurveP999]\n", "curve_preferences[0]: found 'CurveP999'"),
        (TLS + "  cipher_suites: [RC4]\n", "'RC4' is no cipher suite that is served"),
        (TLS + "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n  max_version: TLS12\n", "names none of TLS 1.2"),
        (TLS.replace("server.pem", "nowhere.pem"), "cert_file: nowhere.pem cannot be read: No such file"),
        (TLS.replace("server.pem", "server.key"), "cert_file: holds no certificate"),
        (TLS.replace("server.key", "server.pem"), "key_file: holds no private key"),
        (TLS.replace("server.key", "client.key"), "key_file: does not belong to cert_file"),
        (MUTUAL.replace("ca.pem", "server.key"), "client_ca_file: holds no certificates that can be read"),
        ("rate_limit: {interval: 1s}", "has no burst, which would refuse every request"),
        ("basic_auth_users: [anna]", "basic_auth_users: found a list; should be a mapping"),
        ("just words", "holds no keys"),
        ("basic_auth_users: {a: b", "is no valid YAML"),
        ("rate_limit: {}\nrate_limit: {}", "stands here again"),
    ],
)
def test_what_cannot_be_used_is_told(shop: Shop, text: str, fault: str) -> None:
    told = _told(shop, text)

    assert len(told) == 1
    assert fault in told[0]


def test_an_encrypted_key_is_told_and_no_password_asked_for(shop: Shop) -> None:
    key = load_pem_private_key((shop.folder / "server.key").read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    shop.replace("server.key", locked)

    assert "key_file: is encrypted" in _told(shop, TLS)[0]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match=r"web\.yml: cannot be read: No such file or directory"):
        read(tmp_path / "web.yml")


def test_certificates_may_stand_in_the_file_itself(shop: Shop) -> None:
    def inline(key: str, name: str) -> str:
        return f"  {key}: |\n" + "".join(f"    {line}\n" for line in (shop.folder / name).read_text().splitlines())

    text = "tls_server_config:\n" + inline("cert", "server.pem") + inline("key", "server.key")
    config = read(shop.write(text))

    assert config.context is not None
    assert [path.name for path in config.paths] == ["web.yml"]
    secret = (shop.folder / "server.key").read_text().splitlines()[2]
    assert secret not in repr(config)


def test_nothing_in_it_is_expanded(shop: Shop) -> None:
    assert "cert_file: ${HOME} cannot be read" in _told(shop, TLS.replace("server.pem", "${HOME}"))[0]


def test_hashes_are_hidden_from_logs_and_reprs(shop: Shop) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.getLogger().addHandler(handler)
    config = read(shop.write(USERS))
    logging.getLogger().removeHandler(handler)
    record = logging.makeLogRecord({"msg": f"oops {HASH}"})

    assert HASH not in handler.format(record)
    assert HASH not in repr(config)


@pytest.mark.parametrize(
    ("more", "oldest", "names"),
    [
        ("", ssl.TLSVersion.TLSv1_2, None),
        ("  min_version: TLS13\n", ssl.TLSVersion.TLSv1_3, None),
        (
            "  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n",
            ssl.TLSVersion.TLSv1_2,
            {"ECDHE-RSA-AES128-GCM-SHA256"},
        ),
        ("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n", ssl.TLSVersion.TLSv1_3, None),
    ],
)
def test_versions_and_suites(shop: Shop, more: str, oldest: ssl.TLSVersion, names: set[str] | None) -> None:
    context = _context(shop, TLS + more)

    assert context.minimum_version == oldest
    if names is not None:
        assert {suite["name"] for suite in context.get_ciphers() if suite["protocol"] == "TLSv1.2"} == names


@pytest.mark.parametrize(("said", "on"), [("", True), ("  prefer_server_cipher_suites: false\n", False)])
def test_whose_order_of_suites_counts(shop: Shop, said: str, on: bool) -> None:
    assert bool(_context(shop, TLS + said).options & ssl.OP_CIPHER_SERVER_PREFERENCE) is on


@pytest.mark.parametrize("curve", ["CurveP256", "CurveP384", "CurveP521", "X25519"])
def test_one_curve_can_be_named(shop: Shop, curve: str) -> None:
    assert _context(shop, TLS + f"  curve_preferences: [{curve}]\n") is not None


def test_a_replaced_certificate_is_a_change(shop: Shop) -> None:
    config: WebConfig = read(shop.write(TLS))
    assert config.unchanged

    shop.renew()

    assert not config.unchanged

"""Certificates for tests, and files that name them."""

import os
import ssl
from pathlib import Path

import trustme

SCRAPER = "scraper@shop.example"


class Shop:
    """A folder with a server's certificate, those of clients, and who signed them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "web.yml"
        self.authority = trustme.CA()
        self.strangers = trustme.CA()
        self.authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        self.renew()
        self.issue("client", self.authority, SCRAPER)
        self.issue("stranger", self.strangers, SCRAPER)

    def renew(self) -> None:
        """Another certificate for the server, each file put in place at once."""
        leaf = self.authority.issue_cert("127.0.0.1", "localhost")
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        for name, content in (("server.pem", chain), ("server.key", leaf.private_key_pem.bytes())):
            self.replace(name, content)

    def replace(self, name: str, content: bytes) -> None:
        new = self.folder / f"{name}.new"
        new.write_bytes(content)
        os.replace(new, self.folder / name)  # noqa: PTH105

    def issue(self, name: str, authority: trustme.CA, *identities: str) -> None:
        leaf = authority.issue_cert(*identities)
        leaf.cert_chain_pems[0].write_to_path(str(self.folder / f"{name}.pem"))
        leaf.private_key_pem.write_to_path(str(self.folder / f"{name}.key"))

    def write(self, text: str) -> Path:
        """The web configuration file."""
        self.replace("web.yml", text.encode())
        return self.path

    def trusting(self, *, client: str | None = None) -> ssl.SSLContext:
        """What a client needs that trusts the server, and shows a certificate."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if client is not None:
            context.load_cert_chain(str(self.folder / f"{client}.pem"), str(self.folder / f"{client}.key"))
        return context


TLS = """
tls_server_config:
  cert_file: server.pem
  key_file: server.key
"""
MUTUAL = (
    TLS
    + """
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
"""
)
HASH = "$2b$04$HyxblK5JBqJ/kz7cZxQwLOURj2sZdRkyGGvKFyhmGXiMt1HdHbxTi"
"""Of "sesame", at the lowest cost."""
OTHER_HASH = "$2y$04$4SMovdEJZUpfIg.Rc6aAeOKyQiXF4x/XG6nFctEGnUHG29Y0C7gdu"
"""Of "open", as htpasswd writes it."""
USERS = f"""
basic_auth_users:
  anna: {HASH}
"""

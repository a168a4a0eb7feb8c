"""It takes a token that is over for credentials that are refused."""

from collector.plugin import CredentialsRefused, Response, SourceError
from tests.testing.acme_oauth.plugin import AcmeOAuth


class Broken(AcmeOAuth):
    """As Acme."""

    def refusal(self, response: Response) -> SourceError | None:
        if response.status == 401:
            return CredentialsRefused(f"{response.where} answered 401")
        return None

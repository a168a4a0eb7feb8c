"""It takes credentials that are refused for a passing trouble."""

from collector.plugin import Response, SourceError, TemporaryFailure
from tests.testing.acme.plugin import Acme


class Broken(Acme):
    """As Acme."""

    def refusal(self, response: Response) -> SourceError | None:
        if response.status == 401:
            return TemporaryFailure(f"{response.where} answered 401")
        return None

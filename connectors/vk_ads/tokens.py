"""How tokens are come by: five may live at once for a client, so that one is renewed, not asked for anew."""

from collector.plugin import CredentialsRefused, Forbidden, HttpClient, OAuth2, Token
from connectors.vk_ads.settings import VkAdsSettings

TOO_MANY = "token_limit_exceeded"

NO_MORE = (
    "VK Ads gives out no further token: five live already for this client_id. Stop what else asks by it, or wait a "
    "day until they run out; or delete them all, for everybody who uses this client_id: see the connector's README"
)


class ClientTokens(OAuth2):
    """Client credentials whose tokens come with a refresh token, which works once."""

    async def obtain(self, http: HttpClient) -> Token:
        """A further token of the five."""
        try:
            return await super().obtain(http)
        except Forbidden as error:
            if TOO_MANY in str(error):
                raise CredentialsRefused(NO_MORE) from error
            raise

    async def renew(self, http: HttpClient, token: Token) -> Token:
        """The same token anew; a further one only where its refresh token is not known any more."""
        try:
            return await super().renew(http, token)
        except CredentialsRefused:
            if token.refresh is None:
                raise
            return await self.obtain(http)


def tokens_of(settings: VkAdsSettings) -> ClientTokens:
    """Those of a cabinet."""
    return ClientTokens(
        token_url=settings.token_url,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        kind="client_credentials",
        rotates=True,
    )

"""What a user says of a group in Odnoklassniki."""

from pydantic import Field, SecretStr

from collector.plugin import ConnectorSettings


class OdnoklassnikiSettings(ConnectorSettings):
    """One group."""

    base_url: str = Field(default="https://api.ok.ru", description="Where Odnoklassniki's API answers")
    group_id: str = Field(pattern=r"^\d{1,20}$", description="The group's number, as in ok.ru/group/50000000000001")
    application_key: SecretStr = Field(description="The application's public key, by mail from Odnoklassniki")
    access_token: SecretStr = Field(
        description="An eternal token of an administrator or moderator of the group: the application's settings"
    )
    session_secret_key: SecretStr = Field(description="The secret key that stands beside the eternal token")

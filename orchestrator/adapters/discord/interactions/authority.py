"""Who is asking, from signed fields only: guild, application, channel and roles are checked before anything is done."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from orchestrator.adapters.discord.interactions.request import Interaction
from orchestrator.core.actors import Actor


class Place(Struct, frozen=True, kw_only=True):
    """Where Switchback listens, and the roles it knows, by name."""

    environment: str
    application_id: str
    guild_id: str
    channel_ids: tuple[str, ...]
    roles: Mapping[str, str]

    def admits(self, interaction: Interaction) -> bool:
        """This application, this guild, one of its channels or a thread below one of them."""
        here = interaction.channel_id in self.channel_ids or interaction.parent_id in self.channel_ids
        return here and self.admits_person(interaction)

    def admits_person(self, interaction: Interaction) -> bool:
        """This application and this guild, whatever the channel."""
        return (
            interaction.application_id == self.application_id
            and interaction.guild_id == self.guild_id
            and bool(interaction.user_id)
        )

    def actor(self, interaction: Interaction) -> Actor:
        """The person, with the names of the roles whose ids they hold."""
        held = set(interaction.role_ids)
        return Actor(
            user_id=interaction.user_id,
            name=interaction.user_name[:80] or interaction.user_id,
            roles=tuple(name for name, role_id in self.roles.items() if role_id in held),
        )

"""A stand-in for Discord that holds to Discord's rules, for the sandbox and the tests."""

from orchestrator.sandbox.discord.command_rules import check_commands
from orchestrator.sandbox.discord.interaction import Person
from orchestrator.sandbox.discord.refusal import Refusal
from orchestrator.sandbox.discord.rules import check_payload
from orchestrator.sandbox.discord.shapes import Problem
from orchestrator.sandbox.discord.stand_in import StandIn

__all__ = ["Person", "Problem", "Refusal", "StandIn", "check_commands", "check_payload"]

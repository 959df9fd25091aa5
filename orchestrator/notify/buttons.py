"""The buttons under an alert: what each of them stands for is kept on our side, under an id that says nothing."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.actors import SWITCHBACK
from orchestrator.core.alerting.alert import Group
from orchestrator.core.commands import Command, Confirmation
from orchestrator.core.notices import Action, Notice
from orchestrator.core.wording import alerts as wording
from orchestrator.ports import Outside, SwitchbackError
from orchestrator.telemetry.logs import get_logger

log = get_logger()

BUTTON_LIFE = 30 * 86_400


def store(outside: Outside, group: Group, stored: dict[str, str], now: int) -> None:
    """What each button stands for, kept on our side; into `stored` go the ids. A button that cannot be kept now is not
    shown, and is tried again with the next sending: nobody is told later for want of one."""
    for action in wording.actions(group, now):
        name = _name(group, action)
        if name in group.buttons or name in stored:
            continue
        button = Confirmation(
            id=outside.ids.new(),
            kind="card",
            command=_pressed(group, action, now),
            created_at=now,
            expires_at=now + BUTTON_LIFE,
        )
        try:
            outside.confirmations.put(button)
        except SwitchbackError as problem:
            log.warning("a button could not be kept", extra={"alert": group.key, "problem": str(problem)})
            return
        stored[name] = button.id


def shown(group: Group, card: Notice) -> tuple[Notice, tuple[str, ...]]:
    """The card with those of its buttons that were kept, and their ids."""
    kept = tuple(action for action in card.actions if _name(group, action) in group.buttons)
    ids = tuple(group.buttons[_name(group, action)] for action in kept)
    return structs.replace(card, actions=kept, second_row=sum(action in _OWN for action in kept)), ids


def _name(group: Group, action: Action) -> str:
    """An alert's own buttons are about the group, the others about the plan that leads it by now."""
    about = "" if action in _OWN else group.leading.plan
    return f"{action.verb}:{action.flag}:{action.label}:{about}"


_OWN = (wording.ACKNOWLEDGE, wording.SILENCE, wording.USEFUL, wording.NOISE)


def _pressed(group: Group, action: Action, now: int) -> Command:
    """An alert's own buttons are about this opening of the group: what comes back later has a message of its own."""
    if action in _OWN:
        return Command(verb=action.verb, target=group.key, actor=SWITCHBACK, args={"opening": group.id}, at=now)
    args = {"flag": action.flag} if action.flag else {}
    return Command(verb=action.verb, target=group.leading.plan, actor=SWITCHBACK, args=args, at=now)

"""What people have to know, and when they are told: grouped, deduplicated, limited, and never lost.

`observing` makes the next group of an event; `telling` compares it with what each receiver was told last and says what
to send now; `board` holds silences, budgets and calls; `digest` tells in one message what was held back. All of it is
pure: `orchestrator.notify` loads, saves and sends.
"""

"""What the bot tells about itself: log lines, traces, metrics. Nothing leaves here unredacted."""

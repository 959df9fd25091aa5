"""The pure core: plans, gates, the engine. It imports no boto3, no Discord, no os, no time, no random."""

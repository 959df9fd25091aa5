"""boto3 clients, made on first use, and the one place where botocore's errors become ours.

boto3 and a client cost more than all the rest of a cold start, so importing this module imports neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from orchestrator.ports import Refused, SwitchbackError, Unavailable

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

ATTEMPTS = 3


class _Patience(Struct, frozen=True):
    """Seconds to connect, seconds to wait for bytes, and whether to try again."""

    connect: float
    read: float
    once: bool = False


_USUAL = _Patience(1.0, 2.0)
_BULK = _Patience(1.0, 5.0)
"""GetMetricData over 500 metrics takes seconds when CloudWatch is well; nobody in a hurry waits for it."""
_BRIEF = _Patience(0.5, 0.5, once=True)
"""On the way off the table gets about a second; then the safe value goes to SSM without it."""


_PATIENT = _Patience(2.0, 25.0, once=True)
"""A probe or a job runs as long as this, and is not run twice because its answer was slow."""


class Clients:
    """One session, one client a service and patience. Safe to share between threads, as boto3's clients are.

    `region` None: as the environment says. `attempts` counts the first one; between attempts botocore waits,
    at most 1 s and then 2 s.
    """

    def __init__(self, region: str | None = None, *, attempts: int = ATTEMPTS) -> None:
        self._region = region
        self._attempts = attempts
        self._session: boto3.Session | None = None
        self._made: dict[tuple[str, _Patience], Any] = {}
        self._making = RLock()

    @property
    def ssm(self) -> SSMClient:
        return cast("SSMClient", self._client("ssm", _USUAL))

    @property
    def sqs(self) -> SQSClient:
        return cast("SQSClient", self._client("sqs", _USUAL))

    @property
    def sns(self) -> SNSClient:
        return cast("SNSClient", self._client("sns", _USUAL))

    @property
    def cloudwatch(self) -> CloudWatchClient:
        return cast("CloudWatchClient", self._client("cloudwatch", _BULK))

    @property
    def dynamodb(self) -> DynamoDBClient:
        return cast("DynamoDBClient", self._client("dynamodb", _USUAL))

    @property
    def brief_dynamodb(self) -> DynamoDBClient:
        """For the way off: gives up after a second at the latest, and does not try again."""
        return cast("DynamoDBClient", self._client("dynamodb", _BRIEF))

    @property
    def logs(self) -> CloudWatchLogsClient:
        return cast("CloudWatchLogsClient", self._client("logs", _USUAL))

    @property
    def functions(self) -> LambdaClient:
        return cast("LambdaClient", self._client("lambda", _PATIENT))

    def _client(self, service: str, patience: _Patience) -> Any:
        made = self._made.get((service, patience))
        if made is not None:
            return made
        with self._making, translated(f"preparing to speak to {service}"):
            if (service, patience) not in self._made:
                self._made[service, patience] = self._make(service, patience)
            return self._made[service, patience]

    def _make(self, service: str, patience: _Patience) -> Any:
        import boto3
        from botocore.config import Config

        if self._session is None:
            self._session = boto3.Session(region_name=self._region)
        # Not "adaptive": it would make an urgent write wait in the client after somebody else's throttled
        # reads.
        config = Config(
            connect_timeout=patience.connect,
            read_timeout=patience.read,
            retries={"mode": "standard", "total_max_attempts": 1 if patience.once else self._attempts},
            user_agent_extra="switchback",
        )
        make = cast(Any, self._session).client
        return make(service, config=config)


class RefusedByAws(Refused):
    """A Refused that keeps AWS's error code, for adapters that have to tell one refusal from another."""

    def __init__(self, what: str, code: str) -> None:
        super().__init__(f"{what}: {code}")
        self.code = code


_LATER = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
        "TooManyUpdates",
        "TransactionInProgressException",
    }
)
"""Codes with which AWS asks to come back: botocore's own list of throttles and transient errors, SSM's
TooManyUpdates (two writers on one parameter), and LimitExceededException, which CloudWatch and DynamoDB use
for too many calls."""

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Run a call to AWS; its errors leave as Unavailable (try again) or Refused (do not).

    `what` says what was tried, in our own words, with no name from outside. The text holds that and the error
    code, never botocore's message: that repeats the request, and a request may carry an interaction's token.
    """
    try:
        yield
    except SwitchbackError:
        raise
    except Exception as error:
        found = _translation(what, error)
        if found is None:
            raise
        raise found from None


def _translation(what: str, error: Exception) -> SwitchbackError | None:
    """None for what is not AWS's or the network's doing: a fault of ours keeps its own face."""
    from botocore import exceptions as foreign
    from botocore.parsers import ResponseParserError

    if isinstance(error, foreign.ClientError):
        code = _shown(str(error.response.get("Error", {}).get("Code", "")))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _LATER or status == 429 or status >= 500:
            return Unavailable(f"{what}: {code}")
        return RefusedByAws(what, code)
    passing = (foreign.HTTPClientError, foreign.ConnectionError, foreign.CredentialRetrievalError)
    if isinstance(error, (*passing, ResponseParserError)):
        return Unavailable(f"{what}: {type(error).__name__}")
    if isinstance(error, foreign.BotoCoreError):
        return RefusedByAws(what, type(error).__name__)
    return None


def _shown(code: str) -> str:
    """An error code, unless it is something longer that a proxy put in its place."""
    return code if _CODE.fullmatch(code) else "UnknownError"

"""A client of Portcullis over gRPC that fails closed.

Whatever is not a clear "allow" within the time limit is a denial: callers read `allowed` and need no error handling to be
safe. The messages are generated from proto/ as README.md says.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict
from portcullis.v1 import decision_pb2 as pb
from portcullis.v1 import decision_pb2_grpc as rpc

# A server that stops turns calls away before it begins them: those are asked again at once.
SERVICE_CONFIG = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{"service": "portcullis.v1.DecisionService"}],
                "retryPolicy": {
                    "maxAttempts": 2,
                    "initialBackoff": "0.01s",
                    "maxBackoff": "0.05s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
)


@dataclass(frozen=True)
class Answer:
    """One decision.

    `allowed` is true only when the policy clearly said so. `status` says why: ALLOWED, DENIED, …, or the gRPC status of a
    call that failed, such as UNAVAILABLE. `decision_id` is empty when no decision was made.
    """

    allowed: bool
    status: str
    reasons: list[str] = field(default_factory=list)
    obligations: dict[str, Any] = field(default_factory=dict)
    decision_id: str = ""


class PortcullisClient:
    """Asks one entrypoint. `channel_credentials` is for TLS; without it the channel is plain."""

    def __init__(self, address, *, entrypoint="", policy_set="", timeout_seconds=0.25, channel_credentials=None):
        options = [("grpc.service_config", SERVICE_CONFIG)]
        if channel_credentials is None:
            self._channel = grpc.insecure_channel(address, options)
        else:
            self._channel = grpc.secure_channel(address, channel_credentials, options)
        self._stub = rpc.DecisionServiceStub(self._channel)
        self._entrypoint = entrypoint
        self._policy_set = policy_set
        self._timeout_seconds = timeout_seconds

    def check(self, document) -> Answer:
        """Asks about one input document. Raises nothing for a call that fails."""
        try:
            request = pb.CheckRequest(question=self._question(document))
            response = self._stub.Check(request, timeout=self._timeout_seconds)
        except grpc.RpcError as error:
            return Answer(False, error.code().name)
        return _answer(response.decision) if response.HasField("decision") else Answer(False, "NO_ANSWER")

    def check_all(self, documents) -> list[Answer]:
        """Asks about many at once; all are answered by the same version of the policies."""
        try:
            request = pb.BatchCheckRequest(questions=[self._question(document) for document in documents])
            response = self._stub.BatchCheck(request, timeout=self._timeout_seconds)
        except grpc.RpcError as error:
            return [Answer(False, error.code().name) for _ in documents]
        answers = [_answer(decision) for decision in response.decisions[: len(documents)]]
        return answers + [Answer(False, "NO_ANSWER")] * (len(documents) - len(answers))

    def close(self) -> None:
        self._channel.close()

    def _question(self, document) -> pb.Question:
        return pb.Question(
            policy_set=self._policy_set, entrypoint=self._entrypoint, json=json.dumps(document).encode()
        )


def _answer(decision) -> Answer:
    return Answer(
        allowed=decision.allowed and decision.status == pb.STATUS_ALLOWED,
        status=_name(decision.status),
        reasons=list(decision.reasons),
        obligations=MessageToDict(decision.obligations),
        decision_id=decision.decision_id,
    )


def _name(status: int) -> str:
    known = status in pb.Status.values()
    return pb.Status.Name(status).removeprefix("STATUS_") if known else f"STATUS_{status}"

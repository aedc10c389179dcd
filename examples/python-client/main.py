"""Asks Portcullis about input documents, first about each by itself and then about all at once.

    python examples/python-client/main.py 127.0.0.1:9191 shop/authz/decision examples/demo/allow.json

The exit code is 1 when one of them is denied.
"""

import argparse
import json
import sys
from pathlib import Path

from portcullis_client import Answer, PortcullisClient


def say(answer: Answer) -> str:
    return "allow" if answer.allowed else "deny " + ": ".join([answer.status, *answer.reasons])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timeout-ms", type=int, default=250)
    parser.add_argument("address")
    parser.add_argument("entrypoint")
    parser.add_argument("files", nargs="+", metavar="input.json")
    args = parser.parse_args()

    documents = [json.loads(Path(file).read_text(encoding="utf-8")) for file in args.files]
    client = PortcullisClient(args.address, entrypoint=args.entrypoint, timeout_seconds=args.timeout_ms / 1000)
    for file, document in zip(args.files, documents):
        print(f"{file}: {say(client.check(document))}")
    answers = client.check_all(documents)
    print(f"all at once: {', '.join(map(say, answers))}")
    client.close()
    return 0 if all(answer.allowed for answer in answers) else 1


if __name__ == "__main__":
    sys.exit(main())

"""What the contract tests do to a Commerce environment: a client's calls, and what people do on the site and in head office."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

import requests

from sandbox import identity
from sandbox.commerce.world import World

SECRET = "a secret of the tests"
NAMESPACE = "Microsoft.Dynamics.DataEntities"
PENDING = f"B2BProspectStatus eq {NAMESPACE}.RetailB2BProspectStatus'Pending'"
Json = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One answer inside a batch."""

    status: int
    headers: dict[str, str]
    text: str


class Commerce:
    """A running environment with a client that has a good token."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.url = url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {identity.issue(SECRET, url, 'the app')}"

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(f"{self.url}/data/{path}", headers=headers, timeout=10)

    def rows(self, path: str) -> list[Json]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    def post(self, path: str, body: Json) -> requests.Response:
        return self.session.post(f"{self.url}/data/{path}", json=body, timeout=10)

    def patch(self, path: str, body: Json, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.patch(f"{self.url}/data/{path}", json=body, headers=named, timeout=10)

    def delete(self, path: str) -> requests.Response:
        return self.session.delete(f"{self.url}/data/{path}", timeout=10)

    def batch(self, *parts: str | list[str], prefer: str = "") -> list[Part]:
        """Send request texts (a list is a change set) and return the answers, change sets flattened."""
        headers = {"Content-Type": "multipart/mixed;boundary=batch_1"} | ({"Prefer": prefer} if prefer else {})
        answer = self.session.post(f"{self.url}/data/$batch", data=_multipart(parts), headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return _parts(answer)

    def people(self, method: str, path: str, body: Json | None = None) -> Json:
        answer = requests.request(method, f"{self.url}/sandbox/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def submit(self, email: str = "ann@fabrikam.example", legal_entity: str = "usmf", **form: str) -> Json:
        """Fill in the site's form."""
        filled = {"first_name": "Ann", "last_name": "Lee", "company": "Fabrikam", "country": "USA", "zip_code": "98052"} | form
        return self.people("POST", "requests", filled | {"email": email, "legal_entity": legal_entity})

    def prospect(self, email: str = "ann@fabrikam.example", legal_entity: str = "usmf", **form: str) -> Json:
        """A request that has become a prospect."""
        self.submit(email, legal_entity, **form)
        self.people("POST", "jobs/P-0001")
        made = self.people("POST", "jobs/synchronize")["prospects"][-1]
        return self.people("GET", f"prospects/{made['legal_entity']}/{made['prospect']}")

    def set_status(self, prospect: Json, status: str, **headers: str) -> requests.Response:
        return self.patch(address(prospect), {"B2BProspectStatus": status}, **headers)

    def outbox(self) -> list[Json]:
        return self.people("GET", "outbox")["mails"]

    def settings(self, **changes: object) -> None:
        self.people("POST", "settings", changes)


def address(prospect: Json) -> str:
    return f"Prospects(dataAreaId='{prospect['dataAreaId']}',ProspectId='{prospect['ProspectId']}')?cross-company=true"


def infolog(answer: requests.Response) -> str:
    """The Infolog text of a refused write."""
    return answer.json()["error"]["innererror"]["message"]


def request_text(method: str, url: str, body: str = "", content_id: str = "", **headers: str) -> str:
    """One request of a batch, with its part headers."""
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {content_id}"] if content_id else []
    lines += ["", f"{method} {url} HTTP/1.1", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body])


def _multipart(parts: tuple[str | list[str], ...]) -> bytes:
    text = ""
    for number, part in enumerate(parts):
        if isinstance(part, list):
            inner = "".join(f"--set_{number}\r\n{change}\r\n" for change in part) + f"--set_{number}--"
            part = f"Content-Type: multipart/mixed; boundary=set_{number}\r\n\r\n{inner}"
        text += f"--batch_1\r\n{part}\r\n"
    return (text + "--batch_1--\r\n").encode()


def _parts(answer: requests.Response) -> list[Part]:
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    members = [member for member in message_from_bytes(head + answer.content).walk() if not member.is_multipart()]
    return [_part(member.get_payload(decode=True).decode()) for member in members]


def _part(text: str) -> Part:
    head, _, body = text.partition("\r\n\r\n")
    status_line, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Part(int(status_line.split()[1]), headers, body.strip())

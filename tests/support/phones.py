"""What a phone takes along of an inspection and sends when there is a network again."""

import base64
from typing import Any
from uuid import UUID, uuid4


def entry(item: str = "F03", result: str = "pass", **more: Any) -> dict[str, Any]:
    """An entry as a phone keeps it."""
    note = more.pop("note", "")
    fields = {"result": result, **({"note": note} if note else {})}
    return {"id": uuid4().hex, "item": item, "fields": fields, "ago": 60, **more}


class Line:
    """Between phones and the inspection at the address `at`; `first` is who is asked as a rule."""

    at: str
    first: Any

    def pack(self, who: Any = None) -> Any:
        """What a phone takes along."""
        return (who or self.first).get(f"{self.at}/kept").json

    def sync(self, *entries: dict[str, Any], who: Any = None, **more: Any) -> list[Any]:
        """What became of each entry that a phone sends."""
        who = who or self.first
        pack = self.pack(who)
        body = {"inspection": pack.get("inspection"), "token": pack["token"], **more}
        answer = who.post(f"{self.at}/sync", json={"entries": list(entries), **body})
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return [answer.json["answers"][UUID(one["id"]).hex] for one in entries]

    def bring(self, photo: str, data: bytes, offset: int = 0) -> tuple[int, int]:
        """Send bytes of a photo, announced before; return the status and what is there."""
        tus, size = {"Tus-Resumable": "1.0.0"}, str(len(data))
        key, token = (
            base64.b64encode(words.encode()).decode() for words in (photo, self.pack()["token"])
        )
        made = self.first.post(
            f"{self.at}/files",
            headers={**tus, "Upload-Length": size, "Upload-Metadata": f"key {key},token {token}"},
        )
        sent = self.first.patch(
            made.headers["Location"],
            data=data[offset : offset + len(data) // 2 + 1],
            headers={**tus, "Upload-Offset": str(offset)},
            content_type="application/offset+octet-stream",
        )
        return sent.status_code, int(
            self.first.head(made.headers["Location"], headers=tus).headers["Upload-Offset"]
        )

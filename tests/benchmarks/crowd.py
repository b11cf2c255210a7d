"""Reporters who all send their photos at once, half by tus and half by the plain form.

A process of its own, so that it takes no time from who measures:
`python -m tests.benchmarks.crowd PORT PHOTO REPORTERS PHOTOS`. It says "filed" for each who got a
receipt.
"""

import base64
import json
import secrets
import sys
import threading
import time
from pathlib import Path

from tests.benchmarks.browser import Browser, Unexpected
from tests.support.city import PLACE, TEXT

PART = 256 * 1024
#: Somebody who reads that the files are still being cleaned presses again after so long.
PAUSE = 2.0
PATIENCE = 600.0


class Reporter(Browser):
    """One who files a report with photos."""

    def begin(self) -> None:
        self.get("/report")
        self.nonce = self.page.split('name="nonce" value="')[1].split('"')[0]
        given = {"text": TEXT, "place": PLACE, "nonce": self.nonce, "csrf_token": self.token()}
        self.post("/report", given)
        self.get("/report/evidence")

    def raw(self, method: str, path: str, body: bytes = b"", **headers: str) -> int:
        """Send a request as it is and return the status."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given["Cookie"] = f"draft={self.nonce}"
        self.connection.request(method, path, body, {**self.headers, **given})
        answer = self.connection.getresponse()
        self.body = answer.read()
        self.answer_headers = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status

    def by_tus(self, photo: bytes) -> None:
        said = {"nonce": self.nonce, "token": self.token(), "key": secrets.token_hex(16)}
        pairs = (f"{n} {base64.b64encode(v.encode()).decode()}" for n, v in said.items())
        tus = {"Tus_Resumable": "1.0.0", "Content_Type": "application/offset+octet-stream"}
        wanted = {"Upload_Length": str(len(photo)), "Upload_Metadata": ",".join(pairs)}
        if self.raw("POST", "/report/files", **tus, **wanted) != 201:
            raise Unexpected(self.body.decode())
        address, at = self.answer_headers["location"], 0
        while at < len(photo):
            part = photo[at : at + PART]
            if self.raw("PATCH", address, part, **tus, Upload_Offset=str(at)) != 204:
                raise Unexpected(self.body.decode())
            at = int(self.answer_headers["upload-offset"])

    def by_form(self, photos: list[bytes]) -> None:
        edge = secrets.token_hex(16)
        fields = {"csrf_token": self.token(), "nonce": self.nonce}
        parts = [f'name="{n}"\r\n\r\n{v}'.encode() for n, v in fields.items()]
        head = b'name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        parts += [head + photo for photo in photos]
        line = f"--{edge}\r\nContent-Disposition: form-data; ".encode()
        body = b"".join(line + part + b"\r\n" for part in parts) + f"--{edge}--\r\n".encode()
        kind = f"multipart/form-data; boundary={edge}"
        if self.raw("POST", "/report/evidence", body, Content_Type=kind) != 303:
            raise Unexpected(self.body.decode()[:300])

    def end(self) -> None:
        """Send the report: as soon as all is clean, as the page's script does."""
        deadline = time.monotonic() + PATIENCE
        self.get("/report/check")
        while self.ask("POST", "/report/send", {"csrf_token": self.token()}) == 422:
            while any(
                f["state"] == "being_cleaned"
                for f in json.loads(self.get("/report/files"))["files"]
            ):
                if time.monotonic() > deadline:
                    raise Unexpected("the photos are not cleaned")
                time.sleep(PAUSE)
            self.get("/report/check")
        if self.status != 303:
            raise Unexpected(f"POST /report/send: {self.status}")
        self.get("/report/sent")
        if "portal-receipt" not in self.page:
            raise Unexpected("no receipt")


def main() -> int:
    """Send them all at once; return 1 if one of them failed."""
    port, photo = int(sys.argv[1]), Path(sys.argv[2]).read_bytes()
    reporters, photos = int(sys.argv[3]), int(sys.argv[4])
    filed: list[int] = []

    def file(number: int) -> None:
        reporter = Reporter(port)
        reporter.begin()
        if number % 2:
            reporter.by_form([photo] * photos)
        else:
            for _photo in range(photos):
                reporter.by_tus(photo)
        reporter.end()
        filed.append(number)

    threads = [threading.Thread(target=file, args=(number,)) for number in range(reporters)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("\n".join(f"filed {number}" for number in filed))
    return 0 if len(filed) == reporters else 1


if __name__ == "__main__":
    sys.exit(main())

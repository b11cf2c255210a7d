"""A device that sends files by tus 1.0.0, as a page's script or a queue on a phone does."""

import base64
import io
import re
import secrets


def metadata(**given):
    """The header `Upload-Metadata`."""
    pairs = (
        f"{name} {base64.b64encode(text.encode()).decode()}"
        for name, text in given.items()
        if text is not None
    )
    return ",".join(pairs)


class Cut(io.BytesIO):
    """The body of a request whose line breaks after so many bytes."""

    def __init__(self, data, after):
        super().__init__(data[:after])

    def read(self, size=-1):
        data = super().read(size)
        if not data and size:
            raise ConnectionResetError
        return data

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Sender:
    """Whoever holds the nonce and the token of a form that `visitor` has open.

    Where the list of files has its own, as behind the code, it's those.
    """

    def __init__(self, visitor, page=r"/report/evidence"):
        own = re.search(r'data-nonce="(\w+)" data-token="([^"]+)"', visitor.html)
        if own:
            self.nonce, self.token = own.groups()
        else:
            fields = visitor.fields(page)[1]
            self.nonce, self.token = fields["nonce"], fields["csrf_token"]
        # No cookie: the header alone says whose draft it is.
        self.client = visitor.client.application.test_client(use_cookies=False)

    def ask(self, method, address, **headers):
        body = headers.pop("body", None)
        given = {
            "Tus-Resumable": "1.0.0",
            "Upload-Nonce": self.nonce,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        given = {name: str(value) for name, value in given.items() if value is not None}
        more = {"data": body}
        if isinstance(body, Cut):
            length = {"CONTENT_LENGTH": str(headers["Content_Length"])}
            more = {"input_stream": body, "environ_overrides": length}
        return self.client.open(address, method=method, headers=given, **more)

    def create(self, data, *, key=None, name="IMG_1.jpg", size=None, **headers):
        """Announce a file. `data` is what it holds."""
        given = {"nonce": self.nonce, "token": self.token, "key": key or secrets.token_hex(16)}
        given |= headers.pop("said", {})
        headers.setdefault(
            "Upload_Metadata", metadata(filename=name, filetype="image/jpeg", **given)
        )
        return self.ask(
            "POST",
            "/report/files?lang=en",
            Upload_Length=len(data) if size is None else size,
            **headers,
        )

    def patch(self, address, data, offset, *, cut=None, **headers):
        """Send bytes from `offset` on; `cut` is after how many the line breaks."""
        body = data if cut is None else Cut(data, cut)
        return self.ask(
            "PATCH",
            address,
            body=body,
            Upload_Offset=offset,
            Content_Length=len(data),
            **{"Content_Type": "application/offset+octet-stream", **headers},
        )

    def offset(self, address):
        answer = self.ask("HEAD", address)
        return int(answer.headers["Upload-Offset"]) if answer.status_code == 200 else None

    def send(self, data, **more):
        """Send a file whole, in parts; return its address."""
        answer = self.create(data, **more)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        address, at = answer.headers["Location"], int(answer.headers["Upload-Offset"])
        while at < len(data):
            answer = self.patch(address, data[at : at + 256 * 1024], at)
            assert answer.status_code == 204, answer.get_data(as_text=True)
            at = int(answer.headers["Upload-Offset"])
        return address

    def files(self):
        return self.ask("GET", "/report/files?lang=en").json["files"]

    def refusal(self, answer):
        """Status, reason and words of a refusal."""
        said = answer.json
        assert len(said["words"]) > 5
        return answer.status_code, said["reason"]

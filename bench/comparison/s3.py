"""The few requests to the S3 server that the bench itself makes: buckets, and what is in them.

Plain HTTP to 127.0.0.1, signed with AWS's Signature Version 4.
"""

import datetime
import hashlib
import hmac
import http.client
import urllib.parse
import xml.etree.ElementTree as tree
from dataclasses import dataclass

from .processes import Failed


@dataclass(frozen=True)
class Server:
    host: str  # name:port
    region: str
    access_key: str
    secret_key: str

    def _signature(self, day: str, text: str) -> str:
        key = ("AWS4" + self.secret_key).encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.new(key, text.encode(), "sha256").hexdigest()

    def _headers(self, method: str, path: str, query: str) -> dict[str, str]:
        moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        empty = hashlib.sha256(b"").hexdigest()
        headers = {"host": self.host, "x-amz-content-sha256": empty, "x-amz-date": moment}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        request = "\n".join([method, path, query, lines, names, empty])
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        digest = hashlib.sha256(request.encode()).hexdigest()
        signature = self._signature(
            moment[:8], "\n".join(["AWS4-HMAC-SHA256", moment, scope, digest]))
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}")
        return headers

    def _send(self, method: str, path: str, query: dict[str, str]) -> bytes:
        path = urllib.parse.quote(path)
        text = "&".join(f"{urllib.parse.quote(name, safe='')}={urllib.parse.quote(value, safe='')}"
                        for name, value in sorted(query.items()))
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path + ("?" + text if text else ""),
                               headers=self._headers(method, path, text))
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status // 100 != 2:
            raise Failed(f"{method} {path}: {answer.status} {body[:300]!r}")
        return body

    def make_bucket(self, bucket: str) -> None:
        self._send("PUT", f"/{bucket}", {})

    def objects(self, bucket: str) -> list[str]:
        names: list[str] = []
        query = {"list-type": "2", "encoding-type": "url"}
        while True:
            page = tree.fromstring(self._send("GET", f"/{bucket}", query))
            space = page.tag.partition("}")[0] + "}" if "}" in page.tag else ""
            names += [urllib.parse.unquote(key.text or "")
                      for key in page.iterfind(f"{space}Contents/{space}Key")]
            token = page.findtext(f"{space}NextContinuationToken")
            if not token:
                return names
            query["continuation-token"] = token

    def remove_bucket(self, bucket: str) -> None:
        for name in self.objects(bucket):
            self._send("DELETE", f"/{bucket}/{name}", {})
        self._send("DELETE", f"/{bucket}", {})

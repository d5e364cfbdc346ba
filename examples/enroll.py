"""Enrolls one contact, and does not give up: `python examples/enroll.py ada@example.com`.

Repeating a call is always safe; with an Idempotency-Key it is given the very same answer.
"""

import os
import sys
import time
import uuid

import httpx

URL = os.environ.get("CADENCIA_API_URL", "http://127.0.0.1:8000")
KEY = os.environ["CADENCIA_API_KEY"]


def enroll(email: str, workflow: str = "welcome-series", attempts: int = 10) -> dict[str, object]:
    consent = {"marketing": {"granted": True, "source": "sign-up form"}}
    body = {"contact": {"email": email, "consent": consent}}
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": str(uuid.uuid4())}
    with httpx.Client(base_url=URL, headers=headers, timeout=30) as http:
        for attempt in range(attempts):
            pause = min(0.2 * 2**attempt, 10.0)  # seconds
            try:
                answer = http.post(f"/v1/workflows/{workflow}/enrollments", json=body)
            except httpx.TransportError as error:
                print(f"no answer ({error}), again in {pause} s", file=sys.stderr)
            else:
                if answer.status_code not in (409, 429, 503) or "Retry-After" not in answer.headers:
                    answer.raise_for_status()
                    return dict(answer.json())
                pause = float(answer.headers["Retry-After"])
            time.sleep(pause)
    raise SystemExit(f"not enrolled after {attempts} attempts")


if __name__ == "__main__":
    print(enroll(sys.argv[1]))

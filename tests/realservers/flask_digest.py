"""An API behind Flask-HTTPAuth's digest, as its documentation sets it up: the nonce is in the session cookie.

Run by its own Python: ``python flask_digest.py PORT``.
"""

import sys

from flask import Flask
from flask_httpauth import HTTPDigestAuth

app = Flask(__name__)
app.config["SECRET_KEY"] = "known to this test"
auth = HTTPDigestAuth(qop="auth")


@auth.get_password
def password_of(user):
    return {"ada": "s3cret"}.get(user)


@app.get("/ready")
def ready():
    return "ready"


@app.route("/v1/events", methods=["GET", "POST"])
@auth.login_required
def events():
    return {"user": auth.current_user()}


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)

"""Calls the real flask-jwt-extended.

Each line of the input is a question, `{"do": name, ...arguments}`. The answer is one line of JSON. `configure` must
come first, because the other calls use an application with these options.
"""

import json
import sys
from datetime import timedelta
from importlib import metadata

from flask import Flask, Response, jsonify, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
    get_jwt,
    get_jwt_identity,
    jwt_required,
    set_access_cookies,
    set_refresh_cookies,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError


def application(options):
    app = Flask("crossover")
    app.config.update(options)
    JWTManager(app)

    def protect(path, **demands):
        @app.route(path, endpoint=path, methods=["GET", "POST"])
        @jwt_required(**demands)
        def show():
            return jsonify(identity=get_jwt_identity(), claims=get_jwt())

    protect("/access")
    protect("/fresh", fresh=True)
    protect("/refresh", refresh=True)

    @app.post("/cookies")
    def cookies():
        return Response(headers=[("Set-Cookie", field) for field in request.get_json()])

    return app


def issue(kind, identity, claims, expires_in=None, fresh=False):
    options = {"additional_claims": claims}
    if expires_in is not None:
        options["expires_delta"] = timedelta(seconds=expires_in)
    if kind == "refresh":
        return create_refresh_token(identity, **options)
    if not isinstance(fresh, bool):
        fresh = timedelta(seconds=fresh)
    return create_access_token(identity, fresh, **options)


def decode(tokens):
    return [decoded(token) for token in tokens]


def decoded(token):
    try:
        return {"Ok": decode_token(token)}
    except (JWTExtendedException, PyJWTError) as error:
        return {"Err": type(error).__name__}


def set_cookies(kind, token):
    response = Response()
    put = {"access": set_access_cookies, "refresh": set_refresh_cookies}[kind]
    put(response, token)
    return response.headers.getlist("Set-Cookie")


def send(app, method, path, headers, cookies):
    """Sends a request as a client that received these `Set-Cookie` fields before."""
    client = app.test_client()
    client.post("/cookies", json=cookies)
    answer = client.open(path, method=method, headers=headers)
    return [answer.status_code, answer.get_json()]


def main():
    app = None
    for line in sys.stdin:
        question = json.loads(line)
        match question.pop("do"):
            case "configure":
                app = application(**question)
                answer = None
            case "send":
                answer = send(app, **question)
            case "version":
                answer = metadata.version(**question)
            case name:
                with app.app_context():
                    answer = {"issue": issue, "decode": decode, "set_cookies": set_cookies}[name](**question)
        print(json.dumps(answer), flush=True)


main()

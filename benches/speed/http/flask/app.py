import os

from flask import Flask
from flask_jwt_extended import JWTManager, get_jwt_identity, jwt_required

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.environ["JWT_SECRET_KEY"]
JWTManager(app)

BODY = '{"answer":42}'


@app.get("/open")
def unguarded():
    return BODY


@app.get("/guarded")
@jwt_required()
def guarded():
    get_jwt_identity()
    return BODY

//! The steps of a scenario.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, crypto};
use jwt_core::JwtManager;
use serde_json::{Map, Value, json};

use super::Scenario;
use super::application::{Form, build, mint};
use super::expect::{matches, replace};
use crate::{Answer, Ask, Framework, Server};

struct Run {
    jwt: JwtManager,
    server: Server,
    variables: HashMap<String, String>,
    /// Cookies from earlier responses. Later requests send them, for any path or domain.
    jar: BTreeMap<String, String>,
}

/// Runs every step, and returns every response that differs.
pub(super) fn run(scenario: &Scenario, framework: &Framework, form: Form) -> Result<(), String> {
    let (jwt, app) = build(scenario, form)?;
    let variables = scenario.vars.iter().map(|(name, value)| (name.clone(), text(value)));
    let mut run =
        Run { jwt, server: framework.serve(app), variables: variables.collect(), jar: BTreeMap::new() };
    let mut differences = String::new();
    for (number, step) in scenario.steps.iter().enumerate() {
        if let Err(difference) = run.step(step) {
            let _ = write!(differences, "\n  step {number}: {difference}");
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences) }
}

impl Run {
    fn step(&mut self, step: &Value) -> Result<(), String> {
        let (name, spec) = step
            .as_object()
            .and_then(|step| step.iter().find(|(name, _)| *name != "expect"))
            .ok_or("empty step")?;
        let spec = self.resolve(spec);
        match &**name {
            "mint" => {
                let token = mint(&self.jwt, &spec)?;
                if let Some(name) = spec["save_csrf"].as_str() {
                    let claims = self.jwt.decode(&token).map_err(|error| error.to_string())?.claims();
                    self.variables.insert(name.into(), text(&claims["csrf"]));
                }
                self.set(&spec["name"], token);
            }
            "mint_raw" => {
                let token = mint_raw(&spec)?;
                self.set(&spec["name"], token);
            }
            "set" => {
                for (name, value) in spec.as_object().into_iter().flatten() {
                    self.variables.insert(name.clone(), text(value));
                }
            }
            "tamper" => {
                let token = self.tamper(&spec)?;
                self.set(&spec["name"], token);
            }
            "request" => return self.request(&spec, &step["expect"]),
            other => return Err(format!("step {other} is not supported")),
        }
        Ok(())
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for cookie in set_cookies(answer) {
            if is_deleted(&cookie) {
                self.jar.remove(cookie.name());
            } else {
                self.jar.insert(cookie.name().into(), cookie.value().into());
                self.variables.insert(format!("cookie.{}", cookie.name()), cookie.value().into());
            }
        }
    }

    fn set(&mut self, name: &Value, value: String) {
        self.variables.insert(text(name), value);
    }

    /// Replaces variables and times.
    fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(replace(text, |name| self.variables.get(name).cloned())),
            Value::Array(values) => values.iter().map(|value| self.resolve(value)).collect(),
            Value::Object(members) => match members.get("$now").and_then(Value::as_i64) {
                Some(offset) if members.len() == 1 => {
                    #[expect(clippy::cast_possible_truncation, reason = "seconds")]
                    let now = now() as i64;
                    Value::from(now + offset)
                }
                _ => members.iter().map(|(name, value)| (name.clone(), self.resolve(value))).collect(),
            },
            other => other.clone(),
        }
    }

    fn tamper(&self, spec: &Value) -> Result<String, String> {
        let token = |name: &Value| self.variables.get(&text(name)).ok_or(format!("no variable {name}"));
        let mut parts: Vec<&str> = token(&spec["token"])?.split('.').collect();
        let [_, payload, signature] = &mut *parts else {
            return Err("no token to tamper with".into());
        };
        let flipped;
        match spec["how"].as_str().unwrap_or_default() {
            "flip_signature" => {
                let first = if signature.starts_with('A') { "B" } else { "A" };
                flipped = format!("{first}{}", signature.get(1..).unwrap_or_default());
                *signature = &flipped;
            }
            "drop_signature" => {
                parts.pop();
            }
            "empty_signature" => *signature = "",
            "swap_payload" => *payload = token(&spec["with"])?.split('.').nth(1).unwrap_or_default(),
            other => return Err(format!("tampering {other} is not supported")),
        }
        Ok(parts.join("."))
    }

    fn request(&mut self, spec: &Value, expected: &Value) -> Result<(), String> {
        let mut path = text(&spec["path"]);
        if let Some(query) = spec["query"].as_object() {
            let mut encoder = form_urlencoded::Serializer::new(format!("{path}?"));
            path = encoder.extend_pairs(query.iter().map(|(name, value)| (name, text(value)))).finish();
        }
        let mut ask = Ask::new(spec["method"].as_str().unwrap_or("GET"), &path);
        let spec_has_type = spec.get("content_type").is_some();
        for (name, spec) in spec.as_object().into_iter().flatten() {
            ask = match &**name {
                "headers" => {
                    let headers = spec.as_object().into_iter().flatten();
                    headers.fold(ask, |ask, (name, value)| ask.header(name, text(value)))
                }
                "form" => {
                    let mut encoder = form_urlencoded::Serializer::new(String::new());
                    let fields = spec.as_object().into_iter().flatten();
                    let body = encoder.extend_pairs(fields.map(|(name, value)| (name, text(value)))).finish();
                    ask.header("content-type", "application/x-www-form-urlencoded").body(body)
                }
                "body" => ask.body(text(spec)),
                "content_type" => ask.header("content-type", text(spec)),
                "json" if spec_has_type => ask.body(spec.to_string()),
                "json" => ask.header("content-type", "application/json").body(spec.to_string()),
                "cookies" | "method" | "path" | "query" | "save" | "want_headers" => ask,
                other => return Err(format!("request with {other} is not supported")),
            };
        }
        let mut cookies = self.jar.clone();
        let given = spec["cookies"].as_object().into_iter().flatten();
        cookies.extend(given.map(|(name, value)| (name.clone(), text(value))));
        if !cookies.is_empty() {
            let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            ask = ask.header("cookie", pairs.join("; "));
        }
        let asked_at = now();
        let answer = self.server.ask(ask);
        self.keep_cookies(&answer);
        let body = answer.json();
        for (name, path) in spec["save"].as_object().into_iter().flatten() {
            let value = text(path).split('.').fold(&body, |here, part| &here[part]).clone();
            self.variables.insert(name.clone(), text(&value));
        }
        let got = described(&answer, &spec["want_headers"]);
        let as_expected = expected["status"] == got["status"]
            && matches(&expected["json"], &got["json"], asked_at)
            && expected.get("headers") == got.get("headers")
            && expected.get("set_cookie") == got.get("set_cookie");
        if as_expected {
            Ok(())
        } else {
            Err(format!("{}\n    want {expected}\n    got  {got}", spec["path"]))
        }
    }
}

fn set_cookies(answer: &Answer) -> Vec<cookie::Cookie<'_>> {
    let fields = answer.headers.get_all("set-cookie").iter().filter_map(|field| field.to_str().ok());
    fields.filter_map(|field| cookie::Cookie::parse(field).ok()).collect()
}

fn is_deleted(cookie: &cookie::Cookie<'_>) -> bool {
    let epoch = cookie::time::OffsetDateTime::UNIX_EPOCH;
    cookie.max_age().is_some_and(|age| age.is_zero()) || cookie.expires_datetime() == Some(epoch)
}

fn described_cookie(cookie: &cookie::Cookie<'_>) -> Value {
    let (value, deleted) = (cookie.value(), is_deleted(cookie));
    let is_uuid =
        value.len() == 36 && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let kind = match value {
        _ if deleted => "deleted",
        value if value.matches('.').count() == 2 => "jwt",
        _ if is_uuid => "uuid",
        value => value,
    };
    let age = cookie.max_age().filter(|_| !deleted).map(|age| age.whole_seconds());
    json!({
        "value": kind,
        "path": cookie.path(),
        "domain": cookie.domain(),
        "secure": cookie.secure().unwrap_or(false),
        "http_only": cookie.http_only().unwrap_or(false),
        "same_site": cookie.same_site().map(|same_site| same_site.to_string()),
        "max_age": age,
    })
}

fn described(answer: &Answer, want_headers: &Value) -> Value {
    let mut got =
        Map::from_iter([("status".into(), answer.status.as_u16().into()), ("json".into(), answer.json())]);
    if let Some(names) = want_headers.as_array().filter(|names| !names.is_empty()) {
        let field = |name: &Value| {
            let name = text(name).to_lowercase();
            let value = answer.header(&name).map(Value::from).unwrap_or_default();
            (name, value)
        };
        got.insert("headers".into(), Value::from(names.iter().map(field).collect::<Map<_, _>>()));
    }
    let cookies = set_cookies(answer);
    if !cookies.is_empty() {
        let cookies = cookies.iter().map(|cookie| (cookie.name().to_owned(), described_cookie(cookie)));
        got.insert("set_cookie".into(), Value::from(cookies.collect::<Map<_, _>>()));
    }
    Value::from(got)
}

/// Signs a token with another library: any header, any claims, any key.
fn mint_raw(spec: &Value) -> Result<String, String> {
    let algorithm = spec["alg"].as_str().unwrap_or("HS256");
    let mut header = json!({"alg": algorithm, "typ": "JWT"});
    for (name, value) in spec["header"].as_object().into_iter().flatten() {
        header[name] = value.clone();
    }
    // PyJWT omits parameters without a meaning.
    if let Value::Object(header) = &mut header {
        header.retain(|name, value| match &**name {
            "typ" => ![Value::Null, json!(""), json!(false), json!(0)].contains(value),
            "b64" => *value != json!(true),
            _ => true,
        });
    }
    let encode = |value: &Value| base64url(value.to_string().as_bytes());
    let message = format!("{}.{}", encode(&header), encode(&spec["claims"]));
    if algorithm == "none" {
        return Ok(format!("{message}."));
    }
    let key = text(&spec["key"]);
    let key = match algorithm.get(..2) {
        Some("RS" | "PS") => EncodingKey::from_rsa_pem(key.as_bytes()),
        Some("ES") => EncodingKey::from_ec_pem(key.as_bytes()),
        Some("Ed") => EncodingKey::from_ed_pem(key.as_bytes()),
        _ => Ok(EncodingKey::from_secret(key.as_bytes())),
    };
    let key = key.map_err(|error| error.to_string())?;
    let algorithm = algorithm.parse().map_err(|_| format!("algorithm {algorithm} is not supported"))?;
    let signature = crypto::sign(message.as_bytes(), &key, algorithm).map_err(|error| error.to_string())?;
    Ok(format!("{message}.{signature}"))
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

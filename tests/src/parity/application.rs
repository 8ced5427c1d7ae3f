//! The application that a scenario describes.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use jwt_core::keys::{LoadedKey, Secret, SigningKey, VerifyingKey};
use jwt_core::token::Identity;
use jwt_core::{
    Algorithm, ConfigError, ErrorHandlers, ErrorResponse, JwtManager, JwtManagerBuilder, Location, Policy,
    Refusal, SetCookies, Token, TokenError,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Scenario;
use super::config::{Given, config, location, texts};
use crate::app::json as answer;
use crate::{App, Extractor, Route, Seen};

/// How policies are attached to routes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// With a guard in front of the handler.
    Guard,
    /// With the handler's extractor, if the policy has one.
    Extractor,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct RouteSpec {
    path: String,
    #[serde(default = "get")]
    methods: Vec<String>,
    require: Option<Require>,
    reply: String,
    #[serde(default)]
    with: Map<String, Value>,
}

fn get() -> Vec<String> {
    vec!["GET".into()]
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Require {
    optional: bool,
    fresh: bool,
    refresh: bool,
    locations: Option<Value>,
    verify_type: Option<bool>,
    skip_revocation_check: bool,
}

/// The routes of the recorded application if a scenario does not list any.
fn default_routes() -> Vec<RouteSpec> {
    let any = json!(["GET", "POST", "PUT", "PATCH", "DELETE"]);
    let routes = json!([
        {"path": "/protected", "methods": any, "require": {}, "reply": "ok"},
        {"path": "/fresh", "methods": any, "require": {"fresh": true}, "reply": "ok"},
        {"path": "/refresh", "methods": any, "require": {"refresh": true}, "reply": "ok"},
        {"path": "/optional", "methods": any, "require": {"optional": true}, "reply": "identity"},
        {"path": "/any-type", "methods": any, "require": {"verify_type": false}, "reply": "ok"},
        {"path": "/identity", "require": {}, "reply": "identity"},
        {"path": "/claims", "require": {}, "reply": "claims"},
        {"path": "/header", "require": {}, "reply": "header"},
        {"path": "/location", "methods": any, "require": {}, "reply": "location"},
        {"path": "/user", "require": {}, "reply": "user"},
    ]);
    serde_json::from_value(routes).expect("routes")
}

type Revoked = Arc<Mutex<HashSet<String>>>;

/// Creates the manager and the routes.
pub(super) fn build(scenario: &Scenario, form: Form) -> Result<(JwtManager, App), String> {
    let revoked = Revoked::default();
    let jwt = manager(scenario, &revoked)?;
    let specs = scenario.routes.clone().unwrap_or_else(default_routes);
    let needs_body = needs_body(scenario, &specs);
    let routes = specs.into_iter().map(|spec| route(&jwt, &revoked, spec, form, needs_body));
    let mut app = App::new(routes.collect::<Result<Vec<_>, _>>()?);
    app.layer = needs_body.then(|| jwt.clone());
    Ok((jwt, app))
}

/// The scenario's secret or, for `$private_key` and `$public_key`, a key pair of the tests.
fn with_keys(builder: JwtManagerBuilder, given: &Given) -> Result<JwtManagerBuilder, String> {
    let told = |error: ConfigError| error.to_string();
    let Some((algorithm, private, public)) = given.algorithm.and_then(pair) else {
        return Ok(builder.secret(Secret::from(&*given.secret).insecure_placeholder_secret()));
    };
    match (given.private, given.public) {
        (true, _) => Ok(builder.key_pair(SigningKey::from_pem(algorithm, private).map_err(told)?)),
        (false, true) => Ok(builder.public_key(VerifyingKey::from_pem(algorithm, public).map_err(told)?)),
        (false, false) => Err(format!("no key for {algorithm}")),
    }
}

fn pair(algorithm: Algorithm) -> Option<(Algorithm, &'static str, &'static str)> {
    macro_rules! pem {
        ($name:literal) => {
            (
                include_str!(concat!("../../../jwt-core/tests/keys/", $name, ".pem")),
                include_str!(concat!("../../../jwt-core/tests/keys/", $name, ".pub.pem")),
            )
        };
    }
    let (private, public) = match algorithm.as_str() {
        name if name.starts_with("HS") => return None,
        "ES256" => pem!("es256"),
        "ES384" => pem!("es384"),
        "EdDSA" => pem!("ed25519"),
        _ => pem!("rs256"),
    };
    Some((algorithm, private, public))
}

fn secret_key<T>(
    make: fn(Algorithm, Secret) -> Result<T, ConfigError>,
    algorithm: Option<Algorithm>,
    spec: &Value,
) -> Option<T> {
    let secret = Secret::from(spec.as_str()?).insecure_placeholder_secret();
    make(algorithm.unwrap_or(Algorithm::HS256), secret).ok()
}

fn manager(scenario: &Scenario, revoked: &Revoked) -> Result<JwtManager, String> {
    let (config, given) = config(&scenario.config)?;
    let mut builder = with_keys(JwtManager::builder(config), &given)?;
    let algorithm = given.algorithm;
    let mut revoked_identities = Vec::new();
    for (name, spec) in scenario.loaders.clone() {
        builder = match &*name {
            "additional_claims" => builder.additional_claims_loader(move |_| spec.clone()),
            "additional_headers" => builder.additional_headers_loader(move |_| spec.clone()),
            "decode_keys_by_kid" => builder.decode_key_loader(move |token| {
                // Like the recorded application, use a key for unknown names that is long enough for any hash.
                let none = Value::from(
                    "no such key, and none that anybody has signed anything with, however long its hash",
                );
                let known = token.key_id().and_then(|id| spec.get(id)).unwrap_or(&none);
                secret_key(VerifyingKey::from_secret, algorithm, known).map(LoadedKey::own)
            }),
            "encode_keys_by_identity" => builder.encode_key_loader(move |identity| {
                secret_key(SigningKey::from_secret, algorithm, spec.get(identity.as_str()?)?)
            }),
            "users" => builder.user_lookup_loader(move |token: Token| {
                let identity = token.identity_value();
                let user = identity.as_str().and_then(|name| spec.get(name));
                let user = user.filter(|user| !user.is_null()).cloned();
                async { user }
            }),
            "verify_claim" => builder.token_verification_loader(move |token: Token| {
                let name = spec["name"].as_str().unwrap_or_default();
                let equal =
                    equal_in_python(token.claims().get(name).unwrap_or(&Value::Null), &spec["equals"]);
                async move { equal }
            }),
            "revoked_identities" => {
                revoked_identities = spec.as_array().cloned().unwrap_or_default();
                builder
            }
            _ => return Err(format!("loader {name} is not supported")),
        };
    }
    let revoked = revoked.clone();
    builder = builder.token_in_blocklist_loader(move |token: Token| {
        let ids = revoked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_revoked = token.id().is_some_and(|id| ids.contains(id))
            || revoked_identities.contains(&token.identity_value());
        async move { is_revoked }
    });
    if !scenario.handlers.is_empty() {
        builder = builder.error_handlers(Handlers(scenario.handlers.clone()));
    }
    builder.build().map_err(|error| error.to_string())
}

/// Returns whether tokens or CSRF values are accepted in a body.
fn needs_body(scenario: &Scenario, specs: &[RouteSpec]) -> bool {
    let names_json =
        |names: &Value| texts(names).is_some_and(|names| names.iter().any(|name| name == "json"));
    let config = &scenario.config;
    config.get("JWT_TOKEN_LOCATION").is_some_and(names_json)
        || config.get("JWT_CSRF_CHECK_FORM") == Some(&Value::Bool(true))
        || specs.iter().any(|spec| {
            spec.require.as_ref().and_then(|require| require.locations.as_ref()).is_some_and(names_json)
        })
}

fn route(
    jwt: &JwtManager,
    revoked: &Revoked,
    spec: RouteSpec,
    form: Form,
    needs_body: bool,
) -> Result<Route, String> {
    let methods: Result<Vec<Method>, _> = spec.methods.iter().map(|method| method.parse()).collect();
    let mut route = Route::new(&spec.path, &methods.map_err(|_| "no method".to_owned())?);
    if let Some(require) = &spec.require {
        // An extractor rejects OPTIONS without a token, but flask-jwt-extended's decorator lets it pass. A guard does
        // the same as the decorator. It is also used if no extractor has this policy.
        let preflight = spec.methods.iter().any(|method| method == "OPTIONS");
        route = match extractor(require, &spec.reply) {
            Some(extractor) if form == Form::Extractor && !preflight => {
                // The handler reads the body, so only a guard in front of it can read it first.
                let route = if needs_body { route.guarded(jwt, policy(require)?) } else { route };
                route.extracting(jwt, extractor)
            }
            _ => route.guarded(jwt, policy(require)?),
        };
    }
    let (jwt, revoked) = (jwt.clone(), revoked.clone());
    Ok(route.answering(move |seen| match respond(&jwt, &revoked, &spec, seen) {
        Ok(response) => response,
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, &Value::from(error)),
    }))
}

fn extractor(require: &Require, reply: &str) -> Option<Extractor> {
    let Require { optional, fresh, refresh, locations, verify_type, skip_revocation_check } = require;
    let verify_type = verify_type.unwrap_or(true);
    if locations.is_some() || *skip_revocation_check {
        return None;
    }
    match (optional, fresh, refresh, verify_type, reply) {
        (false, false, false, true, "user") => Some(Extractor::User),
        (_, _, _, _, "user") => None,
        (false, false, false, true, _) => Some(Extractor::Access),
        (false, true, false, true, _) => Some(Extractor::Fresh),
        (false, false, true, true, _) => Some(Extractor::Refresh),
        (false, false, false, false, _) => Some(Extractor::Any),
        (true, false, false, true, _) => Some(Extractor::Optional),
        _ => None,
    }
}

fn policy(require: &Require) -> Result<Policy, String> {
    let mut policy = match (require.verify_type.unwrap_or(true), require.refresh) {
        (false, true) => Policy::any().refresh_names(),
        (false, false) => Policy::any(),
        (true, true) => Policy::refresh(),
        (true, false) => Policy::access(),
    };
    if require.fresh {
        policy = policy.fresh();
    }
    if require.optional {
        policy = policy.optional();
    }
    if require.skip_revocation_check {
        policy = policy.skip_revocation_check();
    }
    if let Some(names) = &require.locations {
        let names = texts(names).ok_or("locations are not names")?;
        let locations: Result<Vec<Location>, _> = names.iter().map(|name| location(name)).collect();
        policy = policy.locations(Vec::leak(locations?));
    }
    Ok(policy)
}

fn respond(
    jwt: &JwtManager,
    revoked: &Revoked,
    spec: &RouteSpec,
    seen: &Seen,
) -> Result<Response<Bytes>, String> {
    let (body, fields) = match &*spec.reply {
        "set_cookies" => match set_cookies(jwt, &spec.with)? {
            Ok(fields) => (json!({"login": true}), fields),
            Err(error) => return Ok(jwt.respond(&error, &Request::new(()), &Policy::access())),
        },
        "unset_cookies" => {
            let cookies = match spec.with.get("which").and_then(Value::as_str) {
                Some("access") => jwt.unset_access_cookies(),
                Some("refresh") => jwt.unset_refresh_cookies(),
                _ => jwt.unset_cookies(),
            };
            (json!({"logout": true}), fields(cookies, &spec.with)?)
        }
        _ => (reply(jwt, revoked, spec, seen)?, Vec::new()),
    };
    let mut response = answer(StatusCode::OK, &body);
    response.headers_mut().extend(fields.into_iter().map(|field| (SET_COOKIE, field)));
    Ok(response)
}

/// Returns the cookies of each token or, if a CSRF cookie cannot be set, the same error as flask-jwt-extended.
fn set_cookies(
    jwt: &JwtManager,
    spec: &Map<String, Value>,
) -> Result<Result<Vec<HeaderValue>, TokenError>, String> {
    let mut all = Vec::new();
    for token in spec.get("tokens").and_then(Value::as_array).into_iter().flatten() {
        let text = mint(jwt, token)?;
        let cookies = match token["kind"].as_str() {
            Some("refresh") => jwt.refresh_cookies(&text),
            _ => jwt.access_cookies(&text),
        };
        let fields = fields(cookies, spec)?;
        if fields.len() > 1
            && let Err(error) = jwt.decode(&text)
        {
            return Ok(Err(error));
        }
        all.extend(fields);
    }
    Ok(Ok(all))
}

fn fields(mut cookies: SetCookies<'_>, spec: &Map<String, Value>) -> Result<Vec<HeaderValue>, String> {
    if let Some(age) = spec.get("max_age").and_then(Value::as_u64) {
        cookies = cookies.max_age(Duration::from_secs(age));
    }
    if let Some(domain) = spec.get("domain").and_then(Value::as_str) {
        cookies = cookies.domain(domain);
    }
    cookies.fields().map_err(|error| error.to_string())
}

fn reply(jwt: &JwtManager, revoked: &Revoked, spec: &RouteSpec, seen: &Seen) -> Result<Value, String> {
    let token = seen.token.as_ref();
    Ok(match &*spec.reply {
        "ok" => json!({"foo": "bar"}),
        "identity" => json!({"identity": token.map(Token::identity_value)}),
        "claims" => Value::from(token.map(Token::claims).unwrap_or_default()),
        "header" => Value::from(token.map(Token::header).unwrap_or_default()),
        "location" => json!({"location": token.and_then(Token::location).map(Location::as_str)}),
        "user" => json!({"user": seen.user.as_deref()}),
        "tokens" => {
            let tokens =
                spec.with.iter().map(|(name, spec)| Ok((name.clone(), Value::from(mint(jwt, spec)?))));
            Value::from(tokens.collect::<Result<Map<_, _>, String>>()?)
        }
        "revoke" => {
            let id = token.and_then(Token::id).ok_or("nothing to revoke")?;
            revoked.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
            json!({"revoked": true})
        }
        "refresh" => {
            let identity = token.map(Token::identity_value).ok_or("no identity to refresh")?;
            json!({"access_token": jwt.access_token(Identity::value(identity)).encode().map_err(|error| error.to_string())?})
        }
        other => return Err(format!("reply {other} is not supported")),
    })
}

/// Issues a token as a step or a route describes it.
pub(super) fn mint(jwt: &JwtManager, spec: &Value) -> Result<String, String> {
    let identity = &spec["identity"];
    let mut builder = match spec["kind"].as_str() {
        Some("refresh") => jwt.refresh_token(Identity::value(identity)),
        None | Some("access") => jwt.access_token(Identity::value(identity)),
        Some(other) => return Err(format!("kind {other} is not supported")),
    };
    builder = match &spec["fresh"] {
        Value::Bool(true) => builder.fresh(),
        Value::Number(seconds) => builder.fresh_until(from_now(seconds.as_f64().unwrap_or_default())?),
        _ => builder,
    };
    builder = match spec.get("expires_in") {
        None => builder,
        Some(Value::Null) => builder.insecure_never_expires(),
        Some(seconds) => builder.expires_at(from_now(seconds.as_f64().ok_or("expires_in is not a number")?)?),
    };
    if let Some(claims) = spec.get("claims") {
        builder = builder.claims(claims);
    }
    if let Some(headers) = spec.get("headers") {
        builder = builder.headers(headers);
    }
    builder.encode().map_err(|error| error.to_string())
}

fn from_now(seconds: f64) -> Result<SystemTime, String> {
    let distance = Duration::try_from_secs_f64(seconds.abs()).map_err(|error| error.to_string())?;
    let now = SystemTime::now();
    Ok(if seconds < 0.0 { now - distance } else { now + distance })
}

/// Custom responses by handler name.
struct Handlers(Map<String, Value>);

impl Handlers {
    fn answer(&self, name: &str, refusal: &Refusal<'_>) -> ErrorResponse {
        let Some(spec) = self.0.get(name) else {
            return refusal.default_response();
        };
        let scope = json!({
            "reason": refusal.reason(),
            "header": refusal.token().map(Token::header),
            "claims": refusal.token().map(Token::claims),
        });
        let body = Bytes::from(fill(&spec["body"], &scope).to_string());
        let status =
            spec["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
        let mut response = Response::builder().status(status).header("content-type", "application/json");
        for (name, value) in spec["headers"].as_object().into_iter().flatten() {
            let name: HeaderName = name.parse().expect("a header name");
            response = response
                .header(name, HeaderValue::try_from(value.as_str().unwrap_or_default()).expect("a value"));
        }
        response.body(body).expect("an answer").into()
    }
}

impl ErrorHandlers for Handlers {
    fn unauthorized(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.answer("unauthorized", refusal)
    }

    fn invalid_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.answer("invalid_token", refusal)
    }

    fn expired_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.answer("expired_token", refusal)
    }

    fn revoked_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.answer("revoked_token", refusal)
    }

    fn needs_fresh_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.answer("needs_fresh_token", refusal)
    }

    fn token_verification_failed(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.answer("token_verification_failed", refusal)
    }

    fn user_lookup_error(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.answer("user_lookup_error", refusal)
    }
}

/// Compares as the recorded Python loader does: `1`, `1.0`, and `True` are equal.
fn equal_in_python(one: &Value, other: &Value) -> bool {
    let number =
        |value: &Value| value.as_bool().map(|bool| f64::from(u8::from(bool))).or_else(|| value.as_f64());
    one == other || number(one).is_some_and(|one| number(other) == Some(one))
}

/// Replaces `${reason}`, `${header.x}`, and `${claims.x}` in a body.
fn fill(template: &Value, scope: &Value) -> Value {
    match template {
        Value::String(text) => Value::from(super::expect::replace(text, |name| {
            let value = name.split('.').try_fold(scope, |here, part| here.get(part))?;
            Some(match value {
                Value::String(text) => text.clone(),
                // Write them as Python does.
                Value::Bool(true) => "True".into(),
                Value::Bool(false) => "False".into(),
                Value::Null => "None".into(),
                other => other.to_string(),
            })
        })),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), fill(value, scope))).collect()
        }
        other => other.clone(),
    }
}

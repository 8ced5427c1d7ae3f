//! Converts values to the arguments of setters.

use std::time::Duration;

use serde_json::Value;

use crate::authority::Table;
use crate::{Algorithm, AuthorityClaim, Config, CookieScope, Location, NoStore, SameSite};

/// A setter, by the type of its argument.
pub(super) enum Setter {
    Flag(fn(Config, bool) -> Config),
    Text(fn(Config, String) -> Config),
    /// `None` is null or an empty string.
    TextOrNone(fn(Config, Option<String>) -> Config),
    Texts(fn(Config, Vec<String>) -> Config),
    /// A single string means a list of one. `None` is null.
    OneOrMore(fn(Config, Option<Vec<String>>) -> Config),
    /// `None` is false: tokens never expire.
    Lifetime(fn(Config, Option<Duration>) -> Config),
    Seconds(fn(Config, Duration) -> Config),
    Bytes(fn(Config, usize) -> Config),
    Count(fn(Config, usize) -> Config),
    Algorithm(fn(Config, Algorithm) -> Config),
    /// Null is an empty list.
    Algorithms(fn(Config, Vec<Algorithm>) -> Config),
    /// A single name means a list of one.
    Locations(fn(Config, Vec<Location>) -> Config),
    SameSite(fn(Config, Option<SameSite>) -> Config),
    /// A list of objects with a `domain` and a `path`, each of which can be left out.
    Scopes(fn(Config, Vec<CookieScope>) -> Config),
    NoStore(fn(Config, NoStore) -> Config),
    /// A list of objects with a `claim`, a `prefix`, and `member_names`. The last two can be left out.
    Authorities(fn(Config, Vec<AuthorityClaim>) -> Config),
    /// An object whose values are lists of strings. A single string means a list of one.
    Hierarchy(fn(Config, Table) -> Config),
}

impl Setter {
    /// Returns `None` if the setter does not accept the value.
    pub(super) fn set(&self, config: Config, value: &Value) -> Option<Config> {
        Some(match self {
            Self::Flag(set) => set(config, value.as_bool()?),
            Self::Text(set) => set(config, text(value)?),
            Self::TextOrNone(set) if value.is_null() => set(config, None),
            Self::TextOrNone(set) => set(config, Some(text(value)?).filter(|text| !text.is_empty())),
            Self::Texts(set) => set(config, list(value, text)?),
            Self::OneOrMore(set) if value.is_null() => set(config, None),
            Self::OneOrMore(set) => set(config, Some(one_or_more(value, text)?)),
            Self::Lifetime(set) if *value == Value::Bool(false) => set(config, None),
            Self::Lifetime(set) => set(config, Some(seconds(value)?)),
            Self::Seconds(set) => set(config, seconds(value)?),
            Self::Bytes(set) | Self::Count(set) => set(config, usize::try_from(value.as_u64()?).ok()?),
            Self::Algorithm(set) => set(config, algorithm(value)?),
            Self::Algorithms(set) if value.is_null() => set(config, Vec::new()),
            Self::Algorithms(set) => set(config, list(value, algorithm)?),
            Self::Locations(set) => set(config, one_or_more(value, location)?),
            Self::SameSite(set) if value.is_null() => set(config, None),
            Self::SameSite(set) => set(config, Some(same_site(value)?)),
            Self::Scopes(set) => set(config, list(value, scope)?),
            Self::NoStore(set) => set(config, no_store(value)?),
            Self::Authorities(set) => set(config, list(value, authority_claim)?),
            Self::Hierarchy(set) => set(config, table(value)?),
        })
    }

    /// Describes the accepted values. It follows "write".
    pub(super) const fn takes(&self) -> &'static str {
        match self {
            Self::Flag(_) => "true or false",
            Self::Text(_) => "a string",
            Self::TextOrNone(_) => "a string, or null for none",
            Self::Texts(_) => "a list of strings",
            Self::OneOrMore(_) => "a string or a list of strings, or null for none",
            Self::Lifetime(_) => "seconds, such as 900, or false for tokens that never expire",
            Self::Seconds(_) => "seconds, such as 5 or 0.5",
            Self::Bytes(_) => "a number of bytes, such as 16384",
            Self::Count(_) => "a whole number, such as 100",
            Self::Algorithm(_) => {
                "one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA"
            }
            Self::Algorithms(_) => {
                "a list of algorithms such as [\"RS256\", \"PS256\"], or null for the one that signs"
            }
            Self::Locations(_) => {
                "one of headers, cookies, query_string, json, and websocket_protocol, or a list of them"
            }
            Self::SameSite(_) => "Strict, Lax, or None, or null to leave it to the browser",
            Self::Scopes(_) => {
                "a list such as [{\"domain\": \"example.com\", \"path\": \"/\"}, {\"path\": \"/api\"}]"
            }
            Self::NoStore(_) => "one of never, cookie_and_query, and always",
            Self::Hierarchy(_) => "an object such as {\"admin\": [\"write\"], \"write\": [\"read\"]}",
            Self::Authorities(_) => {
                "a list such as [{\"claim\": \"scope\"}, {\"claim\": [\"realm_access\", \"roles\"], \"prefix\": \"role:\"}]"
            }
        }
    }

    /// The error for a rejected `value`, and its fix. It names the type of the value, not the value.
    pub(super) fn problem(&self, value: &Value) -> String {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "this bool",
            Value::Number(_) => "this number",
            Value::String(_) => "this string",
            Value::Array(_) => "this list",
            Value::Object(_) => "this object",
        };
        format!("cannot be {found}: write {}", self.takes())
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(Into::into)
}

fn seconds(value: &Value) -> Option<Duration> {
    match value.as_u64() {
        Some(whole) => Some(Duration::from_secs(whole)),
        None => Duration::try_from_secs_f64(value.as_f64()?).ok(),
    }
}

fn algorithm(value: &Value) -> Option<Algorithm> {
    value.as_str()?.parse().ok()
}

fn location(value: &Value) -> Option<Location> {
    let name = value.as_str()?;
    let all = [
        Location::Header,
        Location::Cookie,
        Location::QueryString,
        Location::Json,
        Location::WebSocketProtocol,
    ];
    all.into_iter().find(|location| location.as_str() == name)
}

fn same_site(value: &Value) -> Option<SameSite> {
    match value.as_str()? {
        "Strict" => Some(SameSite::Strict),
        "Lax" => Some(SameSite::Lax),
        "None" => Some(SameSite::None),
        _ => None,
    }
}

fn scope(value: &Value) -> Option<CookieScope> {
    let object = value.as_object()?;
    if object.keys().any(|key| key != "domain" && key != "path") {
        return None;
    }
    let scope = match object.get("domain") {
        None | Some(Value::Null) => CookieScope::host_only(),
        Some(domain) => CookieScope::domain(text(domain)?),
    };
    Some(match object.get("path") {
        None => scope,
        Some(path) => scope.path(text(path)?),
    })
}

fn no_store(value: &Value) -> Option<NoStore> {
    match value.as_str()? {
        "never" => Some(NoStore::Never),
        "cookie_and_query" => Some(NoStore::CookieAndQuery),
        "always" => Some(NoStore::Always),
        _ => None,
    }
}

fn authority_claim(value: &Value) -> Option<AuthorityClaim> {
    let object = value.as_object()?;
    if object.keys().any(|key| !["claim", "prefix", "member_names"].contains(&key.as_str())) {
        return None;
    }
    let mut claim = AuthorityClaim::nested(one_or_more(object.get("claim")?, text)?);
    if let Some(prefix) = object.get("prefix") {
        claim = claim.prefix(text(prefix)?);
    }
    let member_names = object.get("member_names").map_or(Some(false), Value::as_bool)?;
    Some(if member_names { claim.member_names() } else { claim })
}

fn table(value: &Value) -> Option<Table> {
    let entries = value.as_object()?.iter();
    entries.map(|(name, included)| Some((name.clone(), one_or_more(included, text)?))).collect()
}

fn list<T>(value: &Value, one: fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(one).collect()
}

fn one_or_more<T>(value: &Value, one: fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    if value.is_string() { Some(vec![one(value)?]) } else { list(value, one) }
}

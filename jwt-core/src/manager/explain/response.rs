//! The response to a client, as an operator sees it: without the identity of the token.

use bytes::Bytes;
use http::Response;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use serde_json::Value;

use super::text;

/// Values that must not be shown. The error handlers of the application can put them into a response.
#[derive(Default)]
pub(super) struct Hidden(Vec<String>);

impl Hidden {
    /// Adds the texts and numbers in a claim.
    pub(super) fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add_text(text),
            Value::Number(number) => self.add_text(&number.to_string()),
            Value::Array(values) => values.iter().for_each(|value| self.add(value)),
            Value::Object(members) => members.values().for_each(|value| self.add(value)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Adds a text. Every text contains the empty one.
    pub(super) fn add_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.0.push(text.to_owned());
            let json = Value::from(text).to_string();
            self.0.extend(json.get(1..json.len().saturating_sub(1)).map(str::to_owned));
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.0.iter().any(|value| text.contains(&**value))
    }
}

/// The challenges and the body of a response, one line each. A line that differs from the response to an `other` token, or
/// that contains a hidden value, says so instead. Without the other response, every line can differ.
pub(super) fn lines(
    response: &Response<Bytes>,
    other: Option<&Response<Bytes>>,
    hidden: &Hidden,
) -> Vec<String> {
    let shown = |of: &str, bytes: &[u8], is_same: bool| {
        if !is_same {
            format!("{of}not shown, because it can depend on the token")
        } else if hidden.is_in(&String::from_utf8_lossy(bytes)) {
            format!("{of}not shown, because it contains the identity, jti, sid, or csrf of the token")
        } else {
            format!("{of}{}", text::excerpt(bytes))
        }
    };
    let challenges = |response: &Response<Bytes>| -> Vec<HeaderValue> {
        response.headers().get_all(WWW_AUTHENTICATE).into_iter().cloned().collect()
    };
    let (all, body) = (challenges(response), response.body());
    let same_challenges = other.is_some_and(|other| challenges(other) == all);
    let same_body = other.is_some_and(|other| other.body() == body);
    let body = (!body.is_empty()).then(|| shown("", body, same_body));
    let all = all.iter().map(|challenge| shown("WWW-Authenticate: ", challenge.as_bytes(), same_challenges));
    all.chain(body).collect()
}

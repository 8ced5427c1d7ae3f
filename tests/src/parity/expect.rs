//! Compares a response with the recorded one.

use serde_json::Value;

/// How far a time may differ from the recorded one, in seconds. The recordings are rounded to minutes.
const TOLERANCE: f64 = 60.0;

/// Returns whether a body matches the recorded one. `$uuid4`, `$jwt`, `$text`, and `{"$now": n}` stand for values that
/// differ between runs.
pub(super) fn matches(expected: &Value, actual: &Value, now: f64) -> bool {
    match (expected, actual) {
        (Value::String(pattern), Value::String(text)) => match &**pattern {
            "$uuid4" => is_uuid4(text),
            "$jwt" => text.starts_with("eyJ") && text.split('.').count() == 3,
            "$text" => true,
            pattern => pattern == text,
        },
        (Value::Object(pattern), Value::Number(number)) if pattern.len() == 1 => {
            let offset = pattern.get("$now").and_then(Value::as_f64);
            let number = number.as_f64().unwrap_or(f64::NAN);
            offset.is_some_and(|offset| (number - now - offset).abs() <= TOLERANCE)
        }
        (Value::Object(expected), Value::Object(actual)) => {
            expected.len() == actual.len()
                && expected.iter().all(|(name, expected)| {
                    actual.get(name).is_some_and(|actual| matches(expected, actual, now))
                })
        }
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len()
                && expected.iter().zip(actual).all(|(expected, actual)| matches(expected, actual, now))
        }
        (Value::Number(expected), Value::Number(actual)) => expected.as_f64() == actual.as_f64(),
        (expected, actual) => expected == actual,
    }
}

fn is_uuid4(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let hexadecimal = |group: &&str| group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(hexadecimal)
        && groups[2].starts_with('4')
        && groups[3].starts_with(['8', '9', 'a', 'b'])
}

/// Replaces every `${name}` for which `value` returns a value.
pub(super) fn replace(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = next_variable(rest) {
        replaced.push_str(before);
        replaced.push_str(&value(name).unwrap_or_else(|| format!("${{{name}}}")));
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

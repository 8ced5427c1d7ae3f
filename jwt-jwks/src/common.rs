//! Sets that several tenants share.

use serde_json::Value;

/// Removes the keys that are for a single issuer from a JWK set that all tenants share. Returns `None` if no key
/// remains, or if it is not a set.
///
/// Microsoft's keys have a member `issuer`, which is a template such as `https://login.example/{tenantid}/v2.0`, or the
/// name of the only issuer that signs with the key. Such a key must not verify the tokens of others.
pub(crate) fn keys_of_all_tenants(json: &str) -> Option<String> {
    let mut set: Value = serde_json::from_str(json).ok()?;
    let keys = set.get_mut("keys")?.as_array_mut()?;
    let all = keys.len();
    keys.retain(|key| match key.get("issuer") {
        None | Some(Value::Null) => true,
        Some(issuer) => issuer.as_str().is_some_and(|issuer| issuer.contains('{')),
    });
    if keys.len() < all {
        tracing::debug!(
            skipped = all.saturating_sub(keys.len()),
            "keys for a single issuer were skipped, because all tenants share the set"
        );
    }
    // The text that was read before could mean something else to the next reader.
    (!keys.is_empty()).then(|| set.to_string())
}

#[cfg(test)]
mod tests {
    use super::keys_of_all_tenants;

    #[test]
    fn keys_for_a_single_issuer_are_removed() {
        let template = r#"{"issuer":"https://login.example/{tenantid}/v2.0","kid":"a"}"#;
        let single = r#"{"issuer":"https://login.example/1/v2.0","kid":"b"}"#;
        let (absent, null) = (r#"{"kid":"c"}"#, r#"{"issuer":null}"#);
        let set = |keys: &[&str]| format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        assert_eq!(keys_of_all_tenants(&set(&[template, single, absent])), Some(set(&[template, absent])));
        assert_eq!(keys_of_all_tenants(&set(&[null])), Some(set(&[null])));
        for none in [&[][..], &[single], &[r#"{"issuer":7}"#], &[r#"{"issuer":["{"]}"#]] {
            assert_eq!(keys_of_all_tenants(&set(none)), None);
        }
        for no_set in ["", "{", "[]", "{}", r#"{"keys":{}}"#, template] {
            assert_eq!(keys_of_all_tenants(no_set), None);
        }
    }
}

//! Discovery documents: OpenID Connect Discovery 1.0, section 4, and RFC 8414, section 3.

use serde::Deserialize;
use url::Url;

use crate::error::{FetchError, FetchErrorKind, shown, shown_address};

#[derive(Deserialize)]
struct Document {
    issuer: Option<String>,
    jwks_uri: Option<String>,
}

/// The addresses that an issuer's document can have, in the order in which they are tried.
///
/// A slash at the end of the issuer is removed for this purpose only (OpenID Connect Discovery 1.0, 4.1).
pub(crate) fn addresses(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().strip_suffix('/').unwrap_or(issuer.path());
    let forms = [
        format!("{path}/.well-known/openid-configuration"),
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
    ];
    let mut addresses = Vec::with_capacity(forms.len());
    for form in forms {
        let mut address = issuer.clone();
        address.set_path(&form);
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

/// Reads the address of the keys from a document, which must be that of the issuer.
pub(crate) fn jwks_uri(issuer: &str, address: &str, body: &[u8]) -> Result<String, FetchError> {
    let Ok(document) = serde_json::from_slice::<Document>(body) else {
        return Err(FetchError::document(
            address,
            "is not a discovery document in JSON: check that the issuer is spelled as its provider spells it",
        ));
    };
    let Some(found) = document.issuer else {
        return Err(FetchError::document(address, "has no issuer: check that it is a discovery document"));
    };
    if found != issuer {
        return Err(wrong_issuer(issuer, address, &found));
    }
    document.jwks_uri.ok_or_else(|| {
        FetchError::document(address, "has no jwks_uri: use RemoteIssuer::jwks with the address of the keys")
    })
}

fn wrong_issuer(issuer: &str, address: &str, found: &str) -> FetchError {
    let bare = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
    let advice = if found == format!("{issuer}/") {
        ", with a trailing slash: configure exactly this name"
    } else if issuer == format!("{found}/") {
        ", without a trailing slash: configure exactly this name"
    } else if bare(found).eq_ignore_ascii_case(&bare(issuer)) {
        ": the two differ in upper and lower case: configure exactly what the document says"
    } else if found.contains('{') {
        ": the document is for all tenants: configure one tenant, or use RemoteIssuer::tenants"
    } else if found.split_once("://").map(|(_, rest)| rest) == issuer.split_once("://").map(|(_, rest)| rest)
    {
        ": the two differ in the scheme: configure exactly what the document says, or fix the public address of the \
         provider"
    } else {
        ": configure exactly what the document says if that is your issuer, or the address of the right one"
    };
    let text = format!(
        "the issuer is configured as \"{}\", but the document at {} says \"{}\"{advice}",
        shown(issuer),
        shown_address(address),
        shown(found)
    );
    FetchError::new(FetchErrorKind::Issuer, text)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{addresses, jwks_uri};

    fn of(issuer: &str) -> Vec<String> {
        addresses(&Url::parse(issuer).unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_three_forms_are_tried() {
        assert_eq!(
            of("https://id.example/realms/a"),
            [
                "https://id.example/realms/a/.well-known/openid-configuration",
                "https://id.example/.well-known/oauth-authorization-server/realms/a",
                "https://id.example/.well-known/openid-configuration/realms/a",
            ]
        );
        assert_eq!(of("https://id.example/realms/a/"), of("https://id.example/realms/a"));
        assert_eq!(
            of("https://id.example"),
            [
                "https://id.example/.well-known/openid-configuration",
                "https://id.example/.well-known/oauth-authorization-server",
            ]
        );
        assert_eq!(of("https://id.example/"), of("https://id.example"));
    }

    #[test]
    fn the_error_says_how_to_spell_the_issuer() {
        let error = |issuer, document: &str| {
            jwks_uri(issuer, "https://a.example/x", document.as_bytes()).unwrap_err()
        };
        let slash =
            error("https://a.example", r#"{"issuer":"https://a.example/","jwks_uri":"https://a.example/k"}"#);
        assert!(slash.to_string().contains("with a trailing slash: configure exactly this name"), "{slash}");
        let slash = error("https://a.example/", r#"{"issuer":"https://a.example"}"#);
        assert!(
            slash.to_string().contains("without a trailing slash: configure exactly this name"),
            "{slash}"
        );
        let case = error("https://a.example/A", r#"{"issuer":"https://a.example/a"}"#);
        assert!(case.to_string().contains("upper and lower case"), "{case}");
        let scheme = error("https://a.example", r#"{"issuer":"http://a.example"}"#);
        assert!(scheme.to_string().contains("scheme"), "{scheme}");
        let tenants = error("https://a.example", r#"{"issuer":"https://a.example/{tenantid}"}"#);
        assert!(tenants.to_string().contains("tenants"), "{tenants}");
        let long = format!("https://a.example/\n{}", "é".repeat(1000));
        let long = error("https://a.example", &serde_json::json!({ "issuer": long }).to_string()).to_string();
        assert!(!long.contains('\n') && long.chars().count() < 500, "{long}");
    }
}

//! Configurations whose cookies browsers drop were accepted.

use jwt_core::{Config, JwtManager, Location, SameSite};

use crate::Attack;
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "B5",
    tried: "SameSite=None without Secure, and cookies that break the promise of their prefix",
    on: "configuration",
    run,
};

/// The same for the report of another system.
pub(crate) const R9: Attack = Attack { name: "R9", ..ATTACK };

fn why(config: Config) -> String {
    crate::count_try();
    match JwtManager::builder(config.token_location([Location::Cookie])).secret(SECRET).build() {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

fn run() {
    let config = Config::default;
    let none = || config().cookie_same_site(SameSite::None);
    assert_eq!(why(none()), "");
    let told = why(none().cookie_secure(false));
    assert!(told.starts_with("cookie_same_site ") && told.contains("cookie_secure(true)"), "{told}");
    assert_eq!(why(none().cookie_secure(false).insecure_same_site_none(true)), "");
    let flask = Config::flask_compatible().cookie_same_site(SameSite::None);
    assert_eq!(why(flask.clone()), "", "a recorded scenario");
    assert_ne!(why(flask.insecure_same_site_none(false)), "");

    for prefix in ["__Secure-", "__Host-", "__Http-", "__Host-Http-"] {
        for prefix in [prefix.to_owned(), prefix.to_lowercase(), prefix.to_uppercase()] {
            let is_host = prefix.to_lowercase().starts_with("__host-");
            let is_http = prefix.to_lowercase().contains("http-");
            let name = format!("{prefix}a");
            for (option, named) in [
                ("access_cookie_name", config().access_cookie_name(&*name)),
                ("refresh_cookie_name", config().refresh_cookie_name(&*name)),
                ("access_csrf_cookie_name", config().access_csrf_cookie_name(&*name)),
                ("refresh_csrf_cookie_name", config().refresh_csrf_cookie_name(&*name)),
            ] {
                let refused = |told: String| {
                    assert!(told.starts_with(&format!("{option} starts with __")), "{name}: {told}");
                };
                let is_csrf = option.contains("csrf");
                if is_csrf && is_http {
                    refused(why(named));
                    continue;
                }
                assert_eq!(why(named.clone()), "", "{option} {name}");
                refused(why(named.clone().cookie_secure(false)));
                let domain = why(named.clone().cookie_domain("example.com"));
                let path = why(match option {
                    "access_cookie_name" => named.access_cookie_path("/a"),
                    "refresh_cookie_name" => named.refresh_cookie_path("/a"),
                    "access_csrf_cookie_name" => named.access_csrf_cookie_path("/a"),
                    _ => named.refresh_csrf_cookie_path("/a"),
                });
                if is_host {
                    refused(domain);
                    refused(path);
                } else {
                    assert_eq!((domain, path), (String::new(), String::new()), "{option} {name}");
                }
            }
        }
    }
    // Scopes that cannot be.
    for (domain, path) in [
        ("http://example.com", "/"),
        ("*.example.com", "/"),
        ("a..b", "/"),
        ("exa mple.com", "/"),
        ("bücher.example", "/"),
        (".", "/"),
        ("example.com", "api"),
        ("example.com", ""),
        ("", &*format!("/{}", "a".repeat(1024))),
        // The current one.
        ("", "/"),
    ] {
        let told = why(config().former_cookie_scopes([(domain, path)]));
        assert!(told.starts_with("former_cookie_scopes "), "{domain} {path}: {told}");
    }
    let told = why(config().access_cookie_name("__Host-a").former_cookie_scopes([("example.com", "/")]));
    assert!(told.starts_with("former_cookie_scopes ") && told.contains("__Host-"), "{told}");
    assert!(!why(config().former_cookie_scopes([("", "/a"); 9])).is_empty());
    assert_eq!(why(config().former_cookie_scopes([(".example.com:80", "/"), ("", "/a")])), "");
}

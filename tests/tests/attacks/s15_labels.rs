//! Labels that a client chooses: long ones fill the store, and control characters change how a list looks.

use futures_util::FutureExt as _;
use jwt_core::{Config, JwtManager};
use jwt_tests::{Ask, Route, Verb};

use crate::Attack;
use crate::site::{Setup, set_cookies};
use crate::stores::on_every_store;

pub(crate) const ATTACK: Attack = Attack {
    name: "S15",
    tried: "labels of 64 KiB, with control characters, with NUL, and with overrides of the direction of text",
    on: "axum, actix-web, warp; memory, SQLite, PostgreSQL, Redis, Replicated",
    run,
};

fn labels() -> [String; 6] {
    [
        "x".repeat(64 * 1024),
        "\u{1f600}".repeat(16 * 1024),
        "phone\r\nSet-Cookie: a=b".to_owned(),
        "\u{1b}]0;title\u{7}".to_owned(),
        "NUL \0".to_owned(),
        "phone \u{202e}edispu".to_owned(),
    ]
}

fn assert_harmless(label: &str) {
    assert!(label.chars().count() <= 200, "{} characters", label.chars().count());
    let is_harmful = |one: char| one.is_control() || ('\u{202a}'..='\u{202e}').contains(&one);
    assert!(!label.contains(is_harmful), "{label:?}");
}

fn on_every_framework(rejects: bool) {
    let setup = Setup::new().config(|config| config.reject_invalid_labels(rejects));
    let setup = setup.routes(|jwt, _| vec![Route::post("/labeled").answering_auth(jwt, Verb::LoginLabeled)]);
    setup.on_every_site(|site| {
        let sessions = || site.jwt.list_sessions("alice").now_or_never().unwrap().unwrap();
        for label in labels() {
            let answer = site.ask(Ask::new("POST", "/labeled").body(label));
            if rejects {
                assert_eq!(answer.status, 400);
                let text = r#"{"msg":"Session label is too long or contains control characters"}"#;
                assert_eq!(answer.text(), text);
                assert!(set_cookies(&answer).is_empty());
            } else {
                assert_eq!(answer.status, 200);
            }
        }
        let stored = sessions();
        assert_eq!(stored.len(), if rejects { 0 } else { labels().len() });
        stored.iter().for_each(|session| assert_harmless(session.label.as_deref().unwrap()));
        assert_eq!(site.ask(Ask::new("POST", "/labeled").body("phone")).status, 200);
        assert!(sessions().iter().any(|session| session.label.as_deref() == Some("phone")));
    });
}

async fn on(name: &str, jwt: &JwtManager) {
    for label in labels() {
        crate::count_try();
        let started = jwt.log_in("alice").label(label).await;
        assert!(started.is_ok(), "{name}: {}", started.unwrap_err());
    }
    let stored = jwt.list_sessions("alice").await.unwrap();
    assert_eq!(stored.len(), labels().len(), "{name}");
    stored.iter().for_each(|session| assert_harmless(session.label.as_deref().unwrap()));
}

fn run() {
    on_every_framework(false);
    on_every_framework(true);
    on_every_store(|store, runtime| {
        let (jwt, ..) = store.manager(Config::default());
        runtime.block_on(on(store.name, &jwt));
    });
}

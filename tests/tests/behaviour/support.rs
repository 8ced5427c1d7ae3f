use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use jwt_core::{Config, JwtManager, JwtManagerBuilder};
use jwt_tests::{App, Ask, EVERY, Framework, Server};

pub(crate) const SECRET: &str = "JD2aSJd7n2Khd9fsuUeRSeZ5JHY0i9Lo7f3VLFfRgyj3gXEyyxWslqCwTXjtqR1fQxstS98V";

pub(crate) fn builder() -> JwtManagerBuilder {
    JwtManager::builder(Config::default()).secret(SECRET)
}

pub(crate) fn manager() -> JwtManager {
    builder().build().unwrap()
}

/// Runs the test on every framework, each with its own server.
pub(crate) fn on_every(app: impl Fn() -> App, test: impl Fn(&Server, &Framework)) {
    for framework in EVERY {
        test(&framework.serve(app()), &framework);
    }
}

/// A token signed with another library.
pub(crate) fn signed(header: &str, payload: &str) -> String {
    signed_with(SECRET, header, payload)
}

/// The same with the secret of another issuer.
pub(crate) fn signed_with(secret: &str, header: &str, payload: &str) -> String {
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", encode(header), encode(payload));
    let key = EncodingKey::from_secret(secret.as_bytes());
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

pub(crate) fn expired(jwt: &JwtManager) -> String {
    let past = SystemTime::now() - Duration::from_secs(60);
    jwt.access_token("alice").expires_at(past).encode().unwrap()
}

pub(crate) fn get(token: &str) -> Ask {
    Ask::get("/").bearer(token)
}

/// A clock that counts how often it is read, which is once for each verified signature.
pub(crate) fn counting_clock() -> (Arc<AtomicUsize>, impl Fn() -> SystemTime + Send + Sync + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    (count, move || {
        counted.fetch_add(1, Ordering::SeqCst);
        SystemTime::now()
    })
}

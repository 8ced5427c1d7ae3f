//! Logs tell the author how to fix a problem, and never contain any part of a token.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use actix_web::{App as Actix, HttpResponse, test as actix, web};
use futures_util::FutureExt as _;
use jwt_core::Token;
use jwt_core::session::TracingAudit;
use jwt_test::{FailingStore, Outage};
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::timeout;
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, info_span};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{builder, expired, manager};

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Keeps a second subscriber alive. With a single one, `tracing` decides whether an event matters by the subscriber of the
/// thread that causes it first, which can be another test's.
fn keep_second_subscriber() {
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));
    LazyLock::force(&SECOND);
}

/// Returns what one thread logs while it runs this, at any level.
pub(crate) fn logged() -> (Log, tracing::subscriber::DefaultGuard) {
    keep_second_subscriber();
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[actix_web::test]
async fn a_missing_manager_is_named_with_the_fix() {
    let (log, _guard) = logged();
    let handler = |_: jwt_actix::AccessToken| async { HttpResponse::Ok().finish() };
    let app = actix::init_service(Actix::new().route("/", web::get().to(handler))).await;
    let answer = actix::call_service(&app, actix::TestRequest::get().uri("/").to_request()).await;
    assert_eq!(answer.status(), 500);
    assert!(
        log.text().contains("no JwtManager in the application: call .app_data(web::Data::new(jwt.clone()))"),
        "{}",
        log.text()
    );
}

#[actix_web::test]
async fn a_manager_in_a_form_that_is_not_used_is_logged_once() {
    let (log, _guard) = logged();
    let jwt = manager();
    let handler = |_: jwt_actix::AccessToken| async { HttpResponse::Ok().finish() };
    let app = Actix::new().app_data(web::Data::new(manager())).app_data(jwt.clone());
    let app = actix::init_service(app.route("/", web::get().to(handler))).await;
    for _ in 0..3 {
        let answer = actix::call_service(&app, actix::TestRequest::get().uri("/").to_request()).await;
        assert_eq!(answer.status(), 500);
        assert_eq!(actix::read_body(answer).await, r#"{"msg":"Internal Server Error"}"#);
    }
    let fix = "extractors do not use a JwtManager in this form: call .app_data(web::Data::new(jwt.clone()))";
    assert_eq!(log.text().matches(fix).count(), 1, "{}", log.text());
}

#[actix_web::test]
async fn a_wrong_user_type_is_named_and_no_user() {
    let (log, _guard) = logged();
    let jwt =
        builder().user_lookup_loader(|_: Token| async { Some(String::from("top secret")) }).build().unwrap();
    let handler = |_: jwt_actix::CurrentUser<u32>| async { HttpResponse::Ok().finish() };
    let app = actix::init_service(
        Actix::new().app_data(web::Data::new(jwt.clone())).route("/", web::get().to(handler)),
    )
    .await;
    let token = jwt.access_token("alice").encode().unwrap();
    let ask = actix::TestRequest::get().insert_header(("authorization", format!("Bearer {token}")));
    assert_eq!(actix::call_service(&app, ask.to_request()).await.status(), 500);
    assert!(log.text().contains("user loader does not return a u32"), "{}", log.text());
    assert!(!log.text().contains("top secret"));
}

#[actix_web::test]
async fn no_token_and_no_claim_reaches_a_log() {
    let (log, _guard) = logged();
    let jwt = builder()
        .token_in_blocklist_loader(|_: Token| async { Err::<bool, _>("row 'alice-the-identity' is locked") })
        .build()
        .unwrap();
    let handler = |_: jwt_actix::AccessToken| async { HttpResponse::Ok().finish() };
    let app = actix::init_service(
        Actix::new().app_data(web::Data::new(jwt.clone())).route("/", web::get().to(handler)),
    )
    .await;
    let good = jwt.access_token("alice-the-identity").encode().unwrap();
    let forged = manager().access_token("alice-the-identity").claim("alg", "x").encode().unwrap();
    for token in [good, forged, expired(&jwt), "a.b.c".into()] {
        let ask = actix::TestRequest::get().insert_header(("authorization", format!("Bearer {token}")));
        assert!(!actix::call_service(&app, ask.to_request()).await.status().is_success());
        let signature = token.rsplit('.').next().unwrap_or_default().to_owned();
        assert!(signature.len() < 8 || !log.text().contains(&signature), "{}", log.text());
    }
    assert!(log.text().contains("the blocklist loader does not work"), "{}", log.text());
    assert!(!log.text().contains("alice-the-identity"), "{}", log.text());
}

/// A server drops a request outside of its span and of its subscriber.
#[test]
fn what_is_left_of_a_request_logs_where_the_request_did() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let _runtime = runtime.enter();
    let store = FailingStore::default();
    let jwt = builder().session_store(store.clone()).session_events(TracingAudit);
    let jwt = jwt.build().unwrap();
    let mut login = Box::pin(async { jwt.log_in("alice").await });
    store.fail(Outage::Hang);
    let log = {
        let (log, _guard) = logged();
        info_span!("request").in_scope(|| assert!(login.as_mut().now_or_never().is_none()));
        log
    };
    drop(login);
    store.recover();
    runtime.block_on(async {
        let told = async {
            while !log.text().contains("session event") {
                yield_now().await;
            }
        };
        timeout(Duration::from_secs(60), told).await.unwrap();
    });
    let text = log.text();
    let line = text.lines().find(|line| line.contains("session event")).unwrap();
    assert!(line.contains(" request: ") && line.contains("jwt::audit"), "{line}");
}

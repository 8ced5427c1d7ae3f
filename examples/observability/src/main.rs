//! Logs, Prometheus metrics, and audit events of an axum application, in a single file.
//!
//! `cargo run -p observability` prints `curl` commands to paste. With `-- --load`, the application also sends itself a
//! few requests per second, so that the dashboard in `grafana.json` has something to show. `-- --help` lists the options.

#[cfg(test)]
mod tests;

use std::time::{Duration, UNIX_EPOCH};
use std::{error::Error, io, io::Write as _, process::ExitCode};

use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use jwt_axum::keys::Secret;
use jwt_axum::metrics::LOOKUP_DURATION;
use jwt_axum::session::{MemorySessions, Sessions, TracingAudit};
use jwt_axum::{AccessToken, Auth, Config, ErrorResponse, JwtManager, LoggedIn, Policy, Rejected, require};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::interval;
use tower::ServiceExt as _;
use tower_http::trace::TraceLayer;
use tracing::info_span;
use tracing_subscriber::EnvFilter;

/// The upper bounds of a histogram's buckets, in seconds.
const BUCKETS: [f64; 11] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0];

/// Logs, Prometheus metrics, and audit events.
#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    port: u16,
    /// The port of the metrics on 127.0.0.1; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 5001)]
    metrics_port: u16,
    /// Send a few requests per second.
    #[arg(long)]
    load: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = serve(Options::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(options: Options) -> Result<(), Box<dyn Error>> {
    // Each rejected request is an event with the level DEBUG. RUST_LOG can name a different filter.
    let filter = EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new("info,jwt=debug"))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    // Before the manager, which tells the recorder what its metrics mean.
    let handle = recorder()?.install_recorder()?;

    let jwt = manager(MemorySessions::new())?;
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    let for_metrics = TcpListener::bind(("127.0.0.1", options.metrics_port)).await?;
    let [url, metrics_url] =
        [listener.local_addr()?, for_metrics.local_addr()?].map(|at| format!("http://{at}"));
    print_walkthrough(&jwt, &url, &metrics_url).await?;
    let app = app(&jwt);
    // Without it, the values of histograms would pile up while nobody reads the metrics.
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut ticks = interval(Duration::from_secs(5));
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    if options.load {
        tokio::spawn(load(jwt, app.clone()));
    }
    tokio::try_join!(axum::serve(listener, app), axum::serve(for_metrics, metrics_app(handle)))?;
    Ok(())
}

fn recorder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(LOOKUP_DURATION.to_owned()), &BUCKETS)
}

/// The audit log consists of `tracing` events with the target `jwt::audit`. `jwt-sqlx` has a table for them.
fn manager(sessions: impl Sessions) -> Result<JwtManager, Box<dyn Error>> {
    // In an application, the secret comes from the configuration, and the sessions are in a database.
    let builder = JwtManager::builder(Config::default()).secret(&Secret::generate()?);
    Ok(builder.session_store(sessions).session_events(TracingAudit).build()?)
}

fn app(jwt: &JwtManager) -> Router {
    Router::new()
        .route(
            "/protected",
            get(async |AccessToken(token): AccessToken| Json(json!({ "sub": token.identity() }))),
        )
        // Only for the route above.
        .route_layer(require(jwt, Policy::access()))
        .route("/login", post(login))
        .route("/refresh", post(async |auth: Auth| auth.rotate().await))
        .route("/logout", post(async |auth: Auth| auth.log_out().await))
        .with_state(jwt.clone())
        // The query is not part of the span, because it can contain a token.
        .layer(TraceLayer::new_for_http().make_span_with(
            |request: &Request<_>| info_span!("request", method = %request.method(), path = request.uri().path()),
        ))
}

/// Metrics are not for the public, so they have a listener of their own.
fn metrics_app(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(async move || handle.render()))
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

async fn login(auth: Auth, Json(body): Json<Credentials>) -> Result<LoggedIn, Rejected> {
    // A real application looks up the user and verifies a password hash. It takes the same time for unknown users.
    if (&*body.username, &*body.password) != ("test", "test") {
        return Err(ErrorResponse::json(401, &json!({ "err": "Bad username or password" })).into());
    }
    auth.log_in(&body.username).label("curl").await
}

/// Sends the application a few requests per second, most of which it accepts.
async fn load(jwt: JwtManager, app: Router) {
    let mut ticks = interval(Duration::from_millis(250));
    for number in 0_u64.. {
        ticks.tick().await;
        // Not the user of the printed commands, whose sessions must not be evicted.
        let Ok(pair) = jwt.log_in("load").await else { continue };
        let expired = jwt.access_token("load").expires_at(UNIX_EPOCH).encode().unwrap_or_default();
        let token = match number % 8 {
            0 => &expired,
            1 => "not a token",
            2 => pair.refresh(),
            _ => pair.access(),
        };
        let request = Request::get("/protected").header(header::AUTHORIZATION, format!("Bearer {token}"));
        if let Ok(request) = request.body(Body::empty()) {
            // A response is never an error.
            let _ = app.clone().oneshot(request).await;
        }
        if let Ok(token) = jwt.decode(pair.access()) {
            let _ = jwt.log_out(&token).await;
        }
    }
}

/// Prints commands to paste into a shell, each with a comment that says what it shows.
async fn print_walkthrough(jwt: &JwtManager, url: &str, metrics_url: &str) -> Result<(), Box<dyn Error>> {
    let token = jwt.log_in("test").await?;
    let expired = jwt.access_token("test").expires_at(UNIX_EPOCH).encode()?;
    let steps = STEPS.replace("{login}", LOGIN).replace("{url}", url).replace("{metrics_url}", metrics_url);
    let steps = steps.replace("{access}", token.access()).replace("{expired}", &expired);
    let steps = steps.replace("# ", "\n# ").replace(" | ", "\n");
    // Not println!, which panics if the reader of a pipe is gone.
    Ok(io::stdout().write_all(format!("listening on {url}\n{steps}\n\n{LAST}\n").as_bytes())?)
}

const LOGIN: &str =
    r#"{url}/login -H 'Content-Type: application/json' -d '{"username":"test","password":"test"}'"#;
const STEPS: &str = r#"# log in, which is the audit event logged_in: 200 | curl -i -X POST {login}
# without a token, which the log has with the code missing: 401 | curl -i {url}/protected
# with an expired token, which the log has with the code expired: 401 {"msg":"Token has expired"} | curl -i {url}/protected -H 'Authorization: Bearer {expired}'
# with a valid token: 200 {"sub":"test"} | curl -i {url}/protected -H 'Authorization: Bearer {access}'
# log out, which is the audit event session_ended: 200 {"logout":true} | curl -i -X POST {url}/logout -H 'Authorization: Bearer {access}'
# the metrics, in the format of Prometheus: 200 | curl -i {metrics_url}/metrics"#;
const LAST: &str = "The log is on the standard error stream.";

//! A documented API on axum, with Swagger UI, in a single file. The guards write the document.
//!
//! `cargo run -p openapi` prints `curl` commands to paste, and the address of a page; `-- --help` lists the options.

#[cfg(test)]
mod tests;

use std::{error::Error, io, io::Write as _, process::ExitCode};

use axum::extract::Path;
use axum::{Json, Router};
use clap::Parser;
use jwt_axum::keys::Secret;
use jwt_axum::session::MemorySessions;
use jwt_axum::{
    AccessToken, Auth, Config, ErrorHandlers, ErrorResponse, JwtManager, Location, LoggedIn, LoggedOut,
    Policy, Refusal, Rejected,
};
use jwt_utoipa::SecuritySchemes;
use jwt_utoipa::axum::GuardedRouter as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use utoipa::{Modify as _, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config as Page, SwaggerUi};

/// An API with a document that its guards write, and a page to try it.
#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    port: u16,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = serve(Options::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(Options { port }: Options) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let jwt = manager(&Secret::generate()?)?;
    print_walkthrough(&jwt, &format!("http://{}", listener.local_addr()?)).await?;
    Ok(axum::serve(listener, app(&jwt)).await?)
}

/// In an application, the secret comes from the configuration, and the sessions are in a database.
fn manager(secret: &Secret) -> Result<JwtManager, Box<dyn Error>> {
    // Programs send the token in the header, and the page in a cookie. `Secure` is off because this example uses plain
    // HTTP, and some browsers do not send `Secure` cookies over it. Never turn it off in production: anyone on the
    // network could read the tokens.
    let config = Config::default().token_location([Location::Header, Location::Cookie]).cookie_secure(false);
    let builder = JwtManager::builder(config).secret(secret).session_store(MemorySessions::new());
    Ok(builder.error_handlers(Answers).build()?)
}

/// Custom responses to rejected tokens. They are in the document.
struct Answers;

impl ErrorHandlers for Answers {
    fn expired_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::json(401, &json!({ "err": refusal.reason(), "refresh": true }))
    }

    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::json(refusal.default_status(), &json!({ "err": refusal.reason() }))
    }
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Notes",
    version = "1.0",
    description = "\
    Log in as `test` with the password `test`. Then either copy the access token into \"Authorize\", or log in with \
    `cookies`. In that case, copy the CSRF value of `GET /me` into \"Authorize\", for the operations that need one."
))]
struct Api;

fn app(jwt: &JwtManager) -> Router {
    let notes = OpenApiRouter::new().routes(routes!(me)).routes(routes!(add)).guarded(jwt, Policy::access());
    let admin =
        OpenApiRouter::new().routes(routes!(remove)).guarded(jwt, Policy::access().scopes(&["admin"]));
    let (router, mut api) = OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(login))
        .routes(routes!(logout))
        .merge(notes)
        .merge(admin)
        .with_state(jwt.clone())
        .split_for_parts();
    // The guards have added their schemes. This adds the others that operations name.
    SecuritySchemes::new(jwt).modify(&mut api);
    // Without this, the page would send the address of the document to a service that validates it.
    let page = Page::default().validator_url("none");
    router.merge(SwaggerUi::new("/docs").url("/openapi.json", api).config(page))
}

#[derive(Deserialize, ToSchema)]
struct Credentials {
    #[schema(example = "test")]
    username: String,
    #[schema(example = "test")]
    password: String,
    /// Whether to put the tokens into cookies instead of the response.
    #[serde(default)]
    #[schema(example = false)]
    cookies: bool,
}

/// Log in
#[utoipa::path(post, path = "/login", request_body = Credentials, responses(
    (status = 200, description = "The tokens, or the cookies.", body = Value,
        example = json!({ "access_token": "eyJ…", "refresh_token": "eyJ…" })),
    (status = 401, description = "The password is wrong.", body = Value,
        example = json!({ "err": "Bad username or password" })),
))]
async fn login(auth: Auth, Json(body): Json<Credentials>) -> Result<LoggedIn, Rejected> {
    // A real application looks up the user and verifies a password hash. It takes the same time for unknown users.
    if (&*body.username, &*body.password) != ("test", "test") {
        return Err(ErrorResponse::json(401, &json!({ "err": "Bad username or password" })).into());
    }
    auth.log_in(&body.username).in_cookies(body.cookies).await
}

/// Log out
///
/// The token can be an access token or a refresh token. It can have expired.
// No policy describes a logout, so this is written by hand.
#[utoipa::path(
    post,
    path = "/logout",
    responses(
        (status = 200, description = "The session has ended."),
        (status = 400, description = "The request has more than one token.", body = Value),
        (status = 401, description = "The request has no token, or lacks its CSRF value.", body = Value,
            example = json!({ "err": "Missing CSRF token" })),
        (status = 422, description = "The token is invalid.", body = Value),
    ),
    security(
        ("bearer" = []),
        ("cookie.access_token_cookie" = [], "csrf.x-csrf-token" = []),
        ("cookie.refresh_token_cookie" = [], "csrf.x-csrf-token" = []),
    ),
)]
async fn logout(auth: Auth) -> Result<LoggedOut, Rejected> {
    auth.log_out().await
}

#[derive(Serialize, ToSchema)]
struct Me {
    #[schema(example = "test")]
    name: String,
    /// The value of the header field `X-CSRF-TOKEN`, which other operations need if the token is in a cookie. Pages of
    /// other origins cannot read this response.
    csrf: Option<Box<str>>,
}

/// Who is logged in
#[utoipa::path(get, path = "/me", responses((status = 200, description = "The user.", body = Me)))]
async fn me(AccessToken(token): AccessToken) -> Json<Me> {
    Json(Me { name: token.identity().to_owned(), csrf: token.csrf() })
}

#[derive(Deserialize, Serialize, ToSchema)]
struct Note {
    #[schema(example = "milk")]
    text: String,
}

/// Add a note
#[utoipa::path(post, path = "/notes", request_body = Note, responses((status = 200, description = "The note.", body = Note)))]
async fn add(Json(note): Json<Note>) -> Json<Note> {
    Json(note)
}

/// Remove a note, as an administrator
#[utoipa::path(delete, path = "/notes/{id}", params(("id" = u64, Path)), responses(
    (status = 200, description = "The number of the note.", body = Value, example = json!({ "removed": 7 })),
))]
async fn remove(Path(id): Path<u64>) -> Json<Value> {
    Json(json!({ "removed": id }))
}

/// Prints commands to paste into a shell, each with a comment that says what it shows.
async fn print_walkthrough(jwt: &JwtManager, url: &str) -> Result<(), Box<dyn Error>> {
    let token = jwt.log_in("test").await?;
    let admin = jwt.access_token("root").scopes(["admin"]).encode()?;
    let steps = STEPS.replace("{url}", url).replace("{access}", token.access()).replace("{admin}", &admin);
    let steps = steps.replace("# ", "\n# ").replace(" | ", "\n");
    // Not println!, which panics if the reader of a pipe is gone.
    Ok(io::stdout().write_all(format!("listening on {url}\n{steps}\n\n{LAST} {url}/docs/\n").as_bytes())?)
}

const STEPS: &str = r#"# the document, which the guards have written: 200 | curl -i {url}/openapi.json
# log in: 200, an access token and a refresh token | curl -i -X POST {url}/login -H 'Content-Type: application/json' -d '{"username":"test","password":"test"}'
# without a token: 401 {"err":"Missing JWT in headers or cookies (Missing Authorization Header; Missing cookie \"access_token_cookie\")"} | curl -i {url}/me
# with a token: 200 | curl -i {url}/me -H 'Authorization: Bearer {access}'
# without the scope that the document names: 403 {"err":"Token lacks a required scope"} | curl -i -X DELETE {url}/notes/7 -H 'Authorization: Bearer {access}'
# with the scope: 200 {"removed":7} | curl -i -X DELETE {url}/notes/7 -H 'Authorization: Bearer {admin}'"#;
const LAST: &str = "To read the document, and to try the operations, open this page in a browser:";

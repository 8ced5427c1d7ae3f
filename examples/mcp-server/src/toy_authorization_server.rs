//! **A toy. Never copy it, and never run it for others.** It replaces your authorization server, so that the example runs
//! on one machine.
//!
//! Everyone can log in as everyone, without a password. Anyone can fill its memory. It has no consent page, no refresh
//! tokens, no protection from clickjacking, and no limits. In an application, use a real authorization server.
//!
//! It has what MCP clients require: metadata (RFC 8414), dynamic registration (RFC 7591), the authorization code flow with
//! PKCE (OAuth 2.1, 4.1; RFC 7636), and resource indicators (RFC 8707).

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::Ed25519KeyPair;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jwt_axum::keys::SigningKey;
use jwt_axum::{Algorithm, Config, EncodeError, JwtManager};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::{Host, Url};

/// The scopes of the MCP server.
const SCOPES: [&str; 2] = ["notes:read", "notes:write"];
const USERS: [&str; 2] = ["alice", "bob"];
/// RFC 6749, 4.1.2, recommends ten minutes at most.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(60);
const TOKEN_LIFETIME: Duration = Duration::from_secs(900);

pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// A running authorization server. It ends with the runtime.
pub(crate) struct ToyAuthorizationServer {
    url: String,
    /// The address of the only MCP server that it issues tokens for.
    resource: String,
    jwt: JwtManager,
    clock: Clock,
    /// The redirect URIs of each client.
    clients: Mutex<HashMap<String, Vec<String>>>,
    codes: Mutex<HashMap<String, Grant>>,
}

/// What a code is good for.
struct Grant {
    asked: Asked,
    user: &'static str,
    issued: SystemTime,
}

/// A valid authorization request.
struct Asked {
    client: String,
    redirect_uri: String,
    challenge: String,
    scopes: Vec<String>,
    resource: String,
    state: Option<String>,
}

type Toy = State<Arc<ToyAuthorizationServer>>;

impl ToyAuthorizationServer {
    /// Starts it on a free port of the loopback interface, with a new key.
    pub(crate) async fn start(resource: &str, clock: Clock) -> Result<Arc<Self>, Box<dyn Error>> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let key = Ed25519KeyPair::generate()?.to_pkcs8v1()?;
        let key = SigningKey::from_der(Algorithm::EdDSA, key)?.with_id("toy");
        // `at+jwt` is the `typ` of RFC 9068.
        let config = Config::default().issuer(&url).access_token_expires(TOKEN_LIFETIME).any_typ(true);
        let now = Arc::clone(&clock);
        let jwt = JwtManager::builder(config).key_pair(key).clock(move || now()).build()?;
        let toy = Arc::new(Self {
            url,
            resource: resource.to_owned(),
            jwt,
            clock,
            clients: Mutex::default(),
            codes: Mutex::default(),
        });
        let app = Router::new()
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .route("/jwks", get(async |State(toy): Toy| Json(toy.jwt.jwks())))
            .route("/register", post(register))
            .route("/authorize", get(login_page).post(log_in))
            .route("/token", post(token))
            .with_state(Arc::clone(&toy));
        tokio::spawn(async { axum::serve(listener, app).await });
        Ok(toy)
    }

    /// The name of the issuer, which is the `iss` of its tokens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Issues an access token as RFC 9068 defines it.
    pub(crate) fn token<S: AsRef<str>>(
        &self,
        user: &str,
        client: &str,
        scopes: impl IntoIterator<Item = S>,
        resource: &str,
    ) -> Result<String, EncodeError> {
        let token = self.jwt.access_token(user).header("typ", "at+jwt").claim("client_id", client);
        token.scopes(scopes).audience(resource).encode()
    }

    /// Checks an authorization request (OAuth 2.1, 4.1.1).
    fn asked(&self, query: Option<&str>) -> Result<Asked, Denied> {
        let parameters = parameters(query.unwrap_or_default());
        let mut parameters = parameters.ok_or(Denied::Page("a parameter is repeated"))?;
        let mut take = |name| parameters.remove(name);

        // Until these two are checked, the address could be an attacker's, so the answer is not a redirect.
        let client = take("client_id").unwrap_or_default();
        let redirect_uri = take("redirect_uri").unwrap_or_default();
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let registered = clients.get(&client).ok_or(Denied::Page("unknown client"))?;
        if !registered.contains(&redirect_uri) {
            return Err(Denied::Page("the redirect URI is not registered"));
        }

        let state = take("state");
        let failed = |error| match self.back(&redirect_uri, state.as_deref(), ("error", error)) {
            Ok(address) => Denied::Redirect(address),
            Err(denied) => denied,
        };
        if take("response_type").as_deref() != Some("code") {
            return Err(failed("unsupported_response_type"));
        }
        // 43 characters of base64url are the 32 bytes of SHA-256.
        let challenge = take("code_challenge").unwrap_or_default();
        if take("code_challenge_method").as_deref() != Some("S256") || challenge.len() != 43 {
            return Err(failed("invalid_request"));
        }
        let resource = take("resource").unwrap_or_default();
        if resource != self.resource {
            return Err(failed("invalid_target"));
        }
        let scopes: Vec<_> = take("scope").unwrap_or_default().split(' ').map(str::to_owned).collect();
        if !scopes.iter().all(|scope| SCOPES.contains(&scope.as_str())) {
            return Err(failed("invalid_scope"));
        }
        Ok(Asked { client, redirect_uri, challenge, scopes, resource, state })
    }

    /// The address of the client, with the result. `iss` tells the client which server it comes from (RFC 9207).
    fn back(
        &self,
        redirect_uri: &str,
        state: Option<&str>,
        (name, value): (&str, &str),
    ) -> Result<String, Denied> {
        let mut url = Url::parse(redirect_uri).map_err(|_| Denied::Page("the redirect URI is invalid"))?;
        url.query_pairs_mut().append_pair(name, value).append_pair("iss", &self.url);
        if let Some(state) = state {
            url.query_pairs_mut().append_pair("state", state);
        }
        Ok(url.into())
    }
}

/// The response to a bad authorization request.
enum Denied {
    /// For the user, because the client cannot be trusted.
    Page(&'static str),
    /// For the client, at this address.
    Redirect(String),
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        match self {
            Self::Page(reason) => (StatusCode::BAD_REQUEST, reason).into_response(),
            Self::Redirect(address) => Redirect::to(&address).into_response(),
        }
    }
}

/// The document of RFC 8414.
async fn metadata(State(toy): Toy) -> Json<Value> {
    let url = &toy.url;
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "registration_endpoint": format!("{url}/register"),
        "jwks_uri": format!("{url}/jwks"),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

#[derive(Deserialize, Serialize)]
struct Registration {
    redirect_uris: Vec<String>,
}

/// Registers a public client, which has no secret (RFC 7591, 3).
async fn register(State(toy): Toy, Json(client): Json<Registration>) -> Result<impl IntoResponse, Failure> {
    let redirect_uris = client.redirect_uris;
    if redirect_uris.is_empty() || !redirect_uris.iter().all(|uri| is_safe(uri)) {
        return Err(Failure("invalid_redirect_uri"));
    }
    let id = random()?;
    let answer = json!({
        "client_id": id,
        "redirect_uris": redirect_uris,
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
    });
    toy.clients.lock().unwrap_or_else(PoisonError::into_inner).insert(id, redirect_uris);
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Whether a code that is sent to this address stays secret: https, or a program on the user's machine.
fn is_safe(redirect_uri: &str) -> bool {
    let Ok(url) = Url::parse(redirect_uri) else { return false };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.fragment().is_none() && (url.scheme() == "https" || url.scheme() == "http" && is_loopback)
}

async fn login_page(State(toy): Toy, RawQuery(query): RawQuery) -> Result<Html<String>, Denied> {
    let asked = toy.asked(query.as_deref())?;
    let scopes = asked.scopes.join(" and ");
    let buttons = USERS.map(|user| format!("<button name=user value={user}>Log in as {user}</button> "));
    // The form goes to the address of this page, with the same query.
    Ok(Html(format!(
        "<!doctype html><title>Toy login</title><p>A program wants {scopes}.<form method=post>{}</form>",
        buttons.concat()
    )))
}

#[derive(Deserialize)]
struct Login {
    user: String,
}

async fn log_in(
    State(toy): Toy,
    RawQuery(query): RawQuery,
    Form(login): Form<Login>,
) -> Result<Redirect, Denied> {
    let asked = toy.asked(query.as_deref())?;
    let user = USERS.into_iter().find(|user| *user == login.user);
    let user = user.ok_or(Denied::Page("unknown user"))?;
    let code = random().map_err(|_| Denied::Page("there are no random numbers"))?;
    let address = toy.back(&asked.redirect_uri, asked.state.as_deref(), ("code", &code))?;
    let grant = Grant { asked, user, issued: (toy.clock)() };
    toy.codes.lock().unwrap_or_else(PoisonError::into_inner).insert(code, grant);
    Ok(Redirect::to(&address))
}

/// Exchanges a code for an access token (OAuth 2.1, 4.1.3).
async fn token(State(toy): Toy, body: String) -> Result<impl IntoResponse, Failure> {
    let mut parameters = parameters(&body).ok_or(Failure("invalid_request"))?;
    let mut take = |name| parameters.remove(name).unwrap_or_default();
    if take("grant_type") != "authorization_code" {
        return Err(Failure("unsupported_grant_type"));
    }
    // Whatever happens now, nobody can use the code again.
    let grant = toy.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(&take("code"));
    let Grant { asked, user, issued } = grant.ok_or(Failure("invalid_grant"))?;
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, take("code_verifier").as_bytes()));
    let is_same = take("client_id") == asked.client && take("redirect_uri") == asked.redirect_uri;
    let is_young = (toy.clock)().duration_since(issued).is_ok_and(|age| age < CODE_LIFETIME);
    if !is_young || !is_same || challenge != asked.challenge {
        return Err(Failure("invalid_grant"));
    }
    if take("resource") != asked.resource {
        return Err(Failure("invalid_target"));
    }
    let token = toy.token(user, &asked.client, &asked.scopes, &asked.resource);
    let answer = json!({
        "access_token": token.map_err(|_| Failure("server_error"))?,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME.as_secs(),
        "scope": asked.scopes.join(" "),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

/// An error of RFC 6749, 5.2.
struct Failure(&'static str);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": self.0 }))).into_response()
    }
}

/// The parameters of a query or form. `None` if one is repeated (RFC 6749, 3.1).
fn parameters(text: &str) -> Option<HashMap<String, String>> {
    let mut parameters = HashMap::new();
    let mut pairs = form_urlencoded::parse(text.as_bytes()).into_owned();
    pairs.all(|(name, value)| parameters.insert(name, value).is_none()).then_some(parameters)
}

/// 256 random bits.
fn random() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Failure("server_error"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

//! An issuer on this machine, instead of an identity provider, for `resource-server` and its siblings. You do not need
//! it in an application.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use jwt_test::{Failure, FakeIssuer, FakeToken};

/// The API that the tokens are for.
pub const AUDIENCE: &str = "https://orders.example";

/// A running issuer, and a server that lets `curl` replace its key or take it down.
#[derive(Debug)]
pub struct LocalIssuer {
    issuer: Arc<FakeIssuer>,
    control: SocketAddr,
}

impl LocalIssuer {
    /// Starts both on free ports of the loopback interface.
    ///
    /// # Errors
    /// Returns an error if the control server cannot start.
    pub fn start() -> io::Result<Self> {
        let issuer = Arc::new(FakeIssuer::builder().audience(AUDIENCE).start());
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let control = listener.local_addr()?;
        let app = Router::new()
            .route("/rotate", post(rotate))
            .route(
                "/stop",
                post(async |State(issuer): State<Arc<FakeIssuer>>| issuer.fail(Failure::Disconnect)),
            )
            .route("/start", post(async |State(issuer): State<Arc<FakeIssuer>>| issuer.recover()))
            .with_state(Arc::clone(&issuer));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::spawn(move || {
            runtime.block_on(async { axum::serve(tokio::net::TcpListener::from_std(listener)?, app).await })
        });
        Ok(Self { issuer, control })
    }

    /// The name of the issuer, which is the `iss` of its tokens.
    #[must_use]
    pub fn url(&self) -> &str {
        self.issuer.url()
    }

    /// Prints commands for a resource server at this address to paste into a shell, each with a comment that says what it
    /// shows.
    ///
    /// # Errors
    /// Returns an error if standard output cannot be written.
    pub fn print_walkthrough(&self, server: SocketAddr) -> io::Result<()> {
        let steps = STEPS
            .replace("{good}", &token(&self.issuer).sign())
            .replace("{other}", &token(&self.issuer).audience("https://shop.example").sign())
            .replace("{unknown}", &token(&self.issuer).signed_by_unknown_key().sign())
            .replace("{orders}", &format!("http://{server}/orders"))
            .replace("{issuer}", &format!("http://{}", self.control))
            .replace("# ", "\n# ")
            .replace(" | ", "\n");
        // Not println!, which panics if the reader of a pipe is gone.
        io::stdout().write_all(format!("listening on http://{server}\n{steps}\n").as_bytes())
    }
}

async fn rotate(State(issuer): State<Arc<FakeIssuer>>) -> String {
    issuer.rotate();
    token(&issuer).sign()
}

/// An access token as RFC 9068 defines it.
fn token(issuer: &FakeIssuer) -> FakeToken {
    let token = issuer.token().header("typ", "at+jwt").subject("alice");
    token.claim("client_id", "shop").claim("scope", "orders:read")
}

const STEPS: &str = r#"# no token: 401 | curl -i {orders}
# a token for another API: 401 | curl -i {orders} -H 'Authorization: Bearer {other}'
# a good token: 200 {"orders_of":"alice"} | curl -i {orders} -H 'Authorization: Bearer {good}'
# the first token after the issuer has replaced its key (401 if an unknown key was seen less than 30 seconds ago): 200 {"orders_of":"alice"} | new=$(curl -s -X POST {issuer}/rotate) && curl -i {orders} -H "Authorization: Bearer $new"
# a token of a key that the issuer does not have, which fetches the keys at most once in 30 seconds: 401 | curl -i {orders} -H 'Authorization: Bearer {unknown}'
# the issuer goes down: 200 | curl -i -X POST {issuer}/stop
# its tokens are good as long as its keys are known: 200 {"orders_of":"alice"} | curl -i {orders} -H 'Authorization: Bearer {good}'
# the issuer is back: 200 | curl -i -X POST {issuer}/start"#;

//! What the toy authorization server checks, because the MCP server depends on it.

use reqwest::{Response, Url};
use serde_json::{Value, json};

use super::{Answer, CALLBACK, Servers, answer};

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

impl Servers {
    /// Logs in as alice on this page, and returns where the browser is sent.
    pub(super) async fn log_in(&self, page: &str) -> String {
        let answer = answer(self.http.get(page)).await;
        assert!(answer.text.contains("value=alice"), "{}", answer.text);
        let request = self.http.post(page).header("content-type", "application/x-www-form-urlencoded");
        location(&request.body("user=alice").send().await.unwrap())
    }

    async fn register(&self, redirect_uris: &[&str]) -> Answer {
        let body = json!({ "redirect_uris": redirect_uris }).to_string();
        self.send(self.http.post(format!("{}/register", self.toy.url())), body).await
    }

    /// The address of the login page, for a new client.
    async fn page(&self) -> Url {
        let client = self.register(&[CALLBACK]).await.json()["client_id"].as_str().unwrap().to_owned();
        let parameters = [
            ("response_type", "code"),
            ("client_id", &client),
            ("redirect_uri", CALLBACK),
            ("state", "xyz"),
            ("scope", "notes:read"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("resource", &self.resource),
        ];
        Url::parse_with_params(&format!("{}/authorize", self.toy.url()), parameters).unwrap()
    }

    /// Logs in, and returns a good request for a token.
    async fn exchange(&self) -> Vec<(String, String)> {
        let page = self.page().await;
        let back = Url::parse(&self.log_in(page.as_str()).await).unwrap();
        assert_eq!(parameter(&back, "state"), "xyz");
        assert_eq!(parameter(&back, "iss"), self.toy.url());
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", &parameter(&back, "code")),
            ("client_id", &parameter(&page, "client_id")),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("resource", &self.resource),
        ];
        parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    async fn ask_for_token(&self, parameters: &[(String, String)]) -> Value {
        let body = Url::parse_with_params("http://form.example", parameters).unwrap();
        let request = self.http.post(format!("{}/token", self.toy.url()));
        answer(request.body(body.query().unwrap().to_owned())).await.json()
    }
}

fn location(response: &Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("{name} in {url}")).1.into_owned()
}

/// The same address with another value, or without the parameter.
fn with(url: &Url, name: &str, value: Option<&str>) -> Url {
    let mut changed = url.clone();
    let pairs = url.query_pairs().filter(|(key, _)| key != name);
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    if let Some(value) = value {
        changed.query_pairs_mut().append_pair(name, value);
    }
    changed
}

#[tokio::test]
async fn a_code_is_for_one_exchange() {
    let servers = Servers::start().await;
    let exchange = servers.exchange().await;
    let token = servers.ask_for_token(&exchange).await;
    let answer =
        servers.post(token["access_token"].as_str().unwrap(), super::call("list_notes", &json!({}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(servers.ask_for_token(&exchange).await, json!({ "error": "invalid_grant" }));
}

#[tokio::test]
async fn a_code_is_for_its_client() {
    let servers = Servers::start().await;
    let expected = [
        ("grant_type", "client_credentials", "unsupported_grant_type"),
        ("code", "guessed", "invalid_grant"),
        ("client_id", "another", "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1:1/other", "invalid_grant"),
        ("code_verifier", CHALLENGE, "invalid_grant"),
        ("resource", "https://shop.example/mcp", "invalid_target"),
    ];
    for (name, value, error) in expected {
        let mut exchange = servers.exchange().await;
        exchange.iter_mut().find(|(key, _)| key == name).unwrap().1 = value.to_owned();
        assert_eq!(servers.ask_for_token(&exchange).await, json!({ "error": error }), "{name}");
    }
    let exchange = servers.exchange().await;
    servers.pass(crate::toy_authorization_server::CODE_LIFETIME);
    assert_eq!(servers.ask_for_token(&exchange).await, json!({ "error": "invalid_grant" }), "expired");
}

#[tokio::test]
async fn an_unknown_address_gets_nothing() {
    let servers = Servers::start().await;
    let page = servers.page().await;
    let other = format!("{CALLBACK}/");
    for (name, value) in [
        ("client_id", None),
        ("client_id", Some("x")),
        ("redirect_uri", None),
        ("redirect_uri", Some(&*other)),
    ] {
        let response = servers.http.get(with(&page, name, value)).send().await.unwrap();
        assert_eq!(response.status(), 400, "{name}");
        assert!(!response.headers().contains_key("location"), "{name}");
    }
    let errors = [
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("scope", "notes:read admin", "invalid_scope"),
        ("resource", "https://shop.example/mcp", "invalid_target"),
    ];
    for (name, value, error) in errors {
        let response = servers.http.get(with(&page, name, Some(value))).send().await.unwrap();
        let back = Url::parse(&location(&response)).unwrap();
        assert_eq!(parameter(&back, "error"), error, "{name}");
    }
}

#[tokio::test]
async fn a_code_never_goes_over_the_network_in_plain_text() {
    let servers = Servers::start().await;
    for uri in
        ["http://app.example/", "http://127.0.0.1.example/", "javascript:alert(1)", "https://app.example/#x"]
    {
        let answer = servers.register(&[CALLBACK, uri]).await;
        assert_eq!(
            (answer.status, answer.json()),
            (400, json!({ "error": "invalid_redirect_uri" })),
            "{uri}"
        );
    }
    assert_eq!(servers.register(&[]).await.status, 400);
    assert_eq!(servers.register(&[CALLBACK, "https://app.example/"]).await.status, 201);
}

//! Chromium, driven through its WebDriver server.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::process::Command;

use fantoccini::{Client, ClientBuilder};
use futures_util::FutureExt as _;
use hyper_util::client::legacy::connect::HttpConnector;
use jwt_tests::Folder;
use jwt_tests::programs::Program;
use serde_json::{Map, Value, json};

/// A browser with an empty profile. It ends when the test ends.
pub(crate) struct Browser {
    pub(crate) client: Client,
    _driver: Program,
    _profile: Folder,
}

impl Browser {
    /// Runs a test with a new browser.
    pub(crate) fn run<T>(test: impl AsyncFnOnce(&Self) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let browser = Self::start().await;
            let outcome = AssertUnwindSafe(test(&browser)).catch_unwind().await;
            // ChromeDriver does not stop the browser when it is killed itself.
            browser.client.clone().close().await.expect("the browser ends");
            outcome.unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    async fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0");
        let driver = Program::run(command);
        let port = loop {
            let line = driver.line().expect("chromedriver starts: install the package chromium-driver");
            if let Some((_, port)) = line.rsplit_once("successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let profile = Folder::make();
        let options = json!({
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                format!("--user-data-dir={}", profile.file("profile").display()),
            ],
        });
        let wanted = Map::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a browser");
        Self { client, _driver: driver, _profile: profile }
    }

    /// Opens a page in the current tab.
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("a page");
    }

    /// Runs a script in the page. Returns what the promise of its body returns.
    pub(crate) async fn script(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; (async () => {{ {body} }})().then(done, error => done(String(error)))"
        );
        self.client.execute_async(&script, Vec::new()).await.expect("a script")
    }

    /// Returns the text of the page.
    pub(crate) async fn text(&self) -> String {
        self.script("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }
}

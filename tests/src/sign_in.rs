//! Signing in as a browser does: to the provider's page, a choice there, and back with what it gave.

use anyhow::{Context as _, Result, ensure};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};

/// A browser that follows no redirect by itself and keeps one cookie of each name.
#[derive(Debug)]
pub struct Browser {
    http: Client,
    base: Url,
    cookies: Vec<(String, String)>,
}

impl Browser {
    /// One that has been nowhere.
    pub fn new(base: &str) -> Result<Self> {
        // Already installed when several clients share a process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().redirect(Policy::none()).build()?;
        Ok(Self { http, base: Url::parse(base)?, cookies: Vec::new() })
    }

    /// Goes to an address, absolute or of this site.
    pub async fn go(&mut self, address: &str) -> Result<Response> {
        let request = self.http.get(self.base.join(address)?);
        self.send(request).await
    }

    /// Sends a form.
    pub async fn submit(&mut self, address: &str, form: &[(String, String)]) -> Result<Response> {
        let request = self.http.post(self.base.join(address)?).header("sec-fetch-site", "same-origin").form(form);
        self.send(request).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, wanted: &str) -> Option<&str> {
        self.cookies.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// Puts a cookie there, as somebody who has stolen it would.
    pub fn set(&mut self, name: &str, value: &str) {
        self.cookies.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Response> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", cookies.join("; ")).send().await?;
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str()?.split(';').next().unwrap_or_default().split_once('=').context("=")?;
            self.set(name, value);
        }
        Ok(answer)
    }

    /// From the start up to the provider's answer: the address that it sends the browser back to.
    pub async fn choose(&mut self, person: &str, back: &str) -> Result<String> {
        let start = self.go(&format!("/api/v1/sign-in?back={back}")).await?;
        let provider = location(&start)?;
        let page = self.go(&provider).await?;
        ensure!(page.status() == StatusCode::OK, "the provider: {}", page.status());
        ensure!(page.text().await?.contains(&format!("value=\"{person}\"")), "{person} is not on the page");
        let address = self.base.join(&provider)?;
        let mut form: Vec<(String, String)> = address.query_pairs().into_owned().collect();
        form.push(("person".to_owned(), person.to_owned()));
        location(&self.submit(address.path(), &form).await?)
    }
}

/// Where an answer sends the browser.
pub fn location(answer: &Response) -> Result<String> {
    ensure!(answer.status() == StatusCode::SEE_OTHER, "no redirect: {}", answer.status());
    Ok(answer.headers().get("location").context("no location")?.to_str()?.to_owned())
}

/// The session's cookie of a person who has signed in: `NAME=VALUE`.
pub async fn session(base: &str, person: &str) -> Result<String> {
    let mut browser = Browser::new(base)?;
    let back = browser.choose(person, "/").await?;
    let arrived = browser.go(&back).await?;
    ensure!(location(&arrived)? == "/", "sent to {}", location(&arrived)?);
    let value = browser.cookie("__Host-konvolutt").context("no session")?;
    Ok(format!("__Host-konvolutt={value}"))
}

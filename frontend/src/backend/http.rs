//! One request by `fetch`.

#![expect(clippy::disallowed_methods, reason = "this is the folder for it")]

use jiff::Timestamp;
use js_sys::Promise;
use konvolutt_shared::api::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Blob, Request, RequestInit, Response};

use super::{Backend, Failure};

/// A request before it is made.
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) headers: Vec<(&'a str, String)>,
    pub(super) body: Option<JsValue>,
    pub(super) signal: Option<&'a AbortSignal>,
}

impl<'a> Call<'a> {
    pub(super) const fn new(method: &'a str, path: &'a str) -> Self {
        Self { method, path, headers: Vec::new(), body: None, signal: None }
    }

    pub(super) fn header(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn body(mut self, body: impl Into<JsValue>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(super) const fn signal(mut self, signal: Option<&'a AbortSignal>) -> Self {
        self.signal = signal;
        self
    }
}

impl Backend {
    /// Makes the request; any status of 400 and more is a refusal.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Response, Failure> {
        let response = self.answer(call).await?;
        if response.ok() { Ok(response) } else { Err(refusal(&response).await) }
    }

    /// Makes the request; the answer may be a refusal. For `HEAD`, whose refusals have no body to read a reason from.
    pub(super) async fn answer(&self, call: Call<'_>) -> Result<Response, Failure> {
        let init = RequestInit::new();
        init.set_method(call.method);
        if let Some(body) = &call.body {
            init.set_body(body);
        }
        init.set_signal(call.signal);
        let request = Request::new_with_str_and_init(call.path, &init).map_err(|_| Failure::Unreadable)?;
        let headers = request.headers();
        for (name, value) in &call.headers {
            headers.set(name, value).map_err(|_| Failure::Unreadable)?;
        }
        if let Some(bearer) = &self.bearer {
            headers.set("authorization", &format!("Bearer {bearer}")).map_err(|_| Failure::Unreadable)?;
        }
        let window = web_sys::window().ok_or(Failure::Unreadable)?;
        let response = JsFuture::from(window.fetch_with_request(&request)).await.map_err(|_| {
            if call.signal.is_some_and(AbortSignal::aborted) { Failure::Cancelled } else { Failure::Network }
        })?;
        response.dyn_into().map_err(|_| Failure::Unreadable)
    }

    /// `GET` of a JSON document.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        json(&self.call(Call::new("GET", path).header("accept", "application/json")).await?).await
    }

    /// `POST` of a JSON document; the answer is returned unread.
    pub(super) async fn post(&self, path: &str, body: &impl Serialize) -> Result<Response, Failure> {
        let body = serde_json::to_string(body).map_err(|_| Failure::Unreadable)?;
        self.call(Call::new("POST", path).header("content-type", "application/json").body(body)).await
    }

    /// `GET` of bytes.
    pub(super) async fn blob(&self, path: &str) -> Result<Blob, Failure> {
        let response = self.call(Call::new("GET", path)).await?;
        let promise = response.blob().map_err(|_| Failure::Unreadable)?;
        JsFuture::from(promise).await.map_err(|_| Failure::Network)?.dyn_into().map_err(|_| Failure::Unreadable)
    }
}

/// Reads a JSON body.
pub(super) async fn json<T: DeserializeOwned>(response: &Response) -> Result<T, Failure> {
    let text = text(response).await.ok_or(Failure::Network)?;
    serde_json::from_str(&text).map_err(|_| Failure::Unreadable)
}

async fn text(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

pub(super) async fn refusal(response: &Response) -> Failure {
    let body = text(response).await.unwrap_or_default();
    match serde_json::from_str::<Problem>(&body) {
        Ok(problem) => Failure::Refused(Box::new(problem)),
        // A proxy in front of the relay answers with a page of its own when the relay is down.
        Err(_) if response.status() >= 500 => Failure::Network,
        Err(_) => Failure::Unreadable,
    }
}

/// Waits. Used between attempts, and to debounce.
pub async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // If no timer can be set the promise never resolves, as with a page that is going away.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        }
    });
    // The promise is never rejected.
    let _ = JsFuture::from(promise).await;
}

/// The browser's clock.
pub fn now() -> Timestamp {
    // Milliseconds since 1970 fit an i64 for as long as jiff's own range lasts.
    #[allow(clippy::cast_possible_truncation)]
    let milliseconds = js_sys::Date::now() as i64;
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

//! nginx that passes bodies on to somebody who reads them and says nothing.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use tempfile::TempDir;

/// nginx and what is behind it.
pub(crate) struct Proxy {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Proxy {
    pub(crate) fn start(folder: TempDir) -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let behind = listener.local_addr()?.port();
        tokio::spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, Router::new().fallback(null)).await
        });
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = folder.path().join("nginx.conf");
        std::fs::write(&config, configuration(folder.path(), port, behind))?;
        let child = Command::new("nginx").arg("-c").arg(&config).arg("-e").arg("stderr").stderr(Stdio::null()).spawn();
        let proxy = Self {
            child: child.context("nginx could not be started; on Debian it is nginx-light")?,
            port,
            _folder: folder,
        };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(proxy);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("nginx does not listen")
    }

    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its master ends its workers when it is asked to; killed, it would leave them.
        let _ = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

async fn null(body: Body) -> StatusCode {
    let mut body = body.into_data_stream();
    while body.next().await.is_some_and(|piece| piece.is_ok()) {}
    StatusCode::NO_CONTENT
}

fn configuration(folder: &Path, port: u16, behind: u16) -> String {
    let folder = folder.display();
    format!(
        "daemon off; worker_processes auto; pid {folder}/pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{
    access_log off; client_max_body_size 0; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    upstream null {{ server 127.0.0.1:{behind}; keepalive 128; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://null; proxy_http_version 1.1; proxy_set_header Connection '';
            proxy_request_buffering off;
        }}
    }}
}}
"
    )
}

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::super::{Found, Lookup};
use super::*;

/// Every name leads to these addresses; counts how often it is asked.
#[derive(Debug)]
struct Leads(Vec<IpAddr>, AtomicU64);

impl Lookup for Leads {
    fn lookup(&self, _: String) -> Found {
        self.1.fetch_add(1, Relaxed);
        let found = self.0.clone();
        Box::pin(async move { Ok(found) })
    }
}

/// A server that answers everything with this and tells what it was asked.
async fn listen(answer: &'static str) -> (u16, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (asked, hears) = tokio::sync::mpsc::unbounded_channel();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 8192];
            let mut read = 0;
            while !buffer[..read].ends_with(b"}") {
                match stream.read(&mut buffer[read..]).await {
                    Ok(0) | Err(_) => break,
                    Ok(more) => read += more,
                }
            }
            let _ = asked.send(String::from_utf8_lossy(&buffer[..read]).into_owned());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, hears)
}

fn courier(loopback: bool, leads: &[&str]) -> (Courier, Arc<Leads>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let leads = leads.iter().map(|ip| ip.parse().unwrap()).collect();
    let leads = Arc::new(Leads(leads, AtomicU64::new(0)));
    (Courier::new(Guard::new(loopback, leads.clone())).unwrap(), leads)
}

fn posting(address: String) -> Posting {
    Posting { address, id: "evt_1".to_owned(), seconds: 5, signature: "v1,x".to_owned(), body: b"{}".to_vec() }
}

#[tokio::test]
async fn over_the_network_the_headers_are_there_and_a_redirect_is_not_followed() {
    let (there, mut there_hears) = listen("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
    let redirect =
        format!("HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:{there}/\r\nretry-after: 9\r\nconnection: close\r\n\r\n");
    let (port, mut hears) = listen(redirect.leak()).await;
    let (courier, _) = courier(true, &[]);
    let answered = courier.post(posting(format!("http://127.0.0.1:{port}/hook?a=b"))).await;
    assert_eq!(answered, Ok(Answered { status: 307, retry_after: Some(Duration::from_secs(9)) }));
    let request = hears.recv().await.unwrap().to_lowercase();
    assert!(request.starts_with("post /hook?a=b http/1.1\r\n"), "{request}");
    for header in [
        "webhook-id: evt_1\r\n",
        "webhook-timestamp: 5\r\n",
        "webhook-signature: v1,x\r\n",
        "content-type: application/cloudevents+json; charset=utf-8\r\n",
    ] {
        assert!(request.contains(header), "{request}");
    }
    assert!(request.ends_with("\r\n\r\n{}"), "{request}");
    assert!(there_hears.try_recv().is_err(), "the redirect was followed");
}

/// CWE-918, server-side request forgery: the relay as a tool against its own network.
#[tokio::test]
async fn nothing_reaches_a_private_address_by_number_by_name_or_by_a_name_that_changes() {
    let (port, mut hears) = listen("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
    for (leads, addresses) in [
        (vec!["127.0.0.1"], vec!["https://hook.example", "https://localhost"]),
        (vec!["8.8.8.8", "127.0.0.1"], vec!["https://hook.example"]),
        (vec!["::ffff:127.0.0.1"], vec!["https://hook.example"]),
        (
            vec!["8.8.8.8"],
            vec!["https://127.0.0.1", "https://2130706433", "https://[::ffff:127.0.0.1]", "https://0x7f.1"],
        ),
    ] {
        for address in addresses {
            let (courier, _) = courier(false, &leads);
            let answered = courier.post(posting(format!("{address}:{port}/"))).await;
            assert_eq!(answered, Err(WebhookTrouble::Refused), "{address} {leads:?}");
        }
    }
    assert!(hears.try_recv().is_err(), "something was connected to");
}

#[tokio::test]
async fn a_connection_goes_to_the_very_address_that_was_judged() {
    // The port answers no TLS, so nothing is told; what counts is that it was connected to, and asked for once.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (courier, leads) = courier(true, &["127.0.0.1"]);
    let connected = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 512];
        let read = stream.read(&mut hello).await.unwrap();
        hello[..read].to_vec()
    });
    let answered = courier.post(posting(format!("https://no-such-name.example:{port}/"))).await;
    assert_eq!(answered, Err(WebhookTrouble::Connection));
    let hello = connected.await.unwrap();
    assert_eq!((hello[0], leads.1.load(Relaxed)), (22, 1), "a TLS handshake, after one question");
    let name = b"no-such-name.example";
    assert!(hello.windows(name.len()).any(|window| window == name), "for the name, so its certificate counts");
}

//! Addresses that try to lead elsewhere.

use std::fs;

use anyhow::{Result, ensure};
use konvolutt_tests::Server;
use konvolutt_tests::server::How;

use super::wire::{ask, exchange, parse};

const SECRET: &str = "outside-of-what-is-served";

/// A front end with one file, and a secret beside and above it.
fn served() -> Result<(tempfile::TempDir, Server)> {
    let folder = tempfile::tempdir()?;
    let dist = folder.path().join("dist");
    fs::create_dir_all(dist.join("assets/deep"))?;
    fs::create_dir_all(dist.join("embed/v1"))?;
    fs::write(dist.join("index.html"), "<!doctype html>page")?;
    fs::write(dist.join("lab.html"), "<!doctype html>lab")?;
    fs::write(dist.join("frame.html"), "<!doctype html>frame")?;
    fs::write(dist.join("embed/v1/efm-send.js"), "loader")?;
    fs::write(dist.join("assets/app.js"), "script")?;
    fs::write(dist.join("secret"), SECRET)?;
    fs::write(folder.path().join("secret"), SECRET)?;
    let server = Server::start_as(How::default().with(&["--dist", &dist.to_string_lossy()]))?;
    Ok((folder, server))
}

pub(crate) fn with_front_end() -> Result<(tempfile::TempDir, Server)> {
    served()
}

#[test]
fn zip_slip_no_path_leads_out_of_the_folder() -> Result<()> {
    let (_folder, server) = served()?;
    ensure!(ask(&server, "GET /assets/app.js", "", "").body == "script");
    for path in [
        "/assets/../secret",
        "/assets/../../secret",
        "/assets/..%2fsecret",
        "/assets/%2e%2e/secret",
        "/assets/%2e%2e%2fsecret",
        "/assets/%252e%252e%252fsecret",
        "/assets/..%5csecret",
        "/assets/..\\secret",
        "/assets/%c0%ae%c0%ae/secret",
        "/assets/%c0%ae%c0%ae%c0%afsecret",
        "/assets/%e0%80%ae%e0%80%ae/secret",
        "/assets/....//secret",
        "/assets//../secret",
        "/assets/./../secret",
        "/assets/deep/../../secret",
        "/assets/app.js/../../secret",
        "/assets/secret%00.js",
        "/assets/..%00/secret",
        "/assets/%00",
        "/assets/%ff%fe",
        "/assets/%zz",
        "/assets/%",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/embed/v1/../../secret",
        "/lab/../secret",
        "/../secret",
        "/..%2f..%2fsecret",
        "//secret",
        "/secret",
        "/api/v1/../../secret",
        "/api/v1/messages/..%2f..%2fsecret",
        "/api/v1/messages/%00",
        "/api/v1/messages/%ff/package",
        "/api/v1/uploads/..%2f..%2frelay.sqlite",
        "/sandbox/keystores/..%2f..%2fsecret",
    ] {
        let answer = ask(&server, &format!("GET {path}"), "", "");
        ensure!(!answer.body.contains(SECRET) && !answer.body.contains("root:"), "{path}: {answer:?}");
        ensure!(answer.status < 500, "{path}: {answer:?}");
    }
    Ok(())
}

#[test]
fn an_address_that_names_another_host_is_refused() -> Result<()> {
    let (_folder, server) = served()?;
    let ask = |line: &str, headers: &str| {
        let request = format!("{line} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n");
        parse(&exchange(&server, request.as_bytes()))
    };
    for (line, headers, status) in [
        ("GET /", "host: localhost\r\n", 200),
        ("GET /", "host: 127.0.0.1:1234\r\n", 200),
        ("GET /", "Host: LOCALHOST:8080\r\n", 200),
        ("GET http://localhost/", "host: localhost\r\n", 200),
        ("GET /", "host: evil.example\r\n", 421),
        ("GET /", "host: localhost.evil.example\r\n", 421),
        ("GET /", "host: konvolutt@evil.example\r\n", 421),
        ("GET /", "host: localhost@evil.example\r\n", 421),
        ("GET /", "host: evil.example@localhost\r\n", 421),
        ("GET http://evil.example/", "host: localhost\r\n", 400),
        ("GET http://localhost/", "host: evil.example\r\n", 400),
        ("GET http://evil.example/", "host: evil.example\r\n", 421),
        ("GET /", "", 400),
        ("GET /", "host: localhost\r\nhost: evil.example\r\n", 400),
        ("GET /", "host: localhost\r\nhost: localhost\r\n", 400),
        ("GET /", "host: \r\n", 400),
        ("GET /", "host: a b\r\n", 400),
        ("GET /", "host: localhost/../\r\n", 400),
        ("GET /", "x-forwarded-host: localhost\r\nhost: evil.example\r\n", 421),
        ("GET /api/v1/session", "host: evil.example\r\n", 421),
        ("GET /assets/app.js", "host: evil.example\r\n", 421),
        ("GET /trust.json", "host: evil.example\r\n", 421),
        ("GET /sandbox/mailbox.json", "host: evil.example\r\n", 421),
        ("GET /health/live", "host: evil.example\r\n", 200),
        ("GET /health/ready", "host: 10.1.2.3:8080\r\n", 200),
    ] {
        let answer = ask(line, headers);
        ensure!(answer.status == status, "{line} {headers:?}: {answer:?}");
        ensure!(!answer.body.contains("evil"), "{line} {headers:?}: what was asked is not repeated");
    }
    Ok(())
}

#[test]
fn only_the_names_in_the_configuration_are_answered() -> Result<()> {
    let server = Server::start_with(&[("KONVOLUTT_SERVER__HOSTS", "konvolutt.etat.example, konvolutt.intern")])?;
    for (host, status) in
        [("konvolutt.etat.example", 200), ("Konvolutt.Intern:443", 200), ("localhost", 421), ("127.0.0.1", 421)]
    {
        let request = format!("GET /trust.json HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let answer = parse(&exchange(&server, request.as_bytes()));
        ensure!(answer.status == status, "{host}: {answer:?}");
    }
    Ok(())
}

use super::*;

/// One name, and where it leads.
#[derive(Debug)]
struct Named(&'static str, Vec<IpAddr>);

impl Lookup for Named {
    fn lookup(&self, name: String) -> Found {
        let found = if name == self.0 { Ok(self.1.clone()) } else { Err(io::ErrorKind::NotFound.into()) };
        Box::pin(async move { found })
    }
}

fn guard(loopback: bool) -> Guard {
    Guard::new(loopback, Arc::new(Named("hook.example", Vec::new())))
}

#[test]
fn addresses_that_are_not_public_are_refused_however_they_are_written() {
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:10.0.0.1]",
        "0.0.0.0",
        "[::]",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "192.0.0.192",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[2001:db8::1]",
    ] {
        let address = format!("https://{host}/hook");
        assert_eq!(guard(false).check(&address).unwrap_err(), Forbidden::Private, "{address}");
    }
}

#[test]
fn public_addresses_are_told() {
    for host in ["hook.example", "8.8.8.8", "172.32.0.1", "[2a00:1450:400f::1]", "[::ffff:8.8.8.8]", "11.0.0.1:8443"] {
        let address = format!("https://{host}/hook?a=b");
        assert!(guard(false).check(&address).is_ok(), "{address}");
    }
}

#[test]
fn only_the_sandbox_may_tell_this_machine_and_that_without_tls() {
    for address in ["http://127.0.0.1:1/x", "http://[::1]:1/x", "http://localhost:1/x", "https://127.0.0.1/x"] {
        assert!(guard(true).check(address).is_ok(), "{address}");
        assert!(guard(false).check(address).is_err() || address.contains("localhost"), "{address}");
    }
    for address in ["http://hook.example/", "http://10.0.0.1/", "https://169.254.169.254/", "http://8.8.8.8/"] {
        assert!(guard(true).check(address).is_err(), "{address}");
    }
}

#[test]
fn other_forms_are_refused() {
    for address in [
        "http://hook.example/",
        "ftp://hook.example/",
        "file:///etc/passwd",
        "https://user@hook.example/",
        "https://user:secret@hook.example/",
        "https://hook.example/#part",
        "hook.example",
        "https://",
        "",
        &format!("https://hook.example/{}", "a".repeat(LONGEST)),
    ] {
        assert_eq!(guard(false).check(address).unwrap_err(), Forbidden::Form, "{address}");
    }
}

#[tokio::test]
async fn a_name_is_as_good_as_the_worst_of_its_addresses() {
    let public: IpAddr = "8.8.8.8".parse().unwrap();
    for (found, expected) in [
        (vec![public], Ok(vec![public])),
        (vec![public, Ipv4Addr::LOCALHOST.into()], Err(Forbidden::Private)),
        (vec!["::ffff:10.0.0.1".parse().unwrap()], Err(Forbidden::Private)),
        (vec![], Err(Forbidden::Unknown)),
    ] {
        let guard = Guard::new(false, Arc::new(Named("hook.example", found)));
        assert_eq!(guard.resolve("hook.example").await, expected);
        assert_eq!(guard.resolve("other.example").await, Err(Forbidden::Unknown));
    }
}

#[tokio::test]
async fn the_systems_names_of_this_machine_are_refused() {
    let guard = Guard::new(false, Arc::new(SystemLookup));
    assert_eq!(guard.resolve("localhost").await, Err(Forbidden::Private));
}

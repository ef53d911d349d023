use super::keys::{KEYS, Kind};
use super::layers::Origin;
use super::mistake::What;
use super::*;
use konvolutt_shared::api::Role;

const EXAMPLE: &str = include_str!("../../konvolutt.example.toml");

fn read(file: &str, environment: &[(&str, &str)]) -> Result<Configuration, Vec<Mistake>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("konvolutt.toml");
    std::fs::write(&path, file).unwrap();
    let variables = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    match Configuration::read(Some(&path), variables, &Flags::default(), false) {
        Ok(configuration) => Ok(configuration),
        Err(ConfigError::Mistakes(mistakes)) => Err(mistakes),
        Err(other) => panic!("{other}"),
    }
}

fn shown(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(|one| format!("{one}\n")).collect()
}

#[test]
fn origins_match_exactly_or_by_port() {
    let client = EmbedClient {
        id: "pk_test_a".to_owned(),
        origins: vec!["https://etat.example".to_owned(), "http://localhost:*".to_owned()],
        orgnr: Some("310904007".to_owned()),
    };
    assert!(client.allows_for("https://etat.example", "310904007"));
    assert!(!client.allows_for("https://etat.example", "310904015"), "another organisation's frame");
    assert!(!client.allows_for("https://etat.example.evil", "310904007"));
    for origin in ["https://etat.example", "http://localhost:8080", "http://localhost"] {
        assert!(client.allows(origin), "{origin}");
    }
    for origin in [
        "https://etat.example.evil",
        "http://localhost.evil:80",
        "http://localhost:80.evil",
        "null",
        "https://localhost:1",
    ] {
        assert!(!client.allows(origin), "{origin}");
    }
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known() {
    let file = "[server]\nlisten = '127.0.0.1:1'\n\n# more\nlisen = 'x'\n[altin]\nbroker = 'https://b.example'\n";
    let mistakes = read(file, &[("KONVOLUTT_SERVER__DAAT", "x")]).unwrap_err();
    let expected = "file, line 5: there is no key «server.lisen». Did you mean «server.listen»?\n\
                    file, line 7: there is no key «altin.broker». Did you mean «altinn.broker»?\n\
                    environment, KONVOLUTT_SERVER__DAAT: there is no key «server.daat». Did you mean «server.data»?\n";
    assert_eq!(shown(&mistakes), expected);
}

#[test]
fn a_key_inside_a_list_of_tables_is_checked_too() {
    let mistakes = read("[[organisations]]\norgnr = '1'\nnavn = 'x'\n", &[]).unwrap_err();
    let unknown = What::Unknown { key: "organisations.navn".to_owned(), nearest: "organisations.name".to_owned() };
    assert!(mistakes.contains(&Mistake { origin: Origin::File(3), what: unknown }), "{mistakes:?}");
    let variable = [("KONVOLUTT_ORGANISATIONS", "[{orgnr = '1', name = 'x', nme = 'y'}]")];
    assert!(
        matches!(&read("", &variable).unwrap_err()[0].what, What::Unknown { key, .. } if key == "organisations.nme")
    );
}

#[test]
fn a_top_level_key_or_section_that_is_unknown_is_an_error() {
    for (file, meant) in [("audience = 'x'", "server.audience"), ("[sever]\nlisten = '127.0.0.1:1'", "server.listen")] {
        let mistakes = read(file, &[]).unwrap_err();
        assert!(matches!(&mistakes[0].what, What::Unknown { nearest, .. } if nearest == meant), "{mistakes:?}");
    }
    let expected = "file, line 2: there is no key «[sever]». Did you mean «[server]»?\n";
    assert_eq!(shown(&read("[server]\n[sever]\n", &[]).unwrap_err()), expected);
    assert!(read("[server]\n[dpf]\n", &[]).is_ok(), "an empty section that is known says nothing");
}

#[test]
fn the_environment_wins_over_the_file_and_the_command_line_over_both() {
    let file = "[server]\nlisten = '127.0.0.1:1'\naudience = 'of-file'\n";
    let variables = [("KONVOLUTT_SERVER__LISTEN", "127.0.0.1:2"), ("KONVOLUTT_SERVER__MIN_FREE_MIB", "7")];
    let configuration = read(file, &variables).unwrap();
    assert_eq!(configuration.server().listen.port(), 2);
    assert_eq!(configuration.server().min_free_mib, 7);
    assert_eq!(configuration.server().audience, "of-file");

    let flags = Flags { listen: Some("127.0.0.1:3".parse().unwrap()), ..Flags::default() };
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let configuration = Configuration::read(None, variables, &flags, false).unwrap();
    assert_eq!(configuration.server().listen.port(), 3);
    let shown = configuration.show();
    assert!(shown.contains("listen = \"127.0.0.1:3\"  # command line, --listen"), "{shown}");
    assert!(shown.contains("min_free_mib = 7  # environment, KONVOLUTT_SERVER__MIN_FREE_MIB"), "{shown}");
    assert!(shown.contains("data = \"data\"  # default"), "{shown}");
    assert!(shown.contains("# audience is not set"), "{shown}");
}

#[test]
fn variables_of_others_are_left_alone_and_near_misses_are_not() {
    assert!(read("", &[("KONVOLUTT_PORT_8080_TCP", "tcp://1.2.3.4:1"), ("KONVOLUTT_SANDBOX_SPEED", "8")]).is_ok());
    let mistakes = read("", &[("KONVOLUTT_SERVER_LISTEN", "127.0.0.1:2")]).unwrap_err();
    assert!(shown(&mistakes).contains("Did you mean «server.listen»?"), "{mistakes:?}");
}

#[test]
fn a_secret_given_inline_is_refused_with_advice_and_not_shown() {
    let pem = "-----BEGIN SOMETHING-----\nc2VjcmV0\n";
    for (file, variables) in [
        (format!("[maskinporten]\nkey = '''{pem}'''\n"), vec![]),
        (format!("[maskinporten]\nkey_file = '''{pem}'''\n"), vec![]),
        (String::new(), vec![("KONVOLUTT_MASKINPORTEN__KEY", pem)]),
        (String::new(), vec![("KONVOLUTT_MASKINPORTEN__KEY_FILE", pem)]),
    ] {
        let mistakes = read(&file, &variables).unwrap_err();
        let shown = shown(&mistakes);
        assert!(shown.contains("give the file's path as «maskinporten.key_file»"), "{shown}");
        assert!(!shown.contains("c2VjcmV0") && !format!("{mistakes:?}").contains("c2VjcmV0"), "{shown}");
    }
    let file = "[altinn]\nbroker = 'https://me:c2VjcmV0@b.example'\nexchange = 'c2VjcmV0\n";
    let shown = shown(&read(file, &[]).unwrap_err());
    assert!(shown.starts_with("file, line 3") && !shown.contains("c2VjcmV0"), "{shown}");
    let shown = self::shown(&read(&file[..file.find("exchange").unwrap()], &[]).unwrap_err());
    assert!(shown.contains("without user and password") && !shown.contains("c2VjcmV0"), "{shown}");
}

#[test]
fn values_of_the_wrong_shape_are_named_with_what_is_expected() {
    let file = "[server]\nlisten = 'here'\nmin_free_mib = -1\n[log]\nformat = 'xml'\n[trust]\nanchors = 'one.pem'\n";
    let mistakes = shown(&read(file, &[("KONVOLUTT_SERVER__MIN_FREE_MIB", "many")]).unwrap_err());
    for part in
        ["line 2: «server.listen» must be", "line 3: «server.min_free_mib»", "line 5: «log.format» must be one of"]
    {
        assert!(mistakes.contains(part), "{part}: {mistakes}");
    }
    assert!(mistakes.contains("line 7: «trust.anchors» must be a list, each a path"), "{mistakes}");
    for to in ["'2026-02-30'", "'tomorrow'", "2026-12-31"] {
        let file = format!("[[delegations]]\nsigner = '1'\nsender = '2'\nfrom = '2026-01-01'\nto = {to}\n");
        let mistakes = read(&file, &[]).unwrap_err();
        assert!(matches!(&mistakes[0].what, What::Kind { key, .. } if key == "delegations"), "{to}: {mistakes:?}");
    }
    assert!(mistakes.contains("KONVOLUTT_SERVER__MIN_FREE_MIB: «server.min_free_mib» must be a whole number"));
}

#[test]
fn a_message_channel_has_a_name_that_the_broker_can_be_told() {
    let file = |name: &str| format!("[[message_channels]]\norgnr = '310904007'\nname = '{name}'\n");
    assert!(read(&file("Konvolutt_1-a"), &[]).unwrap().show().contains("name = \"Konvolutt_1-a\""), "it is no secret");
    for name in ["", "med mellomrom", "blåbær", &"x".repeat(26)] {
        let mistakes = shown(&read(&file(name), &[]).unwrap_err());
        assert!(mistakes.contains("«message_channels» must be"), "{name}: {mistakes}");
        assert!(mistakes.contains("orgnr and name (1 to 25 of A-Z, a-z, 0-9, - and _)"), "{mistakes}");
    }
}

#[test]
fn what_the_real_world_needs_is_listed_when_it_is_missing() {
    let error = Configuration::read(None, Vec::new(), &Flags::default(), true).unwrap_err().to_string();
    assert!(error.contains("«altinn.broker» is missing (in the environment: KONVOLUTT_ALTINN__BROKER)"), "{error}");
    assert!(!error.contains("embed"), "{error}");
}

#[test]
fn the_example_parses_and_explains_every_key() {
    let configuration = read(EXAMPLE, &[]).unwrap();
    assert_eq!(configuration.server().audience, "konvolutt.etat.example");
    // With every comment of a key taken away, each key must be there with a value that fits.
    let whole: String =
        EXAMPLE.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n").collect();
    let configuration = read(&whole, &[]).unwrap();
    for key in KEYS {
        let given = configuration.layers.get(key.path);
        assert!(given.is_some_and(|given| matches!(given.origin, Origin::File(_))), "{} is not in it", key.path);
        if let Kind::Tables(names) = key.kind {
            let tables = given.and_then(|given| given.value.as_array()).unwrap();
            assert!(names.iter().all(|(name, _)| tables[0].get(name).is_some()), "{}", key.path);
        }
        assert!(EXAMPLE.contains(&key.variable()) || key.path.contains('.'), "{}", key.path);
    }
}

#[test]
fn every_key_can_be_given_by_the_environment_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, "{}").unwrap();
        path.to_string_lossy().into_owned()
    };
    let value = |kind: Kind| match kind {
        Kind::Text => "text".to_owned(),
        Kind::Word(words) => words[0].to_owned(),
        Kind::Address => "https://a.example/x".to_owned(),
        Kind::Database => "postgres://u@h/d".to_owned(),
        Kind::Listen => "127.0.0.1:0".to_owned(),
        Kind::Path => file("one"),
        Kind::Number => "1".to_owned(),
        Kind::Day => "2026-01-01".to_owned(),
        Kind::MessageChannel => unreachable!("only in tables"),
        Kind::Ip => "192.0.2.1".to_owned(),
        Kind::Many(Kind::Path) => format!("{}, {}", file("one"), file("two")),
        Kind::Many(Kind::Ip) => "192.0.2.1, 2001:db8::1".to_owned(),
        Kind::Many(_) => "['https://a.example', 'https://b.example']".to_owned(),
        Kind::Maybe(_) => unreachable!("only in tables"),
        Kind::Tables(names) => {
            let table = match (names[0].0, names.len()) {
                ("signer", _) => "{signer = '1', sender = '2', from = '2026-01-01', to = '2026-12-31'}",
                ("organisation", _) => "{organisation = '1', channels = ['DPO', 'DPV']}",
                ("id", _) => "{id = 'i', origins = ['http://o']}",
                ("claim", _) => "{claim = 'c', value = 'v', organisation = '*', roles = ['reader', 'auditor']}",
                ("key_file", _) => &format!("{{key_file = '{0}', certificate_file = '{0}'}}", file("older")),
                (_, 2) => "{orgnr = '1', name = 'n'}",
                _ => &format!("{{orgnr = '1', account = 'a', receiver = 'r', password_file = '{}'}}", file("secret")),
            };
            format!("[{table}]")
        }
    };
    // Of the two ways to prove itself to the provider a client has one.
    let keys = KEYS.iter().filter(|key| key.path != "identity.secret_file");
    let text = |key: &keys::Key| match key.path {
        // Not any text will do.
        "dpi.printer" => "310904104".to_owned(),
        _ => value(key.kind),
    };
    let variables: Vec<(String, String)> = keys.map(|key| (key.variable(), text(key))).collect();
    let configuration = Configuration::read(None, variables, &Flags::default(), true).unwrap();
    let outside = configuration.outside().unwrap();
    assert_eq!(outside.trust.anchors.len(), 2);
    assert!(matches!(&outside.identity.proof, Proof::Key { kid, .. } if kid == "text"));
    assert_eq!(outside.identity.mapping.table[0].roles, [Role::Reader, Role::Auditor]);
    assert_eq!(outside.revocation_lists, ["https://a.example", "https://b.example"]);
    assert_eq!((outside.organisations[0].orgnr.as_str(), outside.embed[0].id.as_str()), ("1", "i"));
    assert_eq!(outside.maskinporten.system_users.get("1").map(String::as_str), Some("n"));
    assert_eq!(outside.broker.channels.get("1").map(MessageChannel::as_str), Some("n"));
    assert_eq!(outside.digital_only, ["https://a.example", "https://b.example"], "a list of texts");
    let delegation = &outside.delegations[0];
    assert_eq!((delegation.signer.as_str(), delegation.sender.as_str()), ("1", "2"));
    assert!(outside.approvals[0].covers("1", "DPV") && !outside.approvals[0].covers("1", "DPF"));
    let dpf = outside.dpf.unwrap();
    assert_eq!((dpf.integration.as_str(), dpf.accounts[0].receiver.as_str()), ("text", "r"));
    let dpv = outside.dpv.unwrap();
    assert_eq!((dpv.base.as_str(), dpv.keys.len(), dpv.defaults.due_days), ("https://a.example/x", 2, 1));
    let dpi = outside.dpi.unwrap();
    assert_eq!((dpi.base.as_str(), dpi.channel.as_str()), ("https://a.example/x", "text"));
    assert_eq!(outside.trust.printer.as_deref(), Some("310904104"));
    assert_eq!(outside.altinn_system.as_deref(), Some("text"));
    assert_eq!(outside.contact_register.as_deref(), Some("https://a.example/x"));
    assert_eq!(outside.maskinporten.owner.as_deref(), Some("text"));
    assert_eq!(configuration.metrics(), Some("127.0.0.1:0".parse().unwrap()));
}

#[test]
fn what_is_printed_can_be_read_again_and_hides_queries() {
    let file = "[trust]\nrevocation_lists = ['http://c.example/a.crl?key=c2VjcmV0']\n[[organisations]]\norgnr = '1'\nname = 'n'\n";
    let shown = read(file, &[]).unwrap().show();
    assert!(!shown.contains("c2VjcmV0") && shown.contains("http://c.example/a.crl?…"), "{shown}");
    let again = read(&shown, &[]).unwrap();
    assert_eq!(again.sections.organisations[0].name, "n");
}

#[test]
fn paths_in_a_file_are_relative_to_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.toml");
    std::fs::write(&path, "[server]\ndata = 'kept'\ndist = '/srv/dist'\n").unwrap();
    let configuration = Configuration::read(Some(&path), Vec::new(), &Flags::default(), false).unwrap();
    assert_eq!(configuration.server().data, folder.path().join("kept"));
    assert_eq!(configuration.server().dist.as_deref(), Some(Path::new("/srv/dist")));
}

#[test]
fn a_client_proves_itself_in_one_way() {
    let file = |lines: &str| format!("[identity]\nissuer = 'https://p.example'\nclient = 'c'\n{lines}");
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s3cret\n").unwrap();
    let line = |key: &str| format!("{key} = '{}'\n", secret.display());
    let proof = |lines: &str| identity(read(&file(lines), &[]).unwrap().sections.identity, Vec::new());
    let Proof::Secret(text) = proof(&line("secret_file")).unwrap().proof else { panic!("a secret") };
    assert_eq!(text.expose(), "s3cret");
    for both in [String::new(), "kid = 'k'\n".to_owned(), line("key_file"), line("secret_file") + &line("key_file")] {
        assert!(matches!(proof(&both), Err(ConfigError::IdentityProof)), "{both}");
    }
}

#[test]
fn a_channel_of_mailboxes_is_one_that_the_network_takes() {
    let dpi = |lines: &str| dpi::config(read(&format!("[dpi]\n{lines}"), &[]).unwrap().sections.dpi);
    assert!(dpi("channel = 'x y'\n").unwrap().is_none(), "off, whatever else is said");
    assert_eq!(dpi("address = 'https://c2.example'\n").unwrap().unwrap().channel, "konvolutt");
    for channel in ["x y", "æ", &"x".repeat(29)] {
        let lines = format!("address = 'https://c2.example'\nchannel = '{channel}'\n");
        assert!(matches!(dpi(&lines), Err(ConfigError::DpiChannel)), "{channel}");
    }
}

#[test]
fn a_key_for_the_secrets_of_webhooks_is_long_enough() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let key = |content: &str| {
        std::fs::write(&file, content).unwrap();
        let variable = ("KONVOLUTT_WEBHOOKS__KEY_FILE".to_owned(), file.display().to_string());
        Configuration::read(None, vec![variable], &Flags::default(), false).unwrap().webhook_key()
    };
    assert!(key(&"k".repeat(32)).unwrap().is_some());
    assert!(matches!(key(&format!("{}\n", "k".repeat(31))), Err(ConfigError::WebhookKey)));
    assert!(Configuration::read(None, vec![], &Flags::default(), false).unwrap().webhook_key().unwrap().is_none());
}

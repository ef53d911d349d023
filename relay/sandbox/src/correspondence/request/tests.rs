use super::*;

const KEY: &str = "0198c1f0-1111-4000-8000-000000000001";

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn good() -> Vec<(&'static str, &'static str)> {
    vec![
        ("Correspondence.ResourceId", super::super::RESOURCE),
        ("Correspondence.SendersReference", "ref"),
        ("Correspondence.MessageSender", "Solvik fylkeskommune"),
        ("Correspondence.Content.Language", "nb"),
        ("Correspondence.Content.MessageTitle", "Tittel"),
        ("Correspondence.Content.MessageSummary", "Sammendrag"),
        ("Correspondence.Content.MessageBody", "Innhold"),
        ("Correspondence.Content.Attachments[0].FileName", "brev.pdf"),
        ("Correspondence.DueDateTime", "2026-11-30T12:00:00Z"),
        ("Correspondence.PropertyList.senderOrgNumber", "310904007"),
        ("Correspondence.ReplyOptions[0].LinkURL", "https://svar.example/1"),
        ("Correspondence.Notification.NotificationTemplate", "CustomMessage"),
        ("Correspondence.Notification.NotificationChannel", "EmailAndSms"),
        ("Correspondence.Notification.EmailSubject", "Nytt brev"),
        ("Correspondence.Notification.EmailBody", "Du har fått brev"),
        ("Correspondence.Notification.SmsBody", "Du har fått brev"),
        ("Correspondence.Notification.SendReminder", "true"),
        ("Recipients[0]", "urn:altinn:organization:identifier-no:310900311"),
        ("IdempotentKey", KEY),
    ]
}

fn check(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Result<Request, Problem> {
    Request::check(Form::of(fields, files), now())
}

#[test]
fn a_whole_order_is_read() {
    let order = check(&good(), &[("brev.pdf", b"abc")]).unwrap();
    assert_eq!(order.recipients, [Recipient::Organisation("310900311".to_owned())]);
    assert_eq!(order.key, Some(KEY.parse().unwrap()));
    assert_eq!(order.sender.as_deref(), Some("310904007"));
    assert_eq!(order.notification, Some(("EmailAndSms".to_owned(), true)));
    assert_eq!(order.texts.reminder_sms, "Du har fått brev", "a reminder repeats the text");
    assert_eq!(order.texts.replies, [("https://svar.example/1".to_owned(), String::new())]);
    assert_eq!(order.attachments[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn each_wrong_field_is_named() {
    let long = "x".repeat(301);
    for (field, value) in [
        ("Correspondence.ResourceId", ""),
        ("Correspondence.SendersReference", ""),
        ("Correspondence.Content.MessageTitle", ""),
        ("Correspondence.Content.MessageTitle", "<b>tittel</b>"),
        ("Correspondence.Content.MessageBody", ""),
        ("Correspondence.Content.Language", "se"),
        ("Correspondence.DueDateTime", "2026-11-23T11:59:59Z"),
        ("Correspondence.DueDateTime", "i morgen"),
        ("Correspondence.IsConfidential", "ja"),
        ("Correspondence.ReplyOptions[0].LinkURL", "http://svar.example/1"),
        ("Correspondence.Notification.SmsBody", ""),
        ("Correspondence.Notification.NotificationChannel", "Due"),
        ("Correspondence.PropertyList.senderOrgNumber", &long),
        ("Recipients[0]", "310900312"),
        ("Recipients[0]", "urn:altinn:person:identifier-no:04817010497"),
    ] {
        let mut fields = good();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let answer = check(&fields, &[("brev.pdf", b"abc")]);
        let Err(Problem::Validation(wrong)) = answer else { panic!("{field}={value}: {answer:?}") };
        let name = field.trim_end_matches(".senderOrgNumber").trim_end_matches("[0]");
        assert!(wrong.iter().any(|(named, _)| named == name), "{field}={value}: {wrong:?}");
    }
}

#[test]
fn numbered_refusals() {
    let file: &[(&str, &[u8])] = &[("brev.pdf", b"abc")];
    let with = |field: &'static str, value: &'static str| {
        let mut fields = good();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        fields
    };
    let number = |answer: Result<Request, Problem>| match answer {
        Err(Problem::Numbered(number, status, _)) => (number, status.as_u16()),
        other => panic!("{other:?}"),
    };
    let resource = "Correspondence.ResourceId";
    assert_eq!(number(check(&with(resource, "en-annen"), file)), (4001, 401));
    assert_eq!(number(check(&with(resource, CONFIDENTIAL), file)), (1060, 400));
    assert_eq!(number(check(&with("Correspondence.IsConfidential", "true"), file)), (1061, 400));
    assert_eq!(number(check(&with("IdempotentKey", "ikke-en-uuid"), file)), (1033, 400));
    assert_eq!(number(check(&with("Recipients[1]", "0192:310900117"), file)), (1047, 400));
    assert_eq!(number(check(&good(), &[])), (1005, 400));
    assert_eq!(number(check(&good(), &[("annet.pdf", b"abc")])), (1005, 400));
    assert_eq!(number(check(&good(), &[("brev.pdf", b"")])), (2012, 400));
}

#[test]
fn file_names_follow_windows_and_the_list() {
    for name in ["brev.pdf", "Brev nr. 2.DOCX", "bilde.jpeg", "å.txt", "COM.pdf"] {
        assert!(is_allowed(name), "{name}");
    }
    for name in ["brev", ".pdf", "brev.exe", "CON.pdf", "com1.txt", "a:b.pdf", "a/b.pdf", "brev.pdf ", "a\u{7}.pdf"] {
        assert!(!is_allowed(name), "{name}");
    }
}

#[test]
fn malware_is_found() {
    let content = format!("før{}etter", MARKER.concat());
    let order = check(&good(), &[("brev.pdf", content.as_bytes())]).unwrap();
    assert!(order.attachments[0].infected);
    assert!(!check(&good(), &[("brev.pdf", MARKER[0].as_bytes())]).unwrap().attachments[0].infected);
}

//! Letters that are taken, and the receipts that they bring.

use super::*;

impl Desk<'_> {
    pub(super) async fn one_letter(&self) {
        let mut parcel = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.en#01DP"))), &[pdf("brev.pdf")]);
        parcel.head.sender_unit = Some("avd-7".to_owned());
        assert_eq!(self.send(&parcel).await, (201, String::new()));
        assert_eq!(self.send(&parcel).await, (400, "duplicate".to_owned()), "an id is used once");
        let path = format!("/out/{}/statuses", parcel.head.message_id);
        let theirs = token(self.sandbox, &self.relay.http, SCOPE, Some(DIRECTORATE)).await;
        assert_eq!(self.get(&theirs, &path).await.0, 404, "others learn nothing");
        let words = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect()
        };
        let mut seen = self.get(&self.token, &path).await.1;
        for _ in 0..200 {
            if words(&seen).len() > 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            seen = self.get(&self.token, &path).await.1;
        }
        assert_eq!(words(&seen), ["OPPRETTET", "SENDT"]);
        assert!(
            seen[0]["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok() && seen[0]["beskrivelse"].is_string()
        );

        // Delivered and opened lie in the queue of the letter, oldest first, a page each, until they are read.
        let list = format!("/in?kanal={}&page_size=1", CHANNEL.to_lowercase());
        let mut pages = Vec::new();
        for _ in 0..600 {
            pages = vec![self.get(&self.token, &list).await, self.get(&self.token, &format!("{list}&page=1")).await];
            if pages[1].0 == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let read = |page: &Value| {
            assert_eq!(page.as_array().unwrap().len(), 1);
            let verified = dpi::verify(page[0]["forretningsmelding"].as_str().unwrap(), &self.expected()).unwrap();
            assert_eq!(verified.signer.organisation().as_deref(), Some(DIGIPOST));
            dpi::read_receipt(&verified.sbd).unwrap()
        };
        let (first, second) = (read(&pages[0].1), read(&pages[1].1));
        assert_eq!((first.kind, second.kind), (DocumentType::Leveringskvittering, DocumentType::Aapningskvittering));
        assert_eq!(first.conversation_id, parcel.head.conversation_id);
        let (ours, provider) = (COUNTY.parse().unwrap(), DIGIPOST.parse().unwrap());
        assert_eq!(first.matches(parcel.head.conversation_id, ours, provider), Ok(()));
        assert_eq!(self.get(&self.token, &format!("{list}&page=2")).await.0, 204, "no third page");
        for (query, status) in [
            ("", 204),
            ("?kanal=annen", 204),
            ("?kanal=solvik-1&avsenderidentifikator=avd-8", 204),
            ("?kanal=solvik-1&avsenderidentifikator=avd-7", 200),
        ] {
            assert_eq!(self.get(&self.token, &format!("/in{query}")).await.0, status, "{query}");
        }
        assert_eq!(self.get(&theirs, &list).await.0, 204, "somebody else's queue");
        assert_eq!(self.get(&self.token, &format!("/in/{}", first.id)).await.0, 404, "a receipt has no package");
        for id in [first.id, second.id] {
            assert_eq!(self.mark_read(&theirs, &id.to_string()).await, 404);
            assert_eq!(self.mark_read(&self.token, &id.to_string()).await, 200);
            assert_eq!(self.mark_read(&self.token, &id.to_string()).await, 404, "read is gone");
        }
        assert_eq!(self.get(&self.token, &list).await.0, 204);
        let package = format!("/in/{}", parcel.head.message_id);
        assert_eq!(self.get(&self.token, &package).await.0, 404, "the letter is the provider's");

        // A provider that the network does not know.
        let mut lost = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.en#01DP"))), &[pdf("brev.pdf")]);
        lost.head.receiver = party(DIRECTORATE);
        assert_eq!(self.send(&lost).await.0, 201);
        let path = format!("/out/{}/statuses", lost.head.message_id);
        for _ in 0..200 {
            seen = self.get(&self.token, &path).await.1;
            if words(&seen).len() > 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(words(&seen), ["OPPRETTET", "FEILET"]);
    }

    /// Every row at once; each letter's receipts are told by what they come to.
    pub(super) async fn everybody(&self) {
        let digital = |mailbox: &str, title: &str| {
            Body::Digital(Box::new(DigitalPost { title: title.to_owned(), ..post(mailbox) }))
        };
        let plain = |provider, mailbox: &str| self.parcel(provider, digital(mailbox, TITLE), &[pdf("brev.pdf")]);
        let text = PackDocument { media_type: "text/plain".to_owned(), ..pdf("brev.txt") };
        let infected = PackDocument { content: EICAR.concat().into_bytes(), ..pdf("virus.pdf") };
        let twice = [pdf("brev.pdf"), pdf("vedlegg.pdf"), pdf("vedlegg.pdf")];
        let titled = |title: &str| self.parcel(DIGIPOST, digital("prove.en#01DP", title), &[pdf("brev.pdf")]);
        let printed = |name: &str, document: PackDocument| self.parcel(PRINT, paper(name), &[document]);
        let mut garbled = plain(DIGIPOST, "prove.en#01DP");
        garbled.package =
            seal::seal(&self.providers[DIGIPOST], b"ingen pakke", &mut rand_core::UnwrapErr(getrandom::SysRng))
                .unwrap();
        garbled.head.package_digest = dpi::package_digest(&garbled.package);
        let mut misled = plain(EBOKS, "prove.to#02EB");
        misled.head.receiver = party(DIGIPOST);
        let notice = |address: &str| Notice { address: address.to_owned(), text: NOTICE.to_owned(), days: vec![0] };
        let notified = |provider, mailbox: &str| {
            let text_notice = Some(notice("+4740000000"));
            let body = Body::Digital(Box::new(DigitalPost { text_notice, ..post(mailbox) }));
            self.parcel(provider, body, &[pdf("brev.pdf")])
        };
        let client = "Feil KLIENT";
        let rows: Vec<(&str, Parcel, Vec<&str>)> = vec![
            ("delivered, not opened", notified(EBOKS, "prove.to#02EB"), vec!["Leveringskvittering"]),
            ("notice fails", plain(DIGIPOST, "prove.seks#06DP"), vec!["Leveringskvittering", "Varslingfeilet sms"]),
            ("opened", plain(EBOKS, "prove.sju#07EB"), vec!["Leveringskvittering", "Aapningskvittering"]),
            ("never opened", notified(DIGIPOST, "prove.otte#08DP"), vec!["Leveringskvittering"]),
            ("equal names", self.parcel(EBOKS, digital("prove.fjorten#14EB", "Brev"), &twice), vec![client]),
            ("other names", plain(EBOKS, "prove.fjorten#14EB"), vec!["Leveringskvittering"]),
            (
                "text",
                self.parcel(DIGIPOST, digital("prove.femten#15DP", "Brev"), std::slice::from_ref(&text)),
                vec![client],
            ),
            ("pdf", plain(DIGIPOST, "prove.femten#15DP"), vec!["Leveringskvittering"]),
            ("blames", plain(DIGIPOST, "prove.atten#18DP"), vec![client]),
            ("unknown mailbox", plain(DIGIPOST, "prove.ukjent#99XX"), vec![client]),
            ("another's mailbox", plain(DIGIPOST, "prove.to#02EB"), vec![client]),
            ("sealed to another", misled, vec![client]),
            ("no container", garbled, vec![client]),
            (
                "virus",
                self.parcel(DIGIPOST, digital("prove.en#01DP", "Brev"), std::slice::from_ref(&infected)),
                vec![client],
            ),
            ("title: fault", titled("[feil] Brev"), vec![client]),
            ("title: virus", titled("Brev [virus]"), vec![client]),
            ("paper", printed("Person uten postkasse", pdf("brev.pdf")), vec!["Mottakskvittering"]),
            (
                "paper comes back",
                printed("Person med papirpost som kommer i retur", pdf("brev.pdf")),
                vec!["Mottakskvittering", "Returpostkvittering"],
            ),
            ("paper: text", printed("Person uten postkasse", text), vec![client]),
            ("paper: title", printed("Person uten postkasse", pdf("[feil] brev.pdf")), vec![client]),
            ("paper: virus", printed("Person uten postkasse", infected), vec![client]),
        ];
        for (what, parcel, _) in &rows {
            assert_eq!(self.send(parcel).await, (201, String::new()), "{what}");
        }
        let wanted: usize = rows.iter().map(|(.., receipts)| receipts.len()).sum();
        let all = self.receipts_until(|all| all.len() >= wanted).await;
        for (what, parcel, receipts) in &rows {
            let ours = all.iter().filter(|one| one.conversation_id == parcel.head.conversation_id);
            assert_eq!(&ours.map(told).collect::<Vec<_>>(), receipts, "{what}");
        }
        // The provider fails once, and the letter that is sent again passes.
        for outcome in ["Feil SERVER", "Leveringskvittering", "Feil SERVER"] {
            let parcel = plain(EBOKS, "prove.nitten#19EB");
            assert_eq!(self.send(&parcel).await.0, 201);
            let all = self.receipts_until(|all| !all.is_empty()).await;
            assert_eq!(all.iter().map(told).collect::<Vec<_>>(), [outcome]);
            assert_eq!(all[0].conversation_id, parcel.head.conversation_id);
        }
        self.mailbox_shows(&rows[0].1, &rows[3].1).await;
    }

    async fn mailbox_shows(&self, ebox: &Parcel, digipost: &Parcel) {
        let url = format!("{}/sandbox/mailbox.json", self.sandbox.base);
        let mailbox: Value = self.relay.http.get(url).send().await.unwrap().json().await.unwrap();
        let entry = |parcel: &Parcel| {
            let id = parcel.head.message_id.to_string();
            mailbox["items"].as_array().unwrap().iter().find(|one| one["messageId"] == id).unwrap().clone()
        };
        let one = entry(ebox);
        assert_eq!(
            (&one["person"], &one["verdict"], &one["signer"]),
            (&json!("Person hos e-Boks"), &json!("ok"), &json!(COUNTY))
        );
        assert_eq!((&one["recipient"], &one["documents"][0]["name"]), (&json!(EBOKS), &json!("brev.pdf")));
        assert_eq!(one["notices"][0]["text"], "Du har fått ny post i e-Boks (emulert).");
        let other = entry(digipost);
        assert_eq!(other["person"], "Person som aldri leser");
        assert_eq!(other["notices"], json!([{ "channel": "sms", "text": NOTICE }]), "in the sender's words");
        let page = self.relay.http.get(format!("{}/sandbox/mailbox", self.sandbox.base)).send().await.unwrap();
        assert!(page.text().await.unwrap().contains("Person hos e-Boks"));
    }
}

//! Letters that somebody else must approve before they are sent.

use super::catalogue;

catalogue! {
    /// Letters that wait for approval.
    Approval {
        title: "Godkjenning", "Godkjenning", "Approval";
        lead: "Meldinger som venter på at noen andre enn avsenderen godkjenner dem. Fristen løper mens de venter.", "Meldingar som ventar på at nokon andre enn avsendaren godkjenner dei. Fristen går medan dei ventar.", "Messages that wait until somebody other than the sender approves them. The deadline runs while they wait.";
        list: "Venter på godkjenning", "Ventar på godkjenning", "Waiting for approval";
        empty: "Ingenting venter på godkjenning.", "Ingenting ventar på godkjenning.", "Nothing is waiting for approval.";
        count: "{n} venter", "{n} ventar", "{n} waiting";
        one_waits: "1 melding venter på godkjenning", "1 melding ventar på godkjenning", "1 message waits for approval";
        many_wait: "{n} meldinger venter på godkjenning", "{n} meldingar ventar på godkjenning", "{n} messages wait for approval";
        send: "Send til godkjenning", "Send til godkjenning", "Send for approval";
        before: "Hos dere må en annen godkjenne meldingen før den blir sendt.", "Hos dykk må ein annan godkjenne meldinga før ho blir send.", "In your organisation somebody else must approve the message before it is sent.";
        before_sealed: "Godkjenneren kan ikke åpne dokumentene, fordi hvert av dem blir kryptert til KS. Vis dem til godkjenneren på en annen måte.", "Godkjennaren kan ikkje opne dokumenta, fordi kvart av dei blir kryptert til KS. Vis dei til godkjennaren på ein annan måte.", "The approver cannot open the documents, because each of them is encrypted to KS. Show them to the approver in another way.";
        waits: "Venter på godkjenning", "Ventar på godkjenning", "Waiting for approval";
        waits_text: "Ingenting er sendt ennå. En annen hos dere med rollen «Godkjenner» må godkjenne meldingen først.", "Ingenting er sendt enno. Ein annan hos dykk med rolla «Godkjennar» må godkjenne meldinga først.", "Nothing is sent yet. Somebody else in your organisation with the role “Approver” must approve the message first.";
        asked: "Sendt til godkjenning", "Send til godkjenning", "Sent for approval";
        asked_text: "Meldingen blir ikke sendt før en annen hos dere har godkjent den.", "Meldinga blir ikkje send før ein annan hos dykk har godkjent ho.", "The message is not sent until somebody else in your organisation has approved it.";
        asked_next: "En godkjenner ser på den.", "Ein godkjennar ser på ho.", "An approver looks at it.";
        approved: "Godkjent", "Godkjend", "Approved";
        approved_text: "Meldingen er lagt i kø for sending.", "Meldinga er lagd i kø for sending.", "The message is queued to be sent.";
        returned: "Returnert", "Returnert", "Returned";
        returned_text: "Meldingen er ikke sendt, og blir det heller ikke.", "Meldinga er ikkje send, og blir det heller ikkje.", "The message was not sent, and will not be.";
        returned_next: "Les merknaden, rett meldingen og send den som en ny.", "Les merknaden, rett meldinga og send ho som ei ny.", "Read the note, mend the message and send it as a new one.";
        heading: "Godkjenn melding til {mottaker}", "Godkjenn melding til {mottaker}", "Approve message to {mottaker}";
        facts: "Hva som blir sendt", "Kva som blir sendt", "What will be sent";
        sent_by: "Skrevet av", "Skriven av", "Written by";
        subject: "Tittel", "Tittel", "Title";
        channel: "Leveringsmåte", "Leveringsmåte", "Delivery";
        size: "Kryptert pakke", "Kryptert pakke", "Encrypted package";
        hash: "Pakkens kontrollsum i konvolutten", "Kontrollsummen til pakken i konvolutten", "The package's checksum in the envelope";
        signer: "Signert av", "Signert av", "Signed by";
        exact: "Pakken er kontrollert i nettleseren din. Den er nøyaktig den som er signert, og som blir sendt.", "Pakken er kontrollert i nettlesaren din. Han er nøyaktig den som er signert, og som blir send.", "The package has been checked in your browser. It is exactly the one that was signed, and that will be sent.";
        sealed: "Innholdet er kryptert for mottakeren og kan ikke vises her. Du ser hvem som sender hva til hvem, og signaturen. Be avsenderen vise deg dokumentene før du godkjenner.", "Innhaldet er kryptert for mottakaren og kan ikkje visast her. Du ser kven som sender kva til kven, og signaturen. Be avsendaren vise deg dokumenta før du godkjenner.", "The contents are encrypted for the recipient and cannot be shown here. You see who sends what to whom, and the signature. Ask the sender to show you the documents before you approve.";
        key: "Legg inn virksomhetens sertifikat for å se hva meldingen inneholder.", "Legg inn sertifikatet til verksemda for å sjå kva meldinga inneheld.", "Add the organisation's certificate to see what the message contains.";
        approve: "Godkjenn og send", "Godkjenn og send", "Approve and send";
        unseen: "Jeg godkjenner uten å ha sett innholdet", "Eg godkjenner utan å ha sett innhaldet", "I approve without having seen the contents";
        unseen_help: "Meldingen er ikke åpnet og kontrollert i denne nettleseren.", "Meldinga er ikkje opna og kontrollert i denne nettlesaren.", "The message has not been opened and checked in this browser.";
        unseen_missing: "Se på innholdet først, eller kryss av her. Når du godkjenner, blir meldingen sendt slik den er.", "Sjå på innhaldet først, eller kryss av her. Når du godkjenner, blir meldinga send slik ho er.", "Look at the contents first, or tick this box. When you approve, the message is sent as it is.";
        send_back: "Returner til avsender", "Returner til avsendar", "Return to the sender";
        note: "Merknad til avsenderen", "Merknad til avsendaren", "Note to the sender";
        note_help: "Skriv hva som må rettes. Avsenderen ser merknaden og navnet ditt.", "Skriv kva som må rettast. Avsendaren ser merknaden og namnet ditt.", "Write what must be mended. The sender sees the note and your name.";
        note_missing: "Skriv en merknad, så avsenderen vet hva som må rettes.", "Skriv ein merknad, så avsendaren veit kva som må rettast.", "Write a note, so that the sender knows what to mend.";
        note_long: "Merknaden kan ha høyst 2000 tegn.", "Merknaden kan ha høgst 2000 teikn.", "The note can have at most 2000 characters.";
        yours: "Du har sendt denne meldingen selv. En annen må godkjenne den.", "Du har sendt denne meldinga sjølv. Ein annan må godkjenne ho.", "You sent this message yourself. Somebody else must approve it.";
        yours_mark: "Din egen", "Di eiga", "Your own";
        done_approved: "Meldingen er godkjent og blir sendt.", "Meldinga er godkjend og blir send.", "The message is approved and will be sent.";
        done_returned: "Meldingen er returnert til avsenderen.", "Meldinga er returnert til avsendaren.", "The message is returned to the sender.";
        see: "Se meldingen", "Sjå meldinga", "See the message";
        to_list: "Til listen", "Til lista", "To the list";
    }
}

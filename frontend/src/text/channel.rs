//! What a person decides about a channel, and what the channel does not carry.

use konvolutt_shared::address::LetterField;

use super::{Text, catalogue};

catalogue! {
    /// What a person decides about a channel.
    Channel {
        notification: "Varsel til mottakeren", "Varsel til mottakaren", "Notification to the recipient";
        transport: "Varsle med", "Varsle med", "Notify by";
        transport_both: "E-post og SMS", "E-post og SMS", "E-mail and SMS";
        transport_mail: "Bare e-post", "Berre e-post", "E-mail only";
        transport_sms: "Bare SMS", "Berre SMS", "SMS only";
        reminder: "Send påminnelse", "Send påminning", "Send a reminder";
        reminder_help: "Mottakeren får et nytt varsel etter en uke hvis meldingen ikke er åpnet.", "Mottakaren får eit nytt varsel etter ei veke om meldinga ikkje er opna.", "The recipient is notified again after a week if the message has not been opened.";
        with_reminder: "med påminnelse", "med påminning", "with a reminder";
        without_reminder: "uten påminnelse", "utan påminning", "without a reminder";
        notice: "Tekst i varselet", "Tekst i varselet", "Text of the notification";
        notice_confidential: "Tekst i varselet om taushetsbelagt innhold", "Tekst i varselet om innhald underlagt teieplikt", "Text of the notification of confidential content";
        notice_help: "Står det tomt, bruker vi den vanlige teksten. Ikke skriv hva meldingen handler om. $reporterName$ blir byttet ut med navnet på virksomheten din.", "Står det tomt, bruker vi den vanlege teksten. Ikkje skriv kva meldinga handlar om. $reporterName$ blir bytt ut med namnet på verksemda di.", "If this is empty, we use the usual text. Do not write what the message is about. $reporterName$ is replaced by the name of your organisation.";
        notice_long: "Teksten i varselet er for lang. Den kan ha høyst {max} tegn.", "Teksten i varselet er for lang. Han kan ha høgst {max} teikn.", "The text of the notification is too long. It may have at most {max} characters.";
        days: "Svarfrist i dager", "Svarfrist i dagar", "Days to reply";
        days_help: "Fristen vises i Altinn. Står det tomt, bruker vi den vanlige fristen. 0 betyr ingen frist.", "Fristen blir vist i Altinn. Står det tomt, bruker vi den vanlege fristen. 0 betyr ingen frist.", "The date is shown in Altinn. If this is empty, we use the usual number of days. 0 means no date.";
        days_wrong: "Skriv et helt antall dager, fra 0 til {max}.", "Skriv eit heilt tal dagar, frå 0 til {max}.", "Write a whole number of days, from 0 to {max}.";
        from: "Tilgjengelig fra", "Tilgjengeleg frå", "Available from";
        from_help: "Altinn viser brevet og varsler mottakeren den dagen. Står det tomt, skjer det med en gang.", "Altinn viser brevet og varslar mottakaren den dagen. Står det tomt, skjer det med ein gong.", "Altinn shows the letter and notifies the recipient on that day. If this is empty, it does so at once.";
        from_wrong: "Velg en dato fra i dag til {max} dager fram i tid.", "Vel ein dato frå i dag til {max} dagar fram i tid.", "Choose a date from today to {max} days ahead.";
        links: "Svarlenker", "Svarlenkjer", "Links to reply at";
        links_help: "Mottakeren får lenkene som knapper i Altinn. Høyst {max} lenker.", "Mottakaren får lenkjene som knappar i Altinn. Høgst {max} lenkjer.", "The recipient gets the links as buttons in Altinn. At most {max} links.";
        link_add: "Legg til svarlenke", "Legg til svarlenkje", "Add a link to reply at";
        link_remove: "Fjern svarlenke {n}", "Fjern svarlenkje {n}", "Remove link {n}";
        link_url: "Adresse for svarlenke {n}", "Adresse for svarlenkje {n}", "Address of link {n}";
        link_url_help: "Begynner med https://.", "Byrjar med https://.", "Begins with https://.";
        link_url_wrong: "Adressen for svarlenke {n} må begynne med https:// og ha høyst 255 tegn, uten mellomrom.", "Adressa for svarlenkje {n} må byrje med https:// og ha høgst 255 teikn, utan mellomrom.", "The address of link {n} must begin with https:// and have at most 255 characters, without spaces.";
        link_text: "Tekst på svarlenke {n}", "Tekst på svarlenkje {n}", "Text of link {n}";
        link_text_help: "Står det tomt, viser Altinn adressen. Høyst {max} tegn.", "Står det tomt, viser Altinn adressa. Høgst {max} teikn.", "If this is empty, Altinn shows the address. At most {max} characters.";
        link_text_wrong: "Teksten på svarlenke {n} er for lang. Den kan ha høyst {max} tegn.", "Teksten på svarlenkje {n} er for lang. Han kan ha høgst {max} teikn.", "The text of link {n} is too long. It may have at most {max} characters.";
        usual: "Som vanlig", "Som vanleg", "As usual";
        shipment: "Valg for KS SvarUt", "Val for KS SvarUt", "Choices for KS SvarUt";
        shipment_type: "Type forsendelse", "Type forsending", "Type of shipment";
        shipment_type_help: "Mottakeren kan bruke typen til å sende brevet til riktig fagsystem.", "Mottakaren kan bruke typen til å sende brevet til rett fagsystem.", "The recipient can use the type to send the letter to the right system.";
        shipment_type_none: "Ingen bestemt type", "Ingen bestemt type", "No particular type";
        shipment_type_wrong: "Velg en type fra listen.", "Vel ein type frå lista.", "Choose a type from the list.";
        shipment_types_failed: "Vi får ikke hentet typene fra KS SvarUt nå. Du kan sende uten type.", "Vi får ikkje henta typane frå KS SvarUt no. Du kan sende utan type.", "We cannot get the types from KS SvarUt now. You can send without a type.";
        level: "Sikkerhetsnivå", "Tryggleiksnivå", "Security level";
        level_help: "Så sikkert må den som leser, være logget inn. Taushetsbelagt innhold får det høyeste nivået mottakeren har.", "Så sikkert må den som les, vere logga inn. Innhald underlagt teieplikt får det høgaste nivået mottakaren har.", "How surely the reader must be signed in. Confidential content gets the highest level that the recipient has.";
        level_choice_help: "Så sikkert må den som leser, være logget inn. Velger du et lavere nivå enn systemet til mottakeren har, kan meldingen gå en annen vei. Den står under mottakeren.", "Så sikkert må den som les, vere logga inn. Vel du eit lågare nivå enn systemet til mottakaren har, kan meldinga gå ein annan veg. Han står under mottakaren.", "How surely the reader must be signed in. With a lower level than the recipient's system has, the message may go another way, which is shown under the recipient.";
        level_substantial: "Betydelig (nivå 3)", "Betydeleg (nivå 3)", "Substantial (level 3)";
        level_high: "Høyt (nivå 4)", "Høgt (nivå 4)", "High (level 4)";
        level_wrong: "Systemet til mottakeren har et annet sikkerhetsnivå. Velg det.", "Systemet til mottakaren har eit anna tryggleiksnivå. Vel det.", "The recipient's system has another security level. Choose that one.";
        digital_only: "Bare digital levering", "Berre digital levering", "Digital delivery only";
        digital_usual: "Virksomheten din har valgt bare digital levering som vanlig. Du kan slå det av for dette brevet.", "Verksemda di har valt berre digital levering som vanleg. Du kan slå det av for dette brevet.", "Your organisation has chosen digital delivery only as usual. You can turn it off for this letter.";
        digital_only_help: "Er dette av, skriver KS ut brevet og sender det i posten hvis ingen har åpnet det etter omtrent to virkedager. Er det på, blir brevet aldri skrevet ut, og KS lover ikke at det kommer fram.", "Er dette av, skriv KS ut brevet og sender det i posten om ingen har opna det etter omtrent to virkedagar. Er det på, blir brevet aldri skrive ut, og KS lovar ikkje at det kjem fram.", "If this is off, KS prints the letter and posts it if nobody has opened it after about two working days. If it is on, the letter is never printed, and KS does not promise that it arrives.";
        paper: "Adresse for papir", "Adresse for papir", "Address for paper";
        paper_help: "KS kan bare sende brevet på papir hvis du oppgir adressen til mottakeren. Kan stå tomt.", "KS kan berre sende brevet på papir om du oppgir adressa til mottakaren. Kan stå tomt.", "KS can post the letter on paper only if you give the recipient's address. May be left empty.";
        paper_registered: "Står feltene tomme, bruker vi adressen fra adressetjenesten: {adresse}. Skriv en adresse hvis brevet skal et annet sted.", "Står felta tomme, bruker vi adressa frå adressetenesta: {adresse}. Skriv ei adresse om brevet skal ein annan stad.", "If the fields are empty, we use the address from the address service: {adresse}. Write an address if the letter is to go elsewhere.";
        paper_found: "{adresse} (fra adressetjenesten)", "{adresse} (frå adressetenesta)", "{adresse} (from the address service)";
        paper_none: "Ikke oppgitt. KS kan ikke sende brevet på papir.", "Ikkje oppgitt. KS kan ikkje sende brevet på papir.", "Not given. KS cannot post the letter on paper.";
        line: "Gate eller postboks", "Gate eller postboks", "Street or box";
        line_wrong: "Skriv gate eller postboks, høyst 70 tegn.", "Skriv gate eller postboks, høgst 70 teikn.", "Write street or box, at most 70 characters.";
        postal_code: "Postnummer", "Postnummer", "Postal code";
        postal_code_wrong: "Skriv postnummeret med fire siffer.", "Skriv postnummeret med fire siffer.", "Write the postal code with four digits.";
        place: "Poststed", "Poststad", "Place";
        place_wrong: "Skriv poststedet.", "Skriv poststaden.", "Write the place.";
        deadline: "Frist for levering", "Frist for levering", "Delivery deadline";
        deadline_help: "Er meldingen ikke levert innen fristen, slutter vi å prøve og sier fra til deg.", "Er meldinga ikkje levert innan fristen, sluttar vi å prøve og seier frå til deg.", "If the message is not delivered by then, we stop trying and tell you.";
        deadline_hour: "1 time", "1 time", "1 hour";
        deadline_day: "1 døgn (vanlig)", "1 døgn (vanleg)", "1 day (usual)";
        deadline_three_days: "3 døgn", "3 døgn", "3 days";
        deadline_week: "1 uke", "1 veke", "1 week";
        deadline_fortnight: "2 uker", "2 veker", "2 weeks";
        documents_dpf: "Bruk PDF. Mottakeren kan ta imot andre filtyper, men det er ikke sikkert. Til sammen høyst {max}.", "Bruk PDF. Mottakaren kan ta imot andre filtypar, men det er ikkje sikkert. Til saman høgst {max}.", "Use PDF. The recipient may take other file types, but that is not certain. At most {max} in total.";
        remarks: "Verdt å vite før du sender", "Verdt å vite før du sender", "Worth knowing before you send";
        title_cut: "Tittelen har mer enn {max} tegn. Noen mottakere ser bare begynnelsen.", "Tittelen har meir enn {max} teikn. Nokre mottakarar ser berre byrjinga.", "The title has more than {max} characters. Some recipients see only its beginning.";
        not_printed: "«{navn}» er ikke PDF. Mottakeren kan avvise filen, og den blir ikke med hvis KS skriver ut brevet.", "«{navn}» er ikkje PDF. Mottakaren kan avvise fila, og ho blir ikkje med om KS skriv ut brevet.", "“{navn}” is not a PDF. The recipient may reject it, and it is left out if KS prints the letter.";
        loses: "{leveringsmåte} tar ikke med disse feltene: {liste}.", "{leveringsmåte} tek ikkje med desse felta: {liste}.", "{leveringsmåte} does not carry these fields: {liste}.";
        kind: "Vedtak eller informasjon", "Vedtak eller informasjon", "Decision or information";
        document_titles: "Titler på dokumentene", "Titlar på dokumenta", "Titles of the documents";
    }
}

impl Text {
    /// What a field is called.
    pub const fn field(&self, field: LetterField) -> &'static str {
        let (compose, channel, person) = (&self.compose, &self.channel, &self.person);
        match field {
            LetterField::Process => compose.process,
            LetterField::Kind => channel.kind,
            LetterField::Summary => person.summary,
            LetterField::Body => person.body,
            LetterField::Language => person.language,
            LetterField::AvailableFrom => person.available_from,
            LetterField::OpeningReceipt => person.opening_receipt,
            LetterField::ReplyLinks => channel.links,
            LetterField::SenderUnit => person.sender_unit,
            LetterField::InvoiceReference => person.invoice,
            LetterField::OutsideLink => person.link,
            LetterField::Extension => person.extension,
            LetterField::Colour => person.colour,
            LetterField::Postage => person.priority,
            LetterField::ReturnHandling => person.returns,
            LetterField::ReturnAddress => person.back_address,
            LetterField::Title => compose.subject_title,
            LetterField::Documents => compose.documents,
            LetterField::DocumentTitles => channel.document_titles,
            LetterField::CaseNumber => compose.case_number,
            LetterField::CaseTitle => compose.case_title,
            LetterField::DocumentDate => compose.document_date,
            LetterField::OurReference => compose.our_reference,
            LetterField::TheirReference => compose.their_reference,
            LetterField::CaseWorker => compose.case_worker,
            LetterField::AccessRestriction => compose.access_restriction,
            LetterField::SecurityLevel => channel.level,
            LetterField::Notification => channel.notification,
            LetterField::NotificationText => channel.notice,
            LetterField::ReplyDeadline => channel.days,
            LetterField::ShipmentType => channel.shipment_type,
            LetterField::DigitalOnly => channel.digital_only,
            LetterField::PaperAddress => channel.paper,
            LetterField::Deadline => channel.deadline,
        }
    }

    /// The names of fields inside a sentence: separated by commas, none but the first letter of a name changed.
    pub fn fields(&self, fields: &[LetterField]) -> String {
        let lower = |name: &str| {
            let mut letters = name.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect::<String>()).unwrap_or_default()
        };
        fields.iter().map(|field| lower(self.field(*field))).collect::<Vec<_>>().join(", ")
    }
}

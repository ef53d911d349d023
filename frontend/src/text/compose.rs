//! Recipient, documents, preview and sending.

use konvolutt_shared::address::Reader;

use super::{catalogue, fill};

catalogue! {
    /// Recipient, documents, preview and sending.
    Compose {
        title: "Ny melding", "Ny melding", "New message";
        reply_title: "Svar", "Svar", "Reply";
        recipient: "Mottaker", "Mottakar", "Recipient";
        recipient_options: "Treff", "Treff", "Hits";
        hits: "{n} treff. Bruk piltastene.", "{n} treff. Bruk piltastane.", "{n} hits. Use the arrow keys.";
        no_hit: "Ingen virksomhet passer med «{søk}». Sjekk skrivemåten, eller bruk organisasjonsnummeret.", "Inga verksemd passar med «{søk}». Sjekk skrivemåten, eller bruk organisasjonsnummeret.", "No organisation matches “{søk}”. Check the spelling, or use the organisation number.";
        bad_digit: "Nummeret {nr} er ikke et gyldig organisasjonsnummer. Sjekk sifrene.", "Nummeret {nr} er ikkje eit gyldig organisasjonsnummer. Sjekk siffera.", "The number {nr} is not a valid organisation number. Check the digits.";
        deleted: "{navn} er slettet i Enhetsregisteret fra {dato}. Velg en annen mottaker.", "{navn} er sletta i Einingsregisteret frå {dato}. Vel ein annan mottakar.", "{navn} is deleted in the register from {dato}. Choose another recipient.";
        sub_unit: "{navn} er en underenhet og har ingen egen adresse. Velg hovedenheten {nr} i stedet.", "{navn} er ei undereining og har ingen eigen adresse. Vel hovudeininga {nr} i staden.", "{navn} is a sub-unit and has no address of its own. Choose the main unit {nr} instead.";
        bankrupt: "{navn} er under konkurs. Sjekk hvem som skal ha brevet (ofte bostyrer).", "{navn} er under konkurs. Sjekk kven som skal ha brevet (ofte bustyrar).", "{navn} is bankrupt. Check who should have the letter (often the trustee).";
        looking_up: "Sjekker hva mottakeren kan ta imot …", "Sjekkar kva mottakaren kan ta imot …", "Checking what the recipient can receive …";
        lookup_failed: "Vi får ikke sjekket mottakeren nå. Du kan skrive videre. Vi sjekker igjen før du sender.", "Vi får ikkje sjekka mottakaren no. Du kan skrive vidare. Vi sjekkar igjen før du sender.", "We cannot check the recipient now. You can go on writing. We check again before you send.";
        about: "Om mottakeren", "Om mottakaren", "About the recipient";
        channel_dpo: "Sendes med eFormidling rett til sakarkivet hos {navn}.", "Blir sendt med eFormidling rett til sakarkivet hos {navn}.", "Sent with eFormidling straight to the archive of {navn}.";
        channel_dpf: "Sendes med KS SvarUt. {navn} bruker ikke eFormidling til dette.", "Blir sendt med KS SvarUt. {navn} bruker ikkje eFormidling til dette.", "Sent with KS SvarUt. {navn} does not use eFormidling for this.";
        channel_dpv: "Sendes til Altinn-innboksen til {navn}. De får et varsel på e-post eller SMS.", "Blir sendt til Altinn-innboksen til {navn}. Dei får eit varsel på e-post eller SMS.", "Sent to the Altinn inbox of {navn}. They are notified by e-mail or SMS.";
        can_reply: "{navn} kan svare deg her.", "{navn} kan svare deg her.", "{navn} can reply to you here.";
        cannot_reply: "{navn} kan ikke svare her. Skriv hvordan de kan nå dere.", "{navn} kan ikkje svare her. Skriv korleis dei kan nå dykk.", "{navn} cannot reply here. Write how they can reach you.";
        signed_by_supplier: "Du sender på vegne av {virksomhet}. {leverandør} signerer.", "Du sender på vegner av {virksomhet}. {leverandør} signerer.", "You send on behalf of {virksomhet}. {leverandør} signs.";
        supplier_seen: "Mottakeren ser begge navnene.", "Mottakaren ser begge namna.", "The recipient sees both names.";
        agreed: "Send en avtalt melding i stedet for et brev", "Send ei avtalt melding i staden for eit brev", "Send an agreed message instead of a letter";
        agreed_help: "En avtalt melding er opplysninger som virksomheten din og mottakeren har avtalt på forhånd. Systemet hos mottakeren leser dem. Uten en slik avtale sender du et brev. Tittel og arkivopplysninger følger ikke med.", "Ei avtalt melding er opplysningar som verksemda di og mottakaren har avtalt på førehand. Systemet hos mottakaren les dei. Utan ein slik avtale sender du eit brev. Tittel og arkivopplysningar følgjer ikkje med.", "An agreed message is information that your organisation and the recipient have agreed on beforehand. The recipient's system reads it. Without such an agreement, send a letter. Title and archive details do not go along.";
        agreed_name: "Navn på avtalen", "Namn på avtalen", "Name of the agreement";
        agreed_name_help: "Navnet dere har avtalt. Systemet hos mottakeren kjenner igjen meldingen på det. Høyst {max} tegn.", "Namnet de har avtalt. Systemet hos mottakaren kjenner igjen meldinga på det. Høgst {max} teikn.", "The name you have agreed on. The recipient's system recognises the message by it. At most {max} characters.";
        agreed_name_wrong: "Skriv navnet på avtalen, høyst {max} tegn.", "Skriv namnet på avtalen, høgst {max} teikn.", "Write the name of the agreement, at most {max} characters.";
        agreed_content: "Avtalte opplysninger", "Avtalte opplysningar", "Agreed information";
        agreed_content_help: "Lim inn det dere har avtalt, som ett JSON-objekt. La {} stå hvis dokumentene er alt. Opplysningene her er ikke kryptert underveis. Skriv ikke noe hemmelig.", "Lim inn det de har avtalt, som eitt JSON-objekt. La {} stå om dokumenta er alt. Opplysningane her er ikkje krypterte undervegs. Skriv ikkje noko hemmeleg.", "Paste what you have agreed on, as one JSON object. Leave {} if the documents are all there is. The information here is not encrypted on the way. Do not write anything secret.";
        agreed_content_wrong: "De avtalte opplysningene er ikke et JSON-objekt. Et slikt står mellom krøllparenteser og er høyst 64 kB.", "Dei avtalte opplysningane er ikkje eit JSON-objekt. Eit slikt står mellom krøllparentesar og er høgst 64 kB.", "The agreed information is not a JSON object. Such an object stands between braces and is at most 64 kB.";
        signer: "Signeres av", "Blir signert av", "Signed by";
        limit: "Dokumentene kan til sammen være høyst {max}.", "Dokumenta kan til saman vere høgst {max}.", "The documents may be at most {max} in total.";
        fetched: "Hentet {tid}. Vi spør på nytt når du sender.", "Henta {tid}. Vi spør på nytt når du sender.", "Fetched {tid}. We ask again when you send.";
        hits_fetched: "Hentet {tid}.", "Henta {tid}.", "Fetched {tid}.";
        speed: "Vanligvis levert innen {tid}.", "Vanlegvis levert innan {tid}.", "Usually delivered within {tid}.";
        two_minutes: "2 minutter", "2 minutt", "2 minutes";
        encryption: "Dokumentene blir kryptert i nettleseren din. Bare mottakeren kan åpne dem.", "Dokumenta blir krypterte i nettlesaren din. Berre mottakaren kan opne dei.", "The documents are encrypted in your browser. Only the recipient can open them.";
        encryption_dpf: "Dokumentene blir kryptert til KS. KS kan åpne dem for å levere.", "Dokumenta blir krypterte til KS. KS kan opne dei for å levere.", "The documents are encrypted to KS. KS can open them in order to deliver.";
        encryption_dpv: "Dokumentene blir kryptert på vei til Altinn. Altinn kan åpne dem.", "Dokumenta blir krypterte på veg til Altinn. Altinn kan opne dei.", "The documents are encrypted on their way to Altinn. Altinn can open them.";
        encryption_rest: "Hvem som sender, hvem som får, og type henvendelse er synlig for transportøren.", "Kven som sender, kven som får, og type førespurnad er synleg for transportøren.", "Who sends, who receives and the subject area can be seen by the carrier.";
        why: "Hvorfor denne leveringsmåten?", "Kvifor denne leveringsmåten?", "Why this delivery method?";
        reason_signed: "Adressetjenesten har signert opplysningene.", "Adressetenesta har signert opplysningane.", "The address service has signed the information.";
        reason_registered: "Mottakeren er registrert for denne typen henvendelse.", "Mottakaren er registrert for denne typen førespurnad.", "The recipient is registered for this subject area.";
        reason_channel: "Leveringsmåten følger av registreringen ({kanal}).", "Leveringsmåten følgjer av registreringa ({kanal}).", "The delivery method follows from the registration ({kanal}).";
        reason_carrier: "KS mottar meldingen på vegne av mottakeren og sender den videre. Sertifikatet er KS sitt.", "KS tek imot meldinga på vegner av mottakaren og sender ho vidare. Sertifikatet er KS sitt.", "KS takes the message on the recipient's behalf and forwards it. The certificate is KS's.";
        reason_relay: "Altinn tar imot dokumenter uten kryptering. Tjenesten her åpner dem bare i minnet mens den leverer, og lagrer dem bare kryptert.", "Altinn tek imot dokument utan kryptering. Tenesta her opnar dei berre i minnet medan ho leverer, og lagrar dei berre krypterte.", "Altinn takes documents without encryption. The service here opens them in memory only, while it delivers, and stores them only encrypted.";
        reason_certificate: "Sertifikatet er mottakerens eget og gyldig til {dato}.", "Sertifikatet er mottakaren sitt eige og gyldig til {dato}.", "The certificate is the recipient's own and valid until {dato}.";
        encryption_rest_dpf: "Hvem som sender, hvem som får, tittelen, filnavnene og arkivopplysningene er synlige for tjenesten her og for KS.", "Kven som sender, kven som får, tittelen, filnamna og arkivopplysningane er synlege for tenesta her og for KS.", "Who sends, who receives, the title, the file names and the archive details can be seen by the service here and by KS.";
        encryption_rest_dpv: "Hvem som sender, hvem som får, type henvendelse og teksten i varselet er synlige for tjenesten her og for Altinn.", "Kven som sender, kven som får, type førespurnad og teksten i varselet er synlege for tenesta her og for Altinn.", "Who sends, who receives, the subject area and the text of the notification can be seen by the service here and by Altinn.";
        why_verified: "Svaret fra adressetjenesten er signert, og nettleseren din har sjekket signaturen og sertifikatet til mottakeren.", "Svaret frå adressetenesta er signert, og nettlesaren din har sjekka signaturen og sertifikatet til mottakaren.", "The address service signed its answer, and your browser has checked that signature and the recipient's certificate.";
        change_recipient: "Bytt mottaker", "Byt mottakar", "Change recipient";
        locked_recipient: "Du svarer i samme samtale. Mottakeren er låst.", "Du svarar i same samtale. Mottakaren er låst.", "You reply in the same conversation. The recipient is locked.";
        process: "Type henvendelse", "Type førespurnad", "Subject area";
        process_administration: "Administrasjon", "Administrasjon", "Administration";
        process_health: "Helse, sosial og omsorg", "Helse, sosial og omsorg", "Health, social services and care";
        process_culture: "Kultur, idrett og fritid", "Kultur, idrett og fritid", "Culture, sports and leisure";
        process_nature: "Natur og miljø", "Natur og miljø", "Nature and environment";
        process_business: "Næringsutvikling", "Næringsutvikling", "Business development";
        process_education: "Oppvekst og utdanning", "Oppvekst og utdanning", "Childhood and education";
        process_planning: "Plan, bygg og geodata", "Plan, bygg og geodata", "Planning, building and geodata";
        process_tax: "Skatter og avgifter", "Skattar og avgifter", "Taxes and duties";
        process_technical: "Tekniske tjenester", "Tekniske tenester", "Technical services";
        process_transport: "Trafikk, reiser og samferdsel", "Trafikk, reiser og samferdsel", "Traffic, travel and transport";
        subject_title: "Tittel", "Tittel", "Title";
        subject_help: "Si kort hva saken gjelder.", "Sei kort kva saka gjeld.", "Say briefly what it is about.";
        counter_over: "{n} tegn for mye", "{n} teikn for mykje", "{n} characters too many";
        counter: "{n} tegn igjen", "{n} teikn igjen", "{n} characters left";
        over_limit: "Tittelen er {n} tegn for lang for {leveringsmåte}. Grensen er {max}. Kort den ned.", "Tittelen er {n} teikn for lang for {leveringsmåte}. Grensa er {max}. Kort han ned.", "The title is {n} characters too long for {leveringsmåte}. The limit is {max}. Shorten it.";
        documents: "Dokumenter", "Dokument", "Documents";
        documents_help: "PDF er tryggest. Andre filtyper kan bli avvist hos mottakeren. Til sammen høyst {max}.", "PDF er tryggast. Andre filtypar kan bli avviste hos mottakaren. Til saman høgst {max}.", "PDF is safest. Other file types may be rejected by the recipient. At most {max} in total.";
        choose_files: "Velg filer", "Vel filer", "Choose files";
        drop_here: "Slipp filene her", "Slepp filene her", "Drop the files here";
        document_title: "Tittel på dokument {n}", "Tittel på dokument {n}", "Title of document {n}";
        main_document: "Hoveddokument", "Hovuddokument", "Main document";
        ready: "Klar, {størrelse}", "Klar, {størrelse}", "Ready, {størrelse}";
        move_up: "Flytt {tittel} opp", "Flytt {tittel} opp", "Move {tittel} up";
        move_down: "Flytt {tittel} ned", "Flytt {tittel} ned", "Move {tittel} down";
        delete: "Slett {tittel}", "Slett {tittel}", "Delete {tittel}";
        short_delete: "Slett", "Slett", "Delete";
        moved: "{tittel} er nå dokument {n} av {m}.", "{tittel} er no dokument {n} av {m}.", "{tittel} is now document {n} of {m}.";
        deleted_document: "{tittel} er slettet.", "{tittel} er sletta.", "{tittel} is deleted.";
        undo: "Angre", "Angre", "Undo";
        one_file: "1 fil", "1 fil", "1 file";
        many_files: "{n} filer", "{n} filer", "{n} files";
        one_document: "1 dokument", "1 dokument", "1 document";
        many_documents: "{n} dokumenter", "{n} dokument", "{n} documents";
        added: "Lagt til {filer}. Til sammen {størrelse} av {max}.", "Lagt til {filer}. Til saman {størrelse} av {max}.", "Added {filer}. {størrelse} of {max} in total.";
        total: "Til sammen {størrelse} av {max}.", "Til saman {størrelse} av {max}.", "{størrelse} of {max} in total.";
        same_name: "To dokumenter heter «{navn}». Mottakeren kan miste det ene.", "To dokument heiter «{navn}». Mottakaren kan miste det eine.", "Two documents are named “{navn}”. The recipient may lose one of them.";
        rename: "Gi nytt navn: {forslag}", "Gi nytt namn: {forslag}", "Rename: {forslag}";
        bad_characters: "«{navn}» har tegn som ikke virker i filnavn ({tegn}).", "«{navn}» har teikn som ikkje verkar i filnamn ({tegn}).", "“{navn}” has characters that do not work in file names ({tegn}).";
        swap_to: "Bytt til {forslag}", "Byt til {forslag}", "Change to {forslag}";
        long_name: "Filnavnet «{navn}» er for langt.", "Filnamnet «{navn}» er for langt.", "The file name “{navn}” is too long.";
        empty_file: "«{navn}» er tom. Fjern den, eller velg en annen fil.", "«{navn}» er tom. Fjern ho, eller vel ei anna fil.", "“{navn}” is empty. Remove it, or choose another file.";
        locked_pdf: "«{navn}» er låst med passord. Lag en kopi uten passord.", "«{navn}» er låst med passord. Lag ein kopi utan passord.", "“{navn}” is locked with a password. Make a copy without a password.";
        wrong_content: "«{navn}» heter .pdf, men er ikke en PDF. Lagre den på nytt som PDF.", "«{navn}» heiter .pdf, men er ikkje ein PDF. Lagre ho på nytt som PDF.", "“{navn}” is named .pdf but is not a PDF. Save it again as PDF.";
        too_large: "Filene er til sammen {størrelse}. Med {leveringsmåte} kan du sende høyst {max}. Del opp, eller fjern dokumenter.", "Filene er til saman {størrelse}. Med {leveringsmåte} kan du sende høgst {max}. Del opp, eller fjern dokument.", "The files are {størrelse} in total. By {leveringsmåte} you can send at most {max}. Split the message, or remove documents.";
        no_main: "Velg hvilket dokument som er hoveddokument.", "Vel kva dokument som er hovuddokument.", "Choose which document is the main document.";
        document_title_missing: "Gi dokument {n} en tittel.", "Gi dokument {n} ein tittel.", "Give document {n} a title.";
        confidential: "Taushetsbelagt innhold", "Innhald underlagt teieplikt", "Confidential content";
        confidential_help: "Bare ansatte med egen rolle hos mottakeren kan åpne meldingen. Hvis ingen har rollen, blir den liggende uåpnet.", "Berre tilsette med eiga rolle hos mottakaren kan opne meldinga. Om ingen har rolla, blir ho liggjande uopna.", "Only employees with a special role at the recipient can open the message. If nobody has the role, it stays unopened.";
        archive: "Arkivopplysninger", "Arkivopplysningar", "Archive details";
        archive_help: "Vi har fylt ut det vi kan. Endre det som ikke passer.", "Vi har fylt ut det vi kan. Endre det som ikkje passar.", "We have filled in what we can. Change what does not fit.";
        case_number: "Saksnummer", "Saksnummer", "Case number";
        case_number_help: "For eksempel 2026/1234. Kan stå tomt.", "Til dømes 2026/1234. Kan stå tomt.", "For example 2026/1234. May be left empty.";
        case_title: "Sakstittel", "Sakstittel", "Case title";
        case_title_help: "Står det ingenting her, bruker vi tittelen.", "Står det ingenting her, bruker vi tittelen.", "If this is empty, we use the title.";
        document_date: "Dokumentdato", "Dokumentdato", "Document date";
        our_reference: "Vår referanse", "Vår referanse", "Our reference";
        their_reference: "Deres referanse", "Dykkar referanse", "Your reference";
        case_worker: "Saksbehandler", "Saksbehandlar", "Caseworker";
        access_restriction: "Skjerming", "Skjerming", "Access restriction";
        access_restriction_help: "Hjemmel for å skjerme, for eksempel offl. § 13. Kan stå tomt.", "Heimel for å skjerme, til dømes offl. § 13. Kan stå tomt.", "Legal basis for restricting access, for example offl. § 13. May be left empty.";
        to_preview: "Gå til forhåndsvisning", "Gå til førehandsvising", "Go to preview";
        save_close: "Lagre og lukk", "Lagre og lukk", "Save and close";
        delete_draft: "Slett utkast", "Slett utkast", "Delete draft";
        delete_draft_ask: "Slette utkastet?", "Slette utkastet?", "Delete the draft?";
        delete_draft_keep: "Behold", "Behald", "Keep";
        draft_saved: "Utkast lagret kl. {tid}", "Utkast lagra kl. {tid}", "Draft saved at {tid}";
        draft_kept: "Utkastet ligger i denne fanen til du sender eller sletter det.", "Utkastet ligg i denne fana til du sender eller slettar det.", "The draft stays in this tab until you send or delete it.";
        errors: "For å gå videre må du rette opp følgende feil", "For å gå vidare må du rette opp desse feila", "To go on you must correct the following";
        preview: "Se over og send", "Sjå over og send", "Review and send";
        preview_confirm: "Du sender {dokumenter} til {mottaker} med {leveringsmåte}.", "Du sender {dokumenter} til {mottaker} med {leveringsmåte}.", "You send {dokumenter} to {mottaker} with {leveringsmåte}.";
        preview_documents: "Dokumenter som blir sendt", "Dokument som blir sende", "Documents to be sent";
        edit: "Endre {felt}", "Endre {felt}", "Change {felt}";
        edit_recipient: "mottaker", "mottakar", "recipient";
        edit_title: "tittel", "tittel", "title";
        edit_documents: "dokumenter", "dokument", "documents";
        edit_archive: "arkivopplysninger", "arkivopplysningar", "archive details";
        view_document: "Vis {tittel}", "Vis {tittel}", "Show {tittel}";
        short_view: "Vis", "Vis", "Show";
        document_preview: "Forhåndsvisning av dokument", "Førehandsvising av dokument", "Document preview";
        send: "Send meldingen", "Send meldinga", "Send the message";
        sending_title: "Sender meldingen", "Sender meldinga", "Sending the message";
        progress: "Krypterer og laster opp", "Krypterer og lastar opp", "Encrypting and uploading";
        checking: "Sjekker mottakeren …", "Sjekkar mottakaren …", "Checking the recipient …";
        encrypting: "Krypterer {n} av {m}. {prosent} %.", "Krypterer {n} av {m}. {prosent} %.", "Encrypting {n} of {m}. {prosent} %.";
        uploading: "Laster opp {n} av {m}. {prosent} %.", "Lastar opp {n} av {m}. {prosent} %.", "Uploading {n} of {m}. {prosent} %.";
        handing_over: "Leverer til tjenesten …", "Leverer til tenesta …", "Handing over to the service …";
        resumed: "Vi fortsetter der opplastingen stoppet.", "Vi held fram der opplastinga stoppa.", "We go on where the upload stopped.";
        cancel: "Avbryt sendingen", "Avbryt sendinga", "Cancel sending";
        back_to_edit: "Tilbake til utkastet", "Tilbake til utkastet", "Back to the draft";
        send_again: "Prøv å sende igjen", "Prøv å sende igjen", "Try sending again";
        sent_heading: "Sendt", "Sendt", "Sent";
        sent_text: "Meldingen er sendt, men ikke levert ennå. Vi sier fra når den er levert, eller hvis noe går galt.", "Meldinga er send, men ikkje levert enno. Vi seier frå når ho er levert, eller om noko går gale.", "The message is sent, but not delivered yet. We tell you when it is delivered, or if something goes wrong.";
        sent_see: "Se meldingen", "Sjå meldinga", "See the message";
        sent_another: "Send en ny melding", "Send ei ny melding", "Send another message";
        field_recipient: "Velg en mottaker.", "Vel ein mottakar.", "Choose a recipient.";
        field_title: "Skriv en tittel.", "Skriv ein tittel.", "Write a title.";
        field_documents: "Legg til minst ett dokument.", "Legg til minst eitt dokument.", "Add at least one document.";
        field_key: "Legg inn virksomhetssertifikatet.", "Legg inn verksemdssertifikatet.", "Add the organisation certificate.";
        delivery_dpf: "KS SvarUt", "KS SvarUt", "KS SvarUt";
        delivery_dpv: "Altinn-innboks", "Altinn-innboks", "the Altinn inbox";
        delivery_mailbox: "digital post", "digital post", "digital post";
        delivery_print: "brev på papir", "brev på papir", "a letter on paper";
        channel_mailbox: "Sendes til den digitale postkassen til {navn}.", "Blir sendt til den digitale postkassa til {navn}.", "Sent to the digital mailbox of {navn}.";
        channel_print: "Skrives ut og sendes i posten til {navn}.", "Blir skrive ut og sendt i posten til {navn}.", "Printed and posted to {navn}.";
        encryption_mailbox: "Dokumentene blir kryptert til postkasseleverandøren. Leverandøren kan åpne dem for å vise dem til mottakeren. Tjenesten her kan ikke åpne dem.", "Dokumenta blir krypterte til postkasseleverandøren. Leverandøren kan opne dei for å vise dei til mottakaren. Tenesta her kan ikkje opne dei.", "The documents are encrypted to the mailbox provider, who can open them to show them to the recipient. The service here cannot open them.";
        encryption_print: "Dokumentene blir kryptert til utskriftsleverandøren. Leverandøren åpner dem for å skrive dem ut. Tjenesten her kan ikke åpne dem.", "Dokumenta blir krypterte til utskriftsleverandøren. Leverandøren opnar dei for å skrive dei ut. Tenesta her kan ikkje opne dei.", "The documents are encrypted to the print provider, who opens them to print them. The service here cannot open them.";
        encryption_rest_mailbox: "Hvem som sender, tittelen, varslene, kontaktopplysningene de går til og adressen i postkassen er synlige for tjenesten her og for transportøren.", "Kven som sender, tittelen, varsla, kontaktopplysningane dei går til og adressa i postkassa er synlege for tenesta her og for transportøren.", "Who sends, the title, the notifications, the contact details they go to and the mailbox address can be seen by the service here and by the carrier.";
        encryption_rest_print: "Hvem som sender, og navn og adresse på brevet er synlige for tjenesten her og for transportøren.", "Kven som sender, og namn og adresse på brevet er synlege for tenesta her og for transportøren.", "Who sends, and the name and address on the letter can be seen by the service here and by the carrier.";
        delivery_dpo: "eFormidling", "eFormidling", "eFormidling";
    }
}

/// What is said of a way to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// What it is called.
    pub name: &'static str,
    /// How it goes, to `{navn}`.
    pub sentence: &'static str,
    /// Who can open the documents.
    pub encryption: &'static str,
    /// What else can be seen on the way.
    pub rest: &'static str,
}

impl Compose {
    /// How much may still be written, or must go.
    pub fn left(&self, left: i64) -> String {
        let template = if left < 0 { self.counter_over } else { self.counter };
        fill(template, &[("n", &left.unsigned_abs().to_string())])
    }

    /// The way whose sealed letters can be opened by that party.
    pub fn way(&self, reader: Reader) -> Way {
        let (name, sentence, encryption, rest) = match reader {
            Reader::Recipient => (self.delivery_dpo, self.channel_dpo, self.encryption, self.encryption_rest),
            Reader::SvarUt => (self.delivery_dpf, self.channel_dpf, self.encryption_dpf, self.encryption_rest_dpf),
            Reader::Mailbox => {
                (self.delivery_mailbox, self.channel_mailbox, self.encryption_mailbox, self.encryption_rest_mailbox)
            }
            Reader::Printer => {
                (self.delivery_print, self.channel_print, self.encryption_print, self.encryption_rest_print)
            }
            Reader::Altinn => (self.delivery_dpv, self.channel_dpv, self.encryption_dpv, self.encryption_rest_dpv),
        };
        Way { name, sentence, encryption, rest }
    }
}

#[cfg(test)]
mod tests {
    use crate::text::Lang;

    #[test]
    fn what_is_too_much_is_told_as_such() {
        let text = &Lang::Nb.text().compose;
        let told = [3, 0, -13].map(|left| text.left(left));
        assert_eq!(told, ["3 tegn igjen", "0 tegn igjen", "13 tegn for mye"]);
    }

    #[test]
    fn a_button_is_found_by_the_word_that_is_seen_on_it() {
        for text in Lang::ALL.map(Lang::text) {
            let (compose, message) = (&text.compose, &text.message);
            for (name, seen) in [
                (compose.delete, compose.short_delete),
                (compose.view_document, compose.short_view),
                (message.show, compose.short_view),
                (message.download, message.short_download),
            ] {
                assert!(name.starts_with(seen), "{name}");
            }
        }
    }
}

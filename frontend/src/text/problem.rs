//! The texts of every code: heading, whether something was sent, and what to do.

use konvolutt_shared::finding::{Code, Finding};

use super::Lang;

/// Whether something was sent, as the texts say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WasSent {
    /// Nothing.
    No,
    /// Once.
    Yes,
    /// Not known yet.
    Maybe,
    /// Not yet; it waits.
    Waiting,
    /// The question does not arise, for example when a message is opened.
    Unsaid,
}

/// What a code says to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemText {
    /// What happened.
    pub heading: &'static str,
    /// Whether something was sent.
    pub was_sent: WasSent,
    /// What to do.
    pub what_now: &'static str,
}

type Row = (WasSent, [&'static str; 3], [&'static str; 3]);

/// The text of a code.
pub fn problem(code: Code, lang: Lang) -> ProblemText {
    let (was_sent, heading, what_now) = row(code).unwrap_or(INTERNAL);
    ProblemText { heading: lang.pick(heading), was_sent, what_now: lang.pick(what_now) }
}

const INTERNAL: Row = (
    WasSent::Maybe,
    ["Noe gikk galt hos oss", "Noko gjekk gale hos oss", "Something went wrong on our side"],
    [
        "Kopier koden og send den til support.",
        "Kopier koden og send han til support.",
        "Copy the code and send it to support.",
    ],
);

/// What a remark on a message says to whoever reads it. The text of its code tells a sender what to do, where the sender is
/// somebody else.
pub fn remark(finding: &Finding, lang: Lang) -> ProblemText {
    let row = READER.iter().find(|(codes, _)| codes.contains(&finding.code) && !finding.refuses());
    row.map_or_else(
        || problem(finding.code, lang),
        |(_, (was_sent, heading, what_now))| ProblemText {
            heading: lang.pick(*heading),
            was_sent: *was_sent,
            what_now: lang.pick(*what_now),
        },
    )
}

/// One row per code; `None` only for a code that this catalogue does not know yet.
fn row(code: Code) -> Option<Row> {
    PROBLEMS.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, row)| *row)
}

/// Lists the texts; one line per text, which the formatter leaves alone.
macro_rules! problems {
    ($name:ident: $($($code:ident)|+ => $sent:ident, [$($heading:literal),*], [$($todo:literal),*];)*) => {
        const $name: &[(&[Code], Row)] =
            &[$((&[$(Code::$code),+], (WasSent::$sent, [$($heading),*], [$($todo),*])),)*];
    };
}

problems! { READER:
    SignerExpired | SignerNotYetValid => Unsaid, ["Signaturen oppgir et tidspunkt da sertifikatet ikke var gyldig", "Signaturen oppgir eit tidspunkt då sertifikatet ikkje var gyldig", "The signature claims a time when the certificate was not valid"], ["Du kan lese meldingen likevel.", "Du kan lese meldinga likevel.", "You can read the message all the same."];
    ArchiveMissing | ArchiveCaseMissing => Unsaid, ["Arkivopplysningene fra avsenderen har mangler", "Arkivopplysningane frå avsendaren har manglar", "The sender's archive details are incomplete"], ["Du kan lese meldingen likevel.", "Du kan lese meldinga likevel.", "You can read the message all the same."];
    ArchiveFileMissing => Unsaid, ["Arkivopplysningene nevner en fil som ikke er med", "Arkivopplysningane nemner ei fil som ikkje er med", "The archive details name a file that is not there"], ["Du kan lese meldingen likevel. Spør avsenderen om filen.", "Du kan lese meldinga likevel. Spør avsendaren om fila.", "You can read the message all the same. Ask the sender about the file."];
    EntryDuplicate => Unsaid, ["To filer har nesten samme navn", "To filer har nesten same namn", "Two files have almost the same name"], ["Du kan laste ned begge.", "Du kan laste ned begge.", "You can download both."];
}

problems! { PROBLEMS:
    CmsMalformed | CmsTruncated | CmsTrailingData | CmsContentDecryptFailed | CmsUnsupported | ZipMalformed | ZipInconsistent | ZipUnsupported | MimetypeInvalid | EntryNameUnsafe | EntryDuplicate | ManifestMalformed | ManifestDuplicateReference | LimitExceeded => Unsaid, ["Pakken kan ikke åpnes", "Pakken kan ikkje opnast", "The package cannot be opened"], ["Be avsenderen sende den på nytt. Du kan se hva som er galt i laben.", "Be avsendaren sende han på nytt. Du kan sjå kva som er gale i laben.", "Ask the sender to send it again. You can see what is wrong in the lab."];
    KeyTransport => Unsaid, ["Nettleseren kan ikke åpne denne krypteringen", "Nettlesaren kan ikkje opne denne krypteringa", "The browser cannot open this encryption"], ["Åpne pakken i testverktøyet med nøkkelfilen, eller med programmet envelope. Be avsenderen bruke RSAES-OAEP med SHA-256.", "Opne pakken i testverktøyet med nøkkelfila, eller med programmet envelope. Be avsendaren bruke RSAES-OAEP med SHA-256.", "Open the package in the lab with the key file, or with the program envelope. Ask the sender to use RSAES-OAEP with SHA-256."];
    CmsNoRecipient => Unsaid, ["Meldingen er kryptert til et annet sertifikat", "Meldinga er kryptert til eit anna sertifikat", "The message is encrypted to another certificate"], ["Legg inn sertifikatet den er kryptert til, eller be avsenderen bruke det nye.", "Legg inn sertifikatet ho er kryptert til, eller be avsendaren bruke det nye.", "Add the certificate it was encrypted to, or ask the sender to use the new one."];
    EntryUnlisted | EntryMissing | ManifestMissing | DigestMismatch | DigestAlgorithmUnsupported | SignatureMissing | SignatureInvalid | MetadataUnknown => Unsaid, ["Signaturen stemmer ikke", "Signaturen stemmer ikkje", "The signature does not hold"], ["Ikke stol på innholdet. Kontakt avsenderen.", "Ikkje stol på innhaldet. Kontakt avsendaren.", "Do not trust the content. Contact the sender."];
    SignerExpired | SignerNotYetValid | SignerRevoked | SignerUntrusted | SignerOrgnrInvalid | SignerKeyUsage | SignerPolicy => Unsaid, ["Vi kan ikke stole på sertifikatet til den som signerte", "Vi kan ikkje stole på sertifikatet til den som signerte", "We cannot trust the signer's certificate"], ["Ikke stol på innholdet. Kontakt avsenderen.", "Ikkje stol på innhaldet. Kontakt avsendaren.", "Do not trust the content. Contact the sender."];
    SignerExpiredSince => Unsaid, ["Sertifikatet til den som signerte, har gått ut etter at meldingen kom", "Sertifikatet til den som signerte, har gått ut etter at meldinga kom", "The signer's certificate has expired since the message came"], ["Det var gyldig da meldingen kom til denne tjenesten. Om det var tilbakekalt, kan ikke lenger sjekkes.", "Det var gyldig då meldinga kom til denne tenesta. Om det var tilbakekalla, kan ikkje lenger sjekkast.", "It was valid when the message came to this service. Whether it was revoked can no longer be checked."];
    DigestWeak => Unsaid, ["Signaturen bruker en eldre metode (SHA-1)", "Signaturen bruker ein eldre metode (SHA-1)", "The signature uses an older method (SHA-1)"], ["Du trenger ikke gjøre noe. Avsenderen bør gå over til SHA-256.", "Du treng ikkje gjere noko. Avsendaren bør gå over til SHA-256.", "You need not do anything. The sender should move to SHA-256."];
    RevocationNotChecked => Unsaid, ["Vi har ikke sjekket om sertifikatet er tilbakekalt", "Vi har ikkje sjekka om sertifikatet er tilbakekalla", "We have not checked whether the certificate is revoked"], ["Prøv igjen når tilbakekallingslistene er tilgjengelige.", "Prøv igjen når tilbakekallingslistene er tilgjengelege.", "Try again when the revocation lists are available."];
    SignerOrgMismatch => Unsaid, ["Meldingen er signert av en annen enn avsenderen", "Meldinga er signert av ein annan enn avsendaren", "The message is signed by somebody other than the sender"], ["Avsenderen kan bruke en leverandør, men da skal konvolutten nevne begge, og det gjør ikke denne. Vi kan ikke vite om den som signerte, har fullmakt, så vi viser ikke innholdet. Spør avsenderen hvem som sender for dem, og be om at konvolutten sier det.", "Avsendaren kan bruke ein leverandør, men då skal konvolutten nemne begge, og det gjer ikkje denne. Vi kan ikkje vite om den som signerte, har fullmakt, så vi viser ikkje innhaldet. Spør avsendaren kven som sender for dei, og be om at konvolutten seier det.", "The sender may use a supplier, but then the envelope names both, and this one does not. We cannot know whether whoever signed is authorised, so we do not show the content. Ask the sender who sends for them, and to have the envelope say so."];
    SbdMalformed | SbdFieldMissing | SbdFieldInvalid | SbdTypeUnknown | SbdTypeMismatch | SbdScopeUnknown => Unsaid, ["Konvolutten har feil", "Konvolutten har feil", "The envelope has an error"], ["Gi koden til dem som drifter systemet som laget den.", "Gi koden til dei som driftar systemet som laga han.", "Give the code to those who run the system that made it."];
    SbdExpired => No, ["Fristen gikk ut før sending", "Fristen gjekk ut før sending", "The deadline passed before sending"], ["Send på nytt som en ny melding.", "Send på nytt som ei ny melding.", "Send again as a new message."];
    OrgnrInvalid => No, ["Organisasjonsnummeret er ikke gyldig", "Organisasjonsnummeret er ikkje gyldig", "The organisation number is not valid"], ["Sjekk sifrene.", "Sjekk siffera.", "Check the digits."];
    PersonIdInvalid => No, ["Fødselsnummeret er ikke gyldig", "Fødselsnummeret er ikkje gyldig", "The identity number is not valid"], ["Sjekk sifrene.", "Sjekk siffera.", "Check the digits."];
    ArchiveMalformed => Unsaid, ["Arkivopplysningene kan ikke leses", "Arkivopplysningane kan ikkje lesast", "The archive details cannot be read"], ["Dokumentene kan være i orden likevel. Spør avsenderen om saken.", "Dokumenta kan vere i orden likevel. Spør avsendaren om saka.", "The documents may still be in order. Ask the sender about the case."];
    ArchiveMissing => No, ["Arkivopplysninger mangler", "Arkivopplysningar manglar", "Archive details are missing"], ["Fyll ut feltene.", "Fyll ut felta.", "Fill in the fields."];
    ArchiveCaseMissing => No, ["Saken mangler", "Saka manglar", "The case is missing"], ["Skriv saksnummer eller sakstittel.", "Skriv saksnummer eller sakstittel.", "Write a case number or a case title."];
    ArchiveFileMissing => No, ["Arkivopplysningene nevner en fil som ikke er lagt ved", "Arkivopplysningane nemner ei fil som ikkje er lagd ved", "The archive details name a file that is not attached"], ["Legg ved filen, eller fjern den fra listen.", "Legg ved fila, eller fjern ho frå lista.", "Attach the file, or remove it from the list."];
    RecipientWorld => No, ["Mottakeren hører ikke til her", "Mottakaren høyrer ikkje til her", "The recipient does not belong here"], ["Ekte mottakere hører til i produksjon, oppdiktede i test. Sjekk nummeret.", "Ekte mottakarar høyrer til i produksjon, oppdikta i test. Sjekk nummeret.", "Real recipients belong in production, made-up ones in tests. Check the number."];
    RecipientUnknown => No, ["Vi finner ikke mottakeren", "Vi finn ikkje mottakaren", "We cannot find the recipient"], ["Sjekk nummeret.", "Sjekk nummeret.", "Check the number."];
    RecipientNoProcess => No, ["Mottakeren tar ikke imot denne typen henvendelse", "Mottakaren tek ikkje imot denne typen førespurnad", "The recipient does not accept this subject area"], ["Velg en annen type, eller send til hovedenheten.", "Vel ein annan type, eller send til hovudeininga.", "Choose another kind, or send to the main unit."];
    RecipientNoDocumentType => No, ["Mottakeren tar ikke imot denne dokumenttypen", "Mottakaren tek ikkje imot denne dokumenttypen", "The recipient does not accept this document type"], ["Velg en annen leveringsmåte.", "Vel ein annan leveringsmåte.", "Choose another delivery method."];
    RecipientCertificate => No, ["Sertifikatet til mottakeren er ikke gyldig", "Sertifikatet til mottakaren er ikkje gyldig", "The recipient's certificate is not valid"], ["Vi varsler driften. Prøv igjen senere.", "Vi varslar drifta. Prøv igjen seinare.", "We alert those who run the service. Try again later."];
    RegistryUnsigned => No, ["Svaret fra adressetjenesten er ikke ekte", "Svaret frå adressetenesta er ikkje ekte", "The answer from the address service is not genuine"], ["Ikke send. Gi koden til dem som drifter tjenesten.", "Ikkje send. Gi koden til dei som driftar tenesta.", "Do not send. Give the code to those who run the service."];
    RecipientNoRole => No, ["Ingen hos mottakeren kan åpne meldingen", "Ingen hos mottakaren kan opne meldinga", "Nobody at the recipient can open the message"], ["Ta kontakt med dem, eller send på papir.", "Ta kontakt med dei, eller send på papir.", "Contact them, or send it on paper."];
    RecipientReserved => No, ["Mottakeren har reservert seg mot digital post", "Mottakaren har reservert seg mot digital post", "The recipient has opted out of digital post"], ["Send den på papir.", "Send ho på papir.", "Send it on paper."];
    MailboxTokenExpired => No, ["Brevet kom ikke av sted i tide", "Brevet kom ikkje av stad i tide", "The letter did not get off in time"], ["Tilgangen til postkassene varer to minutter. Send brevet på nytt, så signeres det med ny tilgang.", "Tilgangen til postkassene varer to minutt. Send brevet på nytt, så blir det signert med ny tilgang.", "Access to the mailboxes lasts two minutes. Send the letter again, and it is signed with new access."];
    RecipientMissing => No, ["Velg en mottaker", "Vel ein mottakar", "Choose a recipient"], ["Skriv navn eller organisasjonsnummer.", "Skriv namn eller organisasjonsnummer.", "Write a name or an organisation number."];
    DocumentMissing => No, ["Legg til minst ett dokument", "Legg til minst eitt dokument", "Add at least one document"], ["Velg filer fra maskinen.", "Vel filer frå maskina.", "Choose files from the computer."];
    DocumentNoMain => No, ["Velg hoveddokument", "Vel hovuddokument", "Choose the main document"], ["Ett av dokumentene må være hoveddokument.", "Eitt av dokumenta må vere hovuddokument.", "One of the documents must be the main document."];
    DocumentManyMain => No, ["Bare ett dokument kan være hoveddokument", "Berre eitt dokument kan vere hovuddokument", "Only one document can be the main document"], ["Velg ett.", "Vel eitt.", "Choose one."];
    DocumentTitleMissing => No, ["Gi dokumentet en tittel", "Gi dokumentet ein tittel", "Give the document a title"], ["Skriv hva dokumentet er.", "Skriv kva dokumentet er.", "Write what the document is."];
    DocumentSameName => No, ["To dokumenter har samme navn", "To dokument har same namn", "Two documents have the same name"], ["Gi ett av dem nytt navn.", "Gi eitt av dei nytt namn.", "Give one of them a new name."];
    DocumentNameInvalid => No, ["Filnavnet har tegn som ikke virker", "Filnamnet har teikn som ikkje verkar", "The file name has characters that do not work"], ["Bruk forslaget.", "Bruk forslaget.", "Use the suggestion."];
    DocumentNameLong => No, ["Filnavnet er for langt", "Filnamnet er for langt", "The file name is too long"], ["Kort det ned.", "Kort det ned.", "Shorten it."];
    DocumentEmpty => No, ["Filen er tom", "Fila er tom", "The file is empty"], ["Velg filen på nytt.", "Vel fila på nytt.", "Choose the file again."];
    DocumentWrongContent => No, ["Filen er ikke det navnet sier", "Fila er ikkje det namnet seier", "The file is not what its name says"], ["Lagre den på nytt som PDF.", "Lagre ho på nytt som PDF.", "Save it again as PDF."];
    DocumentLocked => No, ["Filen er låst med passord", "Fila er låst med passord", "The file is locked with a password"], ["Lag en kopi uten passord.", "Lag ein kopi utan passord.", "Make a copy without a password."];
    DocumentsTooLarge => No, ["Dokumentene er for store", "Dokumenta er for store", "The documents are too large"], ["Del opp eller fjern.", "Del opp eller fjern.", "Split or remove."];
    DocumentsTooMany => No, ["For mange vedlegg", "For mange vedlegg", "Too many attachments"], ["Samle i én PDF.", "Samle i éin PDF.", "Join them into one PDF."];
    DocumentKind => No, ["Filtypen er ikke tillatt", "Filtypen er ikkje tillaten", "The file type is not allowed"], ["Lagre som PDF.", "Lagre som PDF.", "Save as PDF."];
    DocumentActive => No, ["Nettsiden gjør mer enn å vise tekst", "Nettsida gjer meir enn å vise tekst", "The web page does more than show text"], ["Ta bort skript, skjemaer og det som hentes fra andre steder, eller lagre som PDF.", "Ta bort skript, skjema og det som blir henta frå andre stader, eller lagre som PDF.", "Take out scripts, forms and what is fetched from elsewhere, or save as PDF."];
    DocumentDamaged => No, ["Filen ble skadet underveis", "Fila vart skadd undervegs", "The file was damaged on the way"], ["Prøv igjen. Vi sender bare deler på nytt.", "Prøv igjen. Vi sender berre delar på nytt.", "Try again. We send only parts again."];
    TitleMissing => No, ["Skriv en tittel", "Skriv ein tittel", "Write a title"], ["Si kort hva saken gjelder.", "Sei kort kva saka gjeld.", "Say briefly what it is about."];
    TitleLong => No, ["Tittelen er for lang", "Tittelen er for lang", "The title is too long"], ["Kort den ned.", "Kort han ned.", "Shorten it."];
    TextLong => No, ["Teksten er for lang", "Teksten er for lang", "The text is too long"], ["Kort den ned.", "Kort han ned.", "Shorten it."];
    NoticeLong => No, ["Varslingsteksten er for lang", "Varslingsteksten er for lang", "The notification is too long"], ["Kort den ned.", "Kort han ned.", "Shorten it."];
    NoticeInvalid => No, ["Varselet kan ikke sendes slik", "Varselet kan ikkje sendast slik", "The notification cannot be sent like this"], ["Ta bort lenker og fødselsnumre, eller la være å varsle på denne måten.", "Ta bort lenkjer og fødselsnummer, eller lat vere å varsle på denne måten.", "Take out links and identity numbers, or do not notify in this way."];
    AddressMissing => No, ["Postadressen er ikke fullstendig", "Postadressa er ikkje fullstendig", "The postal address is not complete"], ["Fyll ut navn, adresselinje, postnummer og poststed.", "Fyll ut namn, adresselinje, postnummer og poststad.", "Fill in name, address line, postal code and town."];
    FieldMissing => No, ["Et felt mangler", "Eit felt manglar", "A field is missing"], ["Fyll ut feltet.", "Fyll ut feltet.", "Fill in the field."];
    FieldInvalid => No, ["Et felt er ikke riktig utfylt", "Eit felt er ikkje rett utfylt", "A field is not filled in correctly"], ["Rett feltet.", "Rett feltet.", "Correct the field."];
    SenderMissing => No, ["Velg hvem du sender på vegne av", "Vel kven du sender på vegner av", "Choose on whose behalf you send"], ["Velg virksomhet øverst på siden.", "Vel verksemd øvst på sida.", "Choose an organisation at the top of the page."];
    KeyMissing => No, ["Virksomhetssertifikatet mangler", "Verksemdssertifikatet manglar", "The organisation certificate is missing"], ["Legg inn sertifikatet i denne nettleseren.", "Legg inn sertifikatet i denne nettlesaren.", "Add the certificate in this browser."];
    KeyExpired => No, ["Virksomhetssertifikatet er utløpt", "Verksemdssertifikatet er gått ut", "The organisation certificate has expired"], ["Forny hos utsteder.", "Forny hos utferdaren.", "Renew it with the issuer."];
    KeyNotYetValid => No, ["Virksomhetssertifikatet gjelder ikke ennå", "Verksemdssertifikatet gjeld ikkje enno", "The organisation certificate is not valid yet"], ["Sjekk klokken på maskinen.", "Sjekk klokka på maskina.", "Check the computer's clock."];
    KeyPassword => No, ["Feil passord til sertifikatet", "Feil passord til sertifikatet", "Wrong password for the certificate"], ["Prøv igjen.", "Prøv igjen.", "Try again."];
    KeyOrganisation => No, ["Sertifikatet tilhører en annen virksomhet", "Sertifikatet høyrer til ei anna verksemd", "The certificate belongs to another organisation"], ["Bytt virksomhet eller sertifikat.", "Byt verksemd eller sertifikat.", "Change organisation or certificate."];
    KeyFile => No, ["Filen er ikke et sertifikat med nøkkel", "Fila er ikkje eit sertifikat med nøkkel", "The file is not a certificate with its key"], ["Velg en fil som slutter på .p12 eller .pfx.", "Vel ei fil som sluttar på .p12 eller .pfx.", "Choose a file that ends in .p12 or .pfx."];
    KeyMismatch => No, ["Nøkkelen passer ikke til sertifikatet", "Nøkkelen passar ikkje til sertifikatet", "The key does not match the certificate"], ["Eksporter filen på nytt.", "Eksporter fila på nytt.", "Export the file again."];
    KeyLegacy => Unsaid, ["Filen bruker eldre kryptering", "Fila bruker eldre kryptering", "The file uses old encryption"], ["Sertifikatet virker. Eksporter det på nytt med AES-256 når du kan.", "Sertifikatet verkar. Eksporter det på nytt med AES-256 når du kan.", "The certificate works. Export it again with AES-256 when you can."];
    KeyUntrusted => No, ["Vi kjenner ikke utstederen av sertifikatet", "Vi kjenner ikkje utferdaren av sertifikatet", "We do not know the certificate's issuer"], ["Bruk et virksomhetssertifikat fra en godkjent utsteder.", "Bruk eit verksemdssertifikat frå ein godkjend utferdar.", "Use an organisation certificate from an approved issuer."];
    EnvelopeMalformed | EnvelopeSignature | EnvelopeAudience | EnvelopeType | EnvelopeAlgorithm | EnvelopeCertificate | EnvelopeNamespace | EnvelopeLifetime | EnvelopeRoute => No, ["Tjenesten tok ikke imot konvolutten", "Tenesta tok ikkje imot konvolutten", "The service did not accept the envelope"], ["Last siden på nytt og prøv igjen. Gi koden til support hvis det ikke hjelper.", "Last sida på nytt og prøv igjen. Gi koden til support om det ikkje hjelper.", "Reload the page and try again. Give support the code if that does not help."];
    EnvelopeTime | EnvelopeFuture => No, ["Klokken på maskinen stemmer ikke", "Klokka på maskina stemmer ikkje", "The computer's clock is wrong"], ["Still klokken og prøv igjen.", "Still klokka og prøv igjen.", "Set the clock and try again."];
    EnvelopePackage => No, ["Pakken ble endret på vei til tjenesten", "Pakken vart endra på veg til tenesta", "The package was changed on its way to the service"], ["Prøv igjen.", "Prøv igjen.", "Try again."];
    EnvelopeSender => No, ["Du kan ikke sende for denne virksomheten", "Du kan ikkje sende for denne verksemda", "You cannot send for this organisation"], ["Bytt virksomhet eller sertifikat.", "Byt verksemd eller sertifikat.", "Change organisation or certificate."];
    EnvelopeConflict => Yes, ["Meldingen er allerede sendt", "Meldinga er alt send", "The message was already sent"], ["Se meldingen under Sendt.", "Sjå meldinga under Sendt.", "See the message under Sent."];
    AccessDenied => No, ["Du mangler tilgang", "Du manglar tilgang", "You lack access"], ["Be administratoren hos dere om tilgang.", "Be administratoren hos dykk om tilgang.", "Ask your administrator for access."];
    SignedOut => No, ["Du er logget ut", "Du er logga ut", "You are signed out"], ["Logg inn igjen. Utkastet er lagret.", "Logg inn igjen. Utkastet er lagra.", "Sign in again. The draft is kept."];
    ApprovalOwn => No, ["Du kan ikke godkjenne det du har sendt selv", "Du kan ikkje godkjenne det du har sendt sjølv", "You cannot approve what you sent yourself"], ["Be en annen godkjenner hos dere se på meldingen.", "Be ein annan godkjennar hos dykk sjå på meldinga.", "Ask another approver in your organisation to look at the message."];
    ApprovalDecided => Unsaid, ["Meldingen er allerede avgjort", "Meldinga er alt avgjord", "The message is already decided"], ["Noen andre har godkjent eller returnert den, eller fristen er ute. Se historikken til meldingen.", "Nokon andre har godkjent eller returnert ho, eller fristen er ute. Sjå historikken til meldinga.", "Somebody else has approved or returned it, or the deadline has passed. Look at the message's history."];
    ApprovalImpossible => No, ["Brev til digital postkasse kan ikke vente på godkjenning", "Brev til digital postkasse kan ikkje vente på godkjenning", "Letters to digital mailboxes cannot wait for approval"], ["Hos dere må en annen godkjenne slike brev, men de må sendes innen to minutter. Velg en annen måte å sende på.", "Hos dykk må ein annan godkjenne slike brev, men dei må sendast innan to minutt. Vel ein annan måte å sende på.", "In your organisation somebody else must approve such letters, but they must leave within two minutes. Choose another way to send."];
    MessageUnknown => Unsaid, ["Vi finner ikke meldingen", "Vi finn ikkje meldinga", "We cannot find the message"], ["Den kan være slettet, eller du kan mangle tilgang.", "Ho kan vere sletta, eller du kan mangle tilgang.", "It may be deleted, or you may lack access."];
    UploadUnknown => No, ["Opplastingen er borte", "Opplastinga er borte", "The upload is gone"], ["Prøv igjen.", "Prøv igjen.", "Try again."];
    UploadOffset => No, ["Opplastingen kom ut av takt", "Opplastinga kom ut av takt", "The upload got out of step"], ["Prøv igjen. Vi fortsetter der den stoppet.", "Prøv igjen. Vi held fram der ho stoppa.", "Try again. We go on where it stopped."];
    UploadIncomplete => No, ["Opplastingen er ikke ferdig", "Opplastinga er ikkje ferdig", "The upload is not finished"], ["Prøv igjen.", "Prøv igjen.", "Try again."];
    UploadVersion => No, ["Opplastingen forstås ikke", "Opplastinga vert ikkje forstått", "The upload is not understood"], ["Last siden på nytt, og prøv igjen.", "Last sida på nytt, og prøv igjen.", "Reload the page, and try again."];
    UploadType => No, ["Opplastingen forstås ikke", "Opplastinga vert ikkje forstått", "The upload is not understood"], ["Last siden på nytt, og prøv igjen.", "Last sida på nytt, og prøv igjen.", "Reload the page, and try again."];
    UploadQuota => No, ["For mange opplastinger på en gang", "For mange opplastingar på ein gong", "Too many uploads at once"], ["Vent til de andre er ferdige, og prøv igjen.", "Vent til dei andre er ferdige, og prøv igjen.", "Wait until the others are done, and try again."];
    RequestInvalid => No, ["Tjenesten forsto ikke forespørselen", "Tenesta forstod ikkje førespurnaden", "The service did not understand the request"], ["Last siden på nytt. Gi koden til support hvis det ikke hjelper.", "Last sida på nytt. Gi koden til support om det ikkje hjelper.", "Reload the page. Give support the code if that does not help."];
    RequestRunning => Maybe, ["Forespørselen holder på", "Førespurnaden held på", "The request is being done"], ["Vent litt, og se etter om det er gjort.", "Vent litt, og sjå etter om det er gjort.", "Wait a little, and see whether it is done."];
    RequestOther => No, ["Forespørselen er en annen enn før", "Førespurnaden er ein annan enn før", "The request is another than before"], ["Last siden på nytt. Gi koden til support hvis det ikke hjelper.", "Last sida på nytt. Gi koden til support om det ikkje hjelper.", "Reload the page. Give support the code if that does not help."];
    OriginDenied => No, ["Denne siden har ikke lov til å vise sendeskjemaet", "Denne sida har ikkje lov til å vise sendeskjemaet", "This page may not show the send form"], ["Siden må stå på listen over godkjente adresser. Åpne heller portalen.", "Sida må stå på lista over godkjende adresser. Opne heller portalen.", "The page must be on the list of allowed addresses. Open the portal instead."];
    ServiceOff => No, ["Leveringsmåten er ikke satt opp hos dere", "Leveringsmåten er ikkje sett opp hos dykk", "The delivery method is not set up with you"], ["Be administratoren hos dere slå den på.", "Be administratoren hos dykk slå han på.", "Ask your administrator to turn it on."];
    ServiceUnsupported => No, ["Mottakeren nås på en måte vi ikke sender", "Mottakaren blir nådd på ein måte vi ikkje sender", "The recipient is reached in a way that we do not send"], ["Adressetjenesten sier at de tar imot dette gjennom eInnsyn, helsenettet eller en annen tjeneste. Det sender ikke Konvolutt, og ingen innstilling endrer det. Det gjelder i sandkassen også. Bruk tjenestens eget system, eller spør mottakeren hvor de vil ha det.", "Adressetenesta seier at dei tek imot dette gjennom eInnsyn, helsenettet eller ei anna teneste. Det sender ikkje Konvolutt, og inga innstilling endrar det. Det gjeld i sandkassa òg. Bruk systemet til tenesta, eller spør mottakaren kvar dei vil ha det.", "The address service says that they receive this through eInnsyn, the health network or another service. Konvolutt does not send that way, and no setting changes it. That goes for the sandbox, too. Use that service's own system, or ask the recipient where they want it."];
    ServiceDown => Waiting, ["Tjenesten svarer ikke", "Tenesta svarar ikkje", "The service does not answer"], ["Vi prøver igjen av oss selv. Du trenger ikke gjøre noe.", "Vi prøver igjen av oss sjølve. Du treng ikkje gjere noko.", "We try again by ourselves. You need not do anything."];
    DiskFull => No, ["Tjenesten har ikke plass til mer", "Tenesta har ikkje plass til meir", "The service has no room for more"], ["Ingenting ble sendt. Si fra til dem som driver tjenesten.", "Ingenting vart sendt. Sei frå til dei som driv tenesta.", "Nothing was sent. Tell those who run the service."];
    StoreDown => Maybe, ["Tjenesten kan ikke lagre noe nå", "Tenesta kan ikkje lagre noko no", "The service can store nothing now"], ["Prøv igjen om litt. Den samme meldingen kan ikke bli sendt to ganger. Si fra til dem som driver tjenesten.", "Prøv igjen om litt. Den same meldinga kan ikkje bli send to gonger. Sei frå til dei som driv tenesta.", "Try again in a while. The same message cannot be sent twice. Tell those who run the service."];
    ServiceBusy => Waiting, ["Mange sender nå", "Mange sender no", "Many are sending now"], ["Vi venter litt og sender så.", "Vi ventar litt og sender så.", "We wait a little and then send."];
    CarrierDenied => No, ["Tjenesten slipper ikke inn hos dem som frakter meldingene", "Tenesta slepp ikkje inn hos dei som fraktar meldingane", "Those who carry the messages refuse the service's access"], ["Si fra til dem som drifter tjenesten: tilgangen må rettes. Det som ligger i kø, prøver vi igjen.", "Sei frå til dei som driftar tenesta: tilgangen må rettast. Det som ligg i kø, prøver vi igjen.", "Tell those who run the service: its access must be mended. What is queued is tried again."];
    ServiceRefused => No, ["Meldingen ble avvist underveis", "Meldinga vart avvist undervegs", "The message was refused on the way"], ["Les hva kilden skriver, rett det, og send på nytt.", "Les kva kjelda skriv, rett det, og send på nytt.", "Read what the source writes, mend it, and send again."];
    RateLimited => No, ["Det gikk for fort", "Det gjekk for fort", "That was too fast"], ["Vent et minutt og prøv igjen.", "Vent eit minutt og prøv igjen.", "Wait a minute and try again."];
    HostUnknown => No, ["Adressen er ikke tjenestens", "Adressa er ikkje tenesta si", "The address is not the service's"], ["Bruk adressen dere har fått av dem som driver tjenesten.", "Bruk adressa de har fått av dei som driv tenesta.", "Use the address that those who run the service gave you."];
    SendingUncertain => Maybe, ["Vi vet ikke om meldingen kom fram", "Vi veit ikkje om meldinga kom fram", "We do not know whether the message arrived"], ["Vi sjekker nå. Ikke send på nytt.", "Vi sjekkar no. Ikkje send på nytt.", "We are checking now. Do not send again."];
    SendingCancelled => No, ["Du avbrøt sendingen", "Du avbraut sendinga", "You cancelled sending"], ["Utkastet er lagret.", "Utkastet er lagra.", "The draft is kept."];
    DeadlinePassed => No, ["Fristen gikk ut før sending", "Fristen gjekk ut før sending", "The deadline passed before sending"], ["Sett ny frist og send.", "Set ny frist og send.", "Set a new deadline and send."];
    ReceiptForeign => Unsaid, ["En kvittering kom fra en annen enn mottakeren, eller en annen vei enn meldingen", "Ei kvittering kom frå ein annan enn mottakaren, eller ein annan veg enn meldinga", "A receipt came from somebody other than the recipient, or by another way than the message"], ["Den teller ikke som status.", "Ho tel ikkje som status.", "It does not count as a status."];
    SenderMismatch => Unsaid, ["Avsenderen er ikke den samme overalt", "Avsendaren er ikkje den same overalt", "The sender is not the same everywhere"], ["Kontakt avsenderen før du bruker innholdet.", "Kontakt avsendaren før du bruker innhaldet.", "Contact the sender before you use the content."];
    PackageMissing => Unsaid, ["Meldingen kom uten dokumenter", "Meldinga kom utan dokument", "The message came without documents"], ["Be avsenderen sende den på nytt.", "Be avsendaren sende ho på nytt.", "Ask the sender to send it again."];
    ShipmentInvalid => No, ["KS SvarUt tar ikke imot dette", "KS SvarUt tek ikkje imot dette", "KS SvarUt does not accept this"], ["Rett feltet og prøv igjen.", "Rett feltet og prøv igjen.", "Correct the field and try again."];
    WebhookAddress => No, ["Adressen kan ikke brukes", "Adressa kan ikkje brukast", "The address cannot be used"], ["Bruk en https-adresse som nås fra det åpne nettet.", "Bruk ei https-adresse som ein når frå det opne nettet.", "Use an https address that is reached from the open Internet."];
    WebhookUnknown => No, ["Vi finner ikke varslingsadressen", "Vi finn ikkje varslingsadressa", "We cannot find the webhook"], ["Den kan være slettet, eller du kan mangle tilgang.", "Ho kan vere sletta, eller du kan mangle tilgang.", "It may be deleted, or you may lack access."];
    WebhooksMany => No, ["For mange varslingsadresser", "For mange varslingsadresser", "Too many webhooks"], ["Slett en som ikke trengs.", "Slett ei som ikkje trengst.", "Delete one that is not needed."];
    SignInFailed => No, ["Du ble ikke logget inn", "Du vart ikkje logga inn", "You were not signed in"], ["Det kan ha tatt for lang tid, eller innloggingstjenesten svarer ikke. Prøv igjen.", "Det kan ha teke for lang tid, eller innloggingstenesta svarer ikkje. Prøv igjen.", "It may have taken too long, or the sign-in service does not answer. Try again."];
    KeyUnknown => No, ["Vi finner ikke nøkkelen", "Vi finn ikkje nøkkelen", "We cannot find the key"], ["Den kan være trukket tilbake, eller du kan mangle tilgang.", "Han kan vere trekt tilbake, eller du kan mangle tilgang.", "It may be revoked, or you may lack access."];
    Internal => Maybe, ["Noe gikk galt hos oss", "Noko gjekk gale hos oss", "Something went wrong on our side"], ["Kopier koden og send den til support.", "Kopier koden og send han til support.", "Copy the code and send it to support."];
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::finding::Rule;

    use super::*;

    #[test]
    fn every_code_has_its_text_once() {
        for code in Code::ALL {
            let rows = PROBLEMS.iter().filter(|(codes, _)| codes.contains(code)).count();
            assert_eq!(rows, 1, "{code}");
        }
    }

    #[test]
    fn a_reader_is_not_told_what_a_sender_should_do() {
        let archive = Finding::warning(Rule::ArchiveOddity, "no title");
        assert_eq!(remark(&archive, Lang::Nb).what_now, "Du kan lese meldingen likevel.");
        let alike = Finding::warning(Rule::ZipNameAlike, "alike");
        assert_eq!(remark(&alike, Lang::Nb).heading, "To filer har nesten samme navn");
        let same = Finding::error(Rule::ZipNameRepeated, "the same");
        assert_eq!(remark(&same, Lang::Nb), problem(Code::EntryDuplicate, Lang::Nb));
    }

    #[test]
    fn no_text_is_empty() {
        for (codes, (_, heading, what_now)) in PROBLEMS.iter().chain(READER) {
            assert!(heading.iter().chain(what_now).all(|text| !text.is_empty()), "{codes:?}");
        }
    }
}

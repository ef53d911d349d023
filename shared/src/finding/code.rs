//! The closed list of codes: what programs and the user's texts go by. Ours: no standard.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($variant:ident = $text:literal, $status:literal, $advice:literal;)*) => {
        /// A stable code. It never changes meaning and is never translated. What stands at each is its
        /// advice; what was broken is told by the [rules](crate::finding::Rule) that refuse with it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $advice] #[serde(rename = $text)] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code as it is written in answers, of a to z, `.`, `-` and `_`, for example `digest_mismatch`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The HTTP status that goes with it; 200 where it never refuses. They are of RFC 9110, section
            /// 15, but for 429 (RFC 6585, 4), 507 (RFC 4918, 11.5) and 499, which no standard has.
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// What to do about it, in English, in whole sentences.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }
        }
    };
}

codes! {
    CmsMalformed = "cms_malformed", 422, "The sealed package is damaged. Ask the sender to send it again.";
    CmsTruncated = "cms_truncated", 422, "The package is cut off. Fetch it again, or ask the sender to send it again.";
    CmsTrailingData = "cms_trailing_data", 422, "Something was appended to the package. Ask the sender to send it again.";
    CmsNoRecipient = "cms_no_recipient", 422, "Open it with the key of the certificate it was sealed to, or ask the sender to use your present certificate.";
    CmsContentDecryptFailed = "cms_content_decrypt_failed", 422, "The package cannot be opened with this key. Ask the sender to send it again.";
    CmsUnsupported = "cms_unsupported", 422, "Ask the sender to use RSAES-OAEP with SHA-256 and AES-256-CBC.";
    KeyTransport = "key_transport_unavailable", 422, "The browser's own cryptography cannot open this. Open the package in the lab with the key file, or with the program `envelope open`; and ask the sender to use RSAES-OAEP with SHA-256.";
    ZipMalformed = "zip_malformed", 422, "The container is damaged. Ask the sender to send it again.";
    ZipInconsistent = "zip_inconsistent", 422, "The container says two different things about its files. Do not trust it; ask the sender to send it again.";
    ZipUnsupported = "zip_unsupported", 422, "Use only stored or deflated entries without encryption.";
    MimetypeInvalid = "mimetype_invalid", 422, "The first entry must be an uncompressed mimetype with application/vnd.etsi.asic-e+zip.";
    EntryNameUnsafe = "entry_name_unsafe", 422, "Give the file a plain name without paths or control characters.";
    EntryDuplicate = "entry_duplicate", 422, "Give every file its own name.";
    EntryUnlisted = "entry_unlisted", 422, "Sign every file of the container.";
    EntryMissing = "entry_missing", 422, "A signed file is missing. Ask the sender to send it again.";
    ManifestMissing = "manifest_missing", 422, "The container has no signed manifest. Ask the sender to sign it.";
    ManifestMalformed = "manifest_malformed", 422, "The manifest cannot be read. Ask the sender to send it again.";
    ManifestDuplicateReference = "manifest_duplicate_reference", 422, "A manifest may list each file once.";
    DigestMismatch = "digest_mismatch", 422, "A file was changed after signing. Do not trust it; contact the sender.";
    DigestAlgorithmUnsupported = "digest_algorithm_unsupported", 422, "Use SHA-256, SHA-384 or SHA-512.";
    SignatureMissing = "signature_missing", 422, "The container is not signed. Ask the sender to sign it.";
    SignatureInvalid = "signature_invalid", 422, "The signature does not hold. Do not trust the content; contact the sender.";
    MetadataUnknown = "metadata_unknown", 422, "META-INF may hold only manifests and signatures.";
    SignerExpired = "signer_expired", 422, "The signer's certificate has expired. The sender must renew it and send again.";
    SignerExpiredSince = "signer_expired_since", 422, "The certificate was valid when the message came, as the service tells. Whether it was revoked by then can no longer be checked.";
    SignerNotYetValid = "signer_not_yet_valid", 422, "The signer's certificate is not valid yet. Check the clock, or ask the sender.";
    SignerRevoked = "signer_revoked", 422, "The signer's certificate is revoked. Do not trust the content; contact the sender.";
    SignerUntrusted = "signer_untrusted", 422, "The signer's certificate does not come from a trusted issuer.";
    SignerOrgMismatch = "signer_org_mismatch", 422, "The signer is another organisation than the sender. Contact the sender.";
    SignerOrgnrInvalid = "signer_orgnr_invalid", 422, "The organisation number in the certificate is not a real one.";
    SignerKeyUsage = "signer_key_usage", 422, "The certificate is not meant for signing.";
    SignerPolicy = "signer_policy", 422, "The certificate is not an enterprise certificate. Use one that Buypass or Commfides issues to organisations.";
    LimitExceeded = "limit_exceeded", 413, "The artefact is larger or deeper than is allowed.";
    DigestWeak = "digest_weak", 200, "SHA-1 still verifies because the reference uses it. Ask the sender for SHA-256.";
    RevocationNotChecked = "revocation_not_checked", 200, "Give a revocation list to have the certificate's status checked.";
    SbdMalformed = "sbd_malformed", 422, "Write the document as JSON with a header and one business message.";
    SbdFieldMissing = "sbd_field_missing", 422, "Fill in the field.";
    SbdFieldInvalid = "sbd_field_invalid", 422, "Correct the field.";
    SbdTypeUnknown = "sbd_type_unknown", 422, "Use one of the document types of eFormidling.";
    SbdTypeMismatch = "sbd_type_mismatch", 422, "Type, standard and the name of the business message must agree.";
    SbdScopeUnknown = "sbd_scope_unknown", 422, "Use ConversationId, SenderRef, ReceiverRef, MessageChannel, JournalpostId or ParentId.";
    SbdExpired = "sbd_expired", 422, "The deadline has passed. Send again with a new message id.";
    OrgnrInvalid = "orgnr_invalid", 422, "Check the digits of the organisation number.";
    PersonIdInvalid = "person_id_invalid", 422, "Check the digits of the identity number.";
    ArchiveMalformed = "arkiv.ugyldig", 422, "arkivmelding.xml cannot be read.";
    ArchiveMissing = "arkiv.mangler", 422, "Fill in the archive fields.";
    ArchiveCaseMissing = "arkiv.sak-mangler", 422, "Give a case number or a case title.";
    ArchiveFileMissing = "arkiv.fil-mangler", 422, "Attach the file, or remove it from the list.";
    RecipientWorld = "mottaker.annen-verden", 422, "Real recipients are for production, made-up ones for tests. Check the number, and where you are.";
    RecipientUnknown = "mottaker.ukjent", 404, "Check the number.";
    RecipientNoProcess = "mottaker.uten-prosess", 422, "Choose another kind of subject, or send to the main unit.";
    RecipientNoDocumentType = "mottaker.uten-dokumenttype", 422, "Choose another delivery method.";
    RecipientCertificate = "mottaker.sertifikat", 422, "The recipient's certificate is not valid. Nothing was sent. Try again later.";
    RegistryUnsigned = "mottaker.register", 422, "The answer from the address service is not signed by it. Nothing was sent. Tell those who run the service.";
    RecipientReserved = "mottaker.reservert", 422, "Send it on paper. The recipient wants no digital post from public bodies.";
    RecipientNoRole = "mottaker.uten-rolle", 422, "Contact the recipient, or send it on paper. Nobody there has the role that opens the message.";
    MailboxTokenExpired = "mailbox-token-expired", 422, "The access token that the letter holds has expired. Sign the letter anew and send it again.";
    RecipientMissing = "mottaker.mangler", 422, "Choose a recipient.";
    DocumentMissing = "dokument.mangler", 422, "Add at least one document.";
    DocumentNoMain = "dokument.hoved-mangler", 422, "Choose the main document.";
    DocumentManyMain = "dokument.hoved-flere", 422, "Only one document can be the main document.";
    DocumentTitleMissing = "dokument.tittel-mangler", 422, "Give the document a title.";
    DocumentSameName = "dokument.like-navn", 422, "Give one of them another name.";
    DocumentNameInvalid = "dokument.navn-ugyldig", 422, "Use the suggested name.";
    DocumentNameLong = "dokument.navn-langt", 422, "Shorten the file name.";
    DocumentEmpty = "dokument.tom", 422, "Choose the file again.";
    DocumentWrongContent = "dokument.feil-innhold", 422, "Save the file again in the format its name says.";
    DocumentLocked = "dokument.laast", 422, "Make a copy without a password.";
    DocumentsTooLarge = "dokument.for-stor", 413, "Split the message, or remove documents.";
    DocumentsTooMany = "dokument.for-mange", 422, "Join them into one PDF.";
    DocumentKind = "dokument.type", 422, "Save it as PDF.";
    DocumentActive = "dokument.aktiv", 422, "Take scripts, forms and what is fetched from elsewhere out of the page, or save it as PDF.";
    DocumentDamaged = "dokument.kontrollsum", 422, "The file was damaged on the way. Try again.";
    TitleMissing = "tittel.mangler", 422, "Give the message a title.";
    TitleLong = "tittel.lang", 422, "Shorten the title.";
    TextLong = "tekst.lang", 422, "Shorten the text.";
    NoticeLong = "varsel.lang", 422, "Shorten the notification.";
    NoticeInvalid = "varsel.ugyldig", 422, "Take links and identity numbers out of the notification, or notify in another way.";
    AddressMissing = "adresse.mangler", 422, "Complete the postal address.";
    FieldMissing = "felt.mangler", 422, "Fill in the field.";
    FieldInvalid = "felt.ugyldig", 422, "Correct the field.";
    SenderMissing = "avsender.mangler", 422, "Choose on whose behalf you send.";
    KeyMissing = "nokkel.mangler", 422, "Add the organisation's certificate.";
    KeyExpired = "nokkel.utlopt", 422, "Renew the certificate with its issuer.";
    KeyNotYetValid = "nokkel.ikke-gyldig-enna", 422, "The certificate is not valid yet. Check the clock.";
    KeyPassword = "nokkel.passord", 422, "Check the password and try again.";
    KeyOrganisation = "nokkel.orgnr", 422, "Choose the certificate of the organisation you send for.";
    KeyFile = "nokkel.fil", 422, "Choose a PKCS#12 file (.p12 or .pfx) with a private key and its certificate.";
    KeyMismatch = "nokkel.passer-ikke", 422, "The private key does not belong to the certificate. Export the file again.";
    KeyLegacy = "nokkel.gammel-fil", 200, "The file uses old encryption. Export it again with AES-256.";
    KeyUntrusted = "nokkel.utsteder", 422, "The certificate must come from a trusted issuer.";
    EnvelopeMalformed = "konvolutt.ugyldig", 400, "Send a compact JWS with typ konvolutt-envelope+jws.";
    EnvelopeType = "konvolutt.type", 422, "Sign an envelope, not another kind of document.";
    EnvelopeAlgorithm = "konvolutt.algoritme", 422, "Sign with RS256, PS256 or ES256.";
    EnvelopeCertificate = "konvolutt.sertifikat", 422, "Put the signer's certificate and its issuers in x5c.";
    EnvelopeNamespace = "konvolutt.navnerom", 422, "The signed claims are not those of an envelope.";
    EnvelopeFuture = "konvolutt.framtid", 422, "Check the clock and sign again.";
    EnvelopeLifetime = "konvolutt.levetid", 422, "Sign for at most a day.";
    EnvelopeRoute = "konvolutt.rute", 422, "Service, process and document type must be those of the SBD.";
    EnvelopeSignature = "konvolutt.signatur", 422, "Sign the envelope with the key of the certificate in x5c.";
    EnvelopeAudience = "konvolutt.mottaker", 422, "The envelope is meant for another relay.";
    EnvelopeTime = "konvolutt.tid", 422, "The envelope is too old. Check the clock and sign again.";
    EnvelopePackage = "konvolutt.pakke", 422, "The uploaded package is not the one that was signed. Upload it again.";
    EnvelopeSender = "konvolutt.avsender", 403, "The certificate's organisation must be the sender, or act on its behalf.";
    EnvelopeConflict = "sending.finnes", 409, "A message with this id was sent before with other content. Open it, or send as a new message.";
    AccessDenied = "tilgang.mangler", 403, "Ask for access.";
    ApprovalOwn = "godkjenning.egen", 403, "Somebody else in the organisation must approve what you sent.";
    ApprovalDecided = "godkjenning.avgjort", 409, "Somebody has decided otherwise already. Look at the message's history.";
    ApprovalImpossible = "godkjenning.umulig", 422, "Letters to digital mailboxes must leave within two minutes and cannot wait for approval. Choose another way.";
    SignedOut = "innlogging.utlopt", 401, "Sign in again. The draft is kept.";
    MessageUnknown = "melding.ukjent", 404, "The message may be deleted, or you may lack access.";
    UploadUnknown = "opplasting.ukjent", 404, "The upload has expired. Start it again.";
    UploadOffset = "opplasting.posisjon", 409, "Ask for the present offset and go on from there.";
    UploadIncomplete = "opplasting.ufullstendig", 409, "Upload the rest first.";
    UploadVersion = "opplasting.versjon", 412, "Speak version 1.0.0 of tus, and say so in Tus-Resumable.";
    UploadType = "opplasting.type", 415, "Send the bytes as application/offset+octet-stream.";
    UploadQuota = "opplasting.kvote", 429, "Finish or cancel uploads that are under way, then try again.";
    RequestInvalid = "foresporsel.ugyldig", 400, "Correct the request.";
    RequestRunning = "foresporsel.pagar", 409, "Wait for the first one, or ask again in a while.";
    RequestOther = "foresporsel.annen", 422, "Use a new Idempotency-Key for another request.";
    OriginDenied = "rammen.opphav", 403, "The page must be on the list of allowed addresses.";
    ServiceOff = "tjeneste.av", 422, "Ask an administrator to switch the delivery method on.";
    ServiceUnsupported = "tjeneste.ikke-stottet", 422, "This product does not send that way, whatever is configured. Reach the recipient otherwise.";
    ServiceDown = "tjeneste.nede", 503, "The service does not answer. We keep trying; nothing is lost.";
    DiskFull = "tjeneste.full", 507, "The relay's disk is full. Nothing was taken; tell those who run it.";
    StoreDown = "tjeneste.lager", 503, "The relay can store nothing now. Hand the same over again later; tell those who run it.";
    ServiceBusy = "tjeneste.grense", 429, "Many are sending now. We wait and try again.";
    ServiceRefused = "tjeneste.avviste", 502, "The broker refused the message.";
    CarrierDenied = "tjeneste.stengt-ute", 502, "The carrier refuses this service's own access, whatever the message is. Those who run it must mend that; what is queued is tried again.";
    RateLimited = "tjeneste.for-ofte", 429, "Wait as long as the answer says, then go on.";
    HostUnknown = "tjeneste.vertsnavn", 421, "Use the service's own address. Those who run it name it in server.hosts.";
    SendingUncertain = "sending.usikker", 504, "We do not know whether it arrived. Do not send again; we are checking.";
    SendingCancelled = "sending.avbrutt", 499, "You cancelled. The draft is kept.";
    DeadlinePassed = "frist.utlopt", 422, "Set a new deadline and send again.";
    ReceiptForeign = "kvittering.fremmed", 422, "A receipt came from another organisation than the recipient, or by another channel. It is not counted.";
    SenderMismatch = "avsender.ulik", 422, "The broker, the envelope and the signature name different senders. Contact the sender.";
    PackageMissing = "pakke.mangler", 422, "The message came without documents.";
    ShipmentInvalid = "forsendelse.ugyldig", 422, "Correct the field. KS SvarUt would refuse the shipment.";
    WebhookAddress = "webhook.adresse", 422, "Give an https address that is reached from the open Internet.";
    WebhookUnknown = "webhook.ukjent", 404, "The webhook may be deleted, or you may lack access.";
    WebhooksMany = "webhook.mange", 422, "Delete a webhook that is not needed.";
    SignInFailed = "innlogging.mislyktes", 403, "Sign in again.";
    KeyUnknown = "nokkel.ukjent", 404, "The key may be revoked, or you may lack access.";
    Internal = "intern", 500, "Something went wrong on our side. Copy the code and contact support.";
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Code {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let words = Self::ALL.iter().map(|one| one.as_str());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Code {}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let texts: std::collections::BTreeSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
